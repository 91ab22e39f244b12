// OrderedReads: several reads in flight, their outcomes taken in the order in which they were
// asked.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include <larder/vfs.h>

#include "output.h"

namespace larder::tool {

/// How one read ended.
struct Outcome {
  std::string path;
  Result<Blob> blob;
  ReadReport report;
  Seconds took;
};

/// Threads: one; callbacks of the Vfs come from others.
class OrderedReads {
 public:
  /// Reads that are in flight or whose outcome waits to be taken.
  static constexpr std::size_t kMost = 64;

  /// `vfs` must outlive `this`.
  explicit OrderedReads(Vfs& vfs) : vfs_(vfs) {}

  [[nodiscard]] bool full() const noexcept { return reads_.size() >= kMost; }
  [[nodiscard]] bool empty() const noexcept { return reads_.empty(); }
  void start(std::string path);
  /// Waits for the oldest read; calls `tick` ten times a second meanwhile. Not when empty().
  Outcome take(const std::function<void()>& tick);

 private:
  struct Shared {
    std::mutex mutex;
    std::condition_variable ended;
  };
  struct Read;

  Vfs& vfs_;
  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
  std::deque<std::shared_ptr<Read>> reads_;
};

/// Reads `count` paths, the i-th of which `path_of(i)` names, and hands each outcome to `use`.
void read_in_order(Vfs& vfs, std::size_t count,
                   const std::function<std::string(std::size_t)>& path_of,
                   const std::function<void(Outcome)>& use, const std::function<void()>& tick);

}  // namespace larder::tool
