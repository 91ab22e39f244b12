// What a store counts, and how it tells people of failing writes: once an episode.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include "base/log.h"

namespace larder::store {

/// Threads: any.
struct Counters {
  std::atomic<std::uint64_t> misses{0};
  std::atomic<std::uint64_t> stored{0};
  std::atomic<std::uint64_t> damaged{0};
  std::atomic<std::uint64_t> write_failures{0};
};

/// Threads: any.
class WriteHealth {
 public:
  explicit WriteHealth(Log log) noexcept : log_(std::move(log)) {}

  void failed(const std::string& why) noexcept {
    if (!failing_.exchange(true))
      log_.error("store: cannot write, content passes through unstored: " + why);
  }
  void succeeded() noexcept {
    if (failing_.load(std::memory_order_relaxed) && failing_.exchange(false))
      log_.info("store: writing works again");
  }

 private:
  Log log_;
  std::atomic<bool> failing_{false};
};

}  // namespace larder::store
