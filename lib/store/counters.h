// What a store counts, and how it tells people of a failing disk: once an episode.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "base/log.h"
#include "store/latency.h"

namespace larder::store {

/// Threads: any.
struct Counters {
  std::atomic<std::uint64_t> misses{0};
  std::atomic<std::uint64_t> stored{0};
  std::atomic<std::uint64_t> stored_again{0};
  std::atomic<std::uint64_t> damaged{0};
  std::atomic<std::uint64_t> write_failures{0};
  std::atomic<std::uint64_t> read_failures{0};
  std::atomic<std::uint64_t> waited_ns{0};
  LatencyHistogram hit;
  LatencyHistogram miss;
  std::atomic<std::uint64_t> refusals{0};
  std::atomic<std::uint64_t> evictions{0};
  std::atomic<std::uint64_t> reinsertions{0};
  std::atomic<std::uint64_t> stored_bytes{0};    // payload
  std::atomic<std::uint64_t> appended_bytes{0};  // records
};

/// One kind of trouble with a disk. Threads: any.
class Trouble {
 public:
  /// `began` and `ended` are what is said of it; literals. `proof` successes in a row end it.
  Trouble(Log log, int proof, const char* began, const char* ended) noexcept
      : log_(std::move(log)), proof_(proof), began_(began), ended_(ended) {}

  void failed(const std::string& why) noexcept {
    left_ = proof_;
    if (!failing_.exchange(true)) log_.error(std::string(began_) + ": " + why);
  }
  void succeeded() noexcept {
    if (!failing_.load(std::memory_order_relaxed) || --left_ > 0) return;
    if (failing_.exchange(false)) log_.info(ended_);
  }

 private:
  Log log_;
  const int proof_;
  const char* const began_;
  const char* const ended_;
  std::atomic<bool> failing_{false};
  std::atomic<int> left_{0};
};

/// What a store tells of its disk. Threads: any.
struct DiskHealth {
  explicit DiskHealth(const Log& log) noexcept
      // Small objects may still find room on a full disk: one is no proof.
      : segments(log, 16, "store: cannot write, content passes through unstored",
                 "store: writing works again"),
        index(log, 1, "store: cannot write the index, what is stored may have to be recovered",
              "store: writing the index works again"),
        reading(log, 16, "store: cannot read, content counts as absent",
                "store: reading works again") {}

  Trouble segments;
  Trouble index;
  Trouble reading;
};

}  // namespace larder::store
