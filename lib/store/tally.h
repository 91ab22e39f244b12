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

/// A figure that is more than a histogram: what it is called in the index (FORMAT.md), and by
/// engines (null: not as it is).
struct TallySum {
  const char* name;
  std::uint64_t Tally::*sum;
  std::uint64_t StoreActivity::*activity;
};
inline constexpr TallySum kTallySums[] = {
    {"life.hits", &Tally::hits, &StoreActivity::hits},
    {"life.misses", &Tally::misses, &StoreActivity::misses},
    {"life.stored", &Tally::stored, &StoreActivity::stored},
    {"life.stored_again", &Tally::stored_again, &StoreActivity::stored_again},
    {"life.damaged", &Tally::damaged, &StoreActivity::damaged},
    {"life.write_failures", &Tally::write_failures, &StoreActivity::write_failures},
    {"life.read_failures", &Tally::read_failures, &StoreActivity::read_failures},
    {"life.refusals", &Tally::refusals, &StoreActivity::refusals},
    {"life.evictions", &Tally::evictions, &StoreActivity::evictions},
    {"life.reinsertions", &Tally::reinsertions, &StoreActivity::reinsertions},
    {"life.stored_bytes", &Tally::stored_bytes, &StoreActivity::stored_bytes},
    {"life.appended_bytes", &Tally::appended_bytes, &StoreActivity::appended_bytes},
    {"life.waited_ns", &Tally::waited_ns, nullptr},
};

/// Calls `each(name, value)` for every sum of `tally`, those of the histograms included.
template <class AnyTally, class Each>
void visit_sums(AnyTally& tally, const Each& each) {
  for (const auto& [name, sum, activity] : kTallySums) each(name, tally.*sum);
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
