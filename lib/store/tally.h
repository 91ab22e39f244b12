// Tally: what a store did, as sums that can be added up over processes. Store-internal.
#pragma once

#include <cstdint>
#include <string>

#include <larder/stats.h>

#include "store/latency.h"

namespace larder::store {

struct Tally {
  std::uint64_t hits = 0;
  std::uint64_t misses = 0;
  std::uint64_t stored = 0;
  std::uint64_t stored_again = 0;
  std::uint64_t damaged = 0;
  std::uint64_t write_failures = 0;
  std::uint64_t read_failures = 0;
  std::uint64_t refusals = 0;
  std::uint64_t evictions = 0;
  std::uint64_t reinsertions = 0;
  std::uint64_t stored_bytes = 0;
  std::uint64_t appended_bytes = 0;
  std::uint64_t waited_ns = 0;
  LatencyBuckets hit{};
  LatencyBuckets miss{};

  friend bool operator==(const Tally&, const Tally&) = default;
};

/// Calls `each(name, value)` for every sum of `tally`. The names are those in the index: FORMAT.md.
template <class AnyTally, class Each>
void visit_sums(AnyTally& tally, const Each& each) {
  each("life.hits", tally.hits);
  each("life.misses", tally.misses);
  each("life.stored", tally.stored);
  each("life.stored_again", tally.stored_again);
  each("life.damaged", tally.damaged);
  each("life.write_failures", tally.write_failures);
  each("life.read_failures", tally.read_failures);
  each("life.refusals", tally.refusals);
  each("life.evictions", tally.evictions);
  each("life.reinsertions", tally.reinsertions);
  each("life.stored_bytes", tally.stored_bytes);
  each("life.appended_bytes", tally.appended_bytes);
  each("life.waited_ns", tally.waited_ns);
  for (std::size_t i = 0; i < kLatencyBuckets; ++i)
    each("life.hit." + std::to_string(i), tally.hit[i]);
  for (std::size_t i = 0; i < kLatencyBuckets; ++i)
    each("life.miss." + std::to_string(i), tally.miss[i]);
}

/// What came between: `late` was counted after `early`.
[[nodiscard]] Tally difference(const Tally& late, const Tally& early) noexcept;
[[nodiscard]] Tally sum(const Tally& a, const Tally& b) noexcept;
[[nodiscard]] StoreActivity activity_of(const Tally& tally) noexcept;

}  // namespace larder::store
