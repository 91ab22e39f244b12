#include "store/latency.h"

#include <algorithm>
#include <bit>

namespace larder::store {

std::size_t latency_bucket(std::chrono::nanoseconds time) noexcept {
  const auto ns = static_cast<std::uint64_t>(std::max<std::int64_t>(0, time.count()));
  if (ns < 4) return static_cast<std::size_t>(ns);
  const auto octave = static_cast<std::size_t>(std::bit_width(ns)) - 3;  // 0: 4 to 7 ns
  const auto quarter = static_cast<std::size_t>(ns >> octave) & 3;
  return std::min(kLatencyBuckets - 1, 4 + octave * 4 + quarter);
}

std::chrono::nanoseconds latency_bound(std::size_t bucket) noexcept {
  if (bucket < 4) return std::chrono::nanoseconds(bucket);
  const std::size_t octave = (bucket - 4) / 4;
  const std::uint64_t first = (4 + (bucket - 4) % 4) << octave;
  return std::chrono::nanoseconds(first + (std::uint64_t{1} << octave) - 1);
}

Latency summary_of(const LatencyBuckets& buckets) noexcept {
  Latency summary;
  for (const std::uint64_t count : buckets) summary.samples += count;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    if (buckets[i] == 0) continue;
    const std::uint64_t before = seen;
    seen += buckets[i];
    // The first bucket that brings the count to the share, in hundredths.
    const auto reaches = [&](std::uint64_t share) {
      return before * 100 < summary.samples * share && seen * 100 >= summary.samples * share;
    };
    const auto bound = latency_bound(i);
    if (reaches(50)) summary.p50 = bound;
    if (reaches(90)) summary.p90 = bound;
    if (reaches(99)) summary.p99 = bound;
    summary.max = bound;
  }
  return summary;
}

LatencyBuckets LatencyHistogram::buckets() const noexcept {
  LatencyBuckets all;
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = buckets_[i].load(std::memory_order_relaxed);
  return all;
}

}  // namespace larder::store
