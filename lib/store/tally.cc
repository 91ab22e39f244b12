#include "store/tally.h"

#include <functional>

namespace larder::store {
namespace {

template <class Combine>
Tally combine(const Tally& a, const Tally& b, const Combine& with) noexcept {
  Tally result;
  for (const auto& [name, sum, activity] : kTallySums) result.*sum = with(a.*sum, b.*sum);
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
  for (const auto& [name, sum, figure] : kTallySums)
    if (figure) activity.*figure = tally.*sum;
  activity.waited = std::chrono::nanoseconds(tally.waited_ns);
  activity.hit = summary_of(tally.hit);
  activity.miss = summary_of(tally.miss);
  return activity;
}

}  // namespace larder::store
