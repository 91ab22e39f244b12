// LatencyHistogram: how long things took, in buckets that grow with the time. Store-internal.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>

#include <larder/stats.h>

namespace larder::store {

/// Four buckets for each doubling, from a nanosecond to more than an hour; longer counts as that.
inline constexpr std::size_t kLatencyBuckets = 4 + 40 * 4;
using LatencyBuckets = std::array<std::uint64_t, kLatencyBuckets>;

[[nodiscard]] std::size_t latency_bucket(std::chrono::nanoseconds time) noexcept;
/// The longest time that counts to the bucket.
[[nodiscard]] std::chrono::nanoseconds latency_bound(std::size_t bucket) noexcept;
[[nodiscard]] Latency summary_of(const LatencyBuckets& buckets) noexcept;

/// Threads: any.
class LatencyHistogram {
 public:
  void record(std::chrono::nanoseconds time) noexcept {
    buckets_[latency_bucket(time)].fetch_add(1, std::memory_order_relaxed);
  }
  [[nodiscard]] LatencyBuckets buckets() const noexcept;

 private:
  std::array<std::atomic<std::uint64_t>, kLatencyBuckets> buckets_{};
};

}  // namespace larder::store
