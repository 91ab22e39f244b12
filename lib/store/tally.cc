#include "store/tally.h"

#include <functional>

namespace larder::store {
namespace {

template <class Combine>
Tally combine(const Tally& a, const Tally& b, const Combine& with) noexcept {
  Tally result;
  result.hits = with(a.hits, b.hits);
  result.misses = with(a.misses, b.misses);
  result.stored = with(a.stored, b.stored);
  result.stored_again = with(a.stored_again, b.stored_again);
  result.damaged = with(a.damaged, b.damaged);
  result.write_failures = with(a.write_failures, b.write_failures);
  result.read_failures = with(a.read_failures, b.read_failures);
  result.refusals = with(a.refusals, b.refusals);
  result.evictions = with(a.evictions, b.evictions);
  result.reinsertions = with(a.reinsertions, b.reinsertions);
  result.stored_bytes = with(a.stored_bytes, b.stored_bytes);
  result.appended_bytes = with(a.appended_bytes, b.appended_bytes);
  result.waited_ns = with(a.waited_ns, b.waited_ns);
  for (std::size_t i = 0; i < kLatencyBuckets; ++i) {
    result.hit[i] = with(a.hit[i], b.hit[i]);
    result.miss[i] = with(a.miss[i], b.miss[i]);
  }
  return result;
}

}  // namespace

Tally difference(const Tally& late, const Tally& early) noexcept {
  return combine(late, early, std::minus<>());
}

Tally sum(const Tally& a, const Tally& b) noexcept {
  return combine(a, b, std::plus<>());
}

StoreActivity activity_of(const Tally& tally) noexcept {
  StoreActivity activity;
  activity.hits = tally.hits;
  activity.misses = tally.misses;
  activity.stored = tally.stored;
  activity.stored_again = tally.stored_again;
  activity.damaged = tally.damaged;
  activity.write_failures = tally.write_failures;
  activity.read_failures = tally.read_failures;
  activity.refusals = tally.refusals;
  activity.evictions = tally.evictions;
  activity.reinsertions = tally.reinsertions;
  activity.stored_bytes = tally.stored_bytes;
  activity.appended_bytes = tally.appended_bytes;
  activity.waited = std::chrono::nanoseconds(tally.waited_ns);
  activity.hit = summary_of(tally.hit);
  activity.miss = summary_of(tally.miss);
  return activity;
}

}  // namespace larder::store
