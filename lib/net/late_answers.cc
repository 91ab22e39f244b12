#include "net/late_answers.h"

#include <algorithm>

namespace larder::net {

void LateAnswers::add(std::chrono::microseconds time) noexcept {
  times_[next_] = time;
  next_ = (next_ + 1) % kMost;
  known_ = std::min(known_ + 1, kMost);
}

std::optional<std::chrono::microseconds> LateAnswers::late_after() const noexcept {
  if (known_ < kEnough) return std::nullopt;
  auto times = times_;
  const auto at = times.begin() + static_cast<std::ptrdiff_t>((known_ * 95 - 1) / 100);
  std::nth_element(times.begin(), at, times.begin() + static_cast<std::ptrdiff_t>(known_));
  return std::max(*at, kSoonest);
}

}  // namespace larder::net
