// Urgency: how much a download matters. It may rise while the download is under way.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>

#include <larder/network.h>

namespace larder {

/// Shared by who wants the bytes and whoever has it in line. Threads: any.
class Urgency {
 public:
  explicit Urgency(Priority priority) noexcept : now_(priority) {}
  Urgency(const Urgency&) = delete;
  Urgency& operator=(const Urgency&) = delete;

  [[nodiscard]] Priority now() const noexcept { return now_; }
  /// It never falls. Watchers are told from inside this call; no lock is held meanwhile.
  void raise(Priority priority);

  /// `risen` is called after every rise until unwatch(); one that is under way may still call it.
  [[nodiscard]] std::uint64_t watch(std::function<void()> risen);
  void unwatch(std::uint64_t watcher) noexcept;

 private:
  std::atomic<Priority> now_;
  std::mutex mutex_;
  std::uint64_t last_watcher_ = 0;                           ///< guarded by mutex_
  std::map<std::uint64_t, std::function<void()>> watchers_;  ///< guarded by mutex_
};

}  // namespace larder
