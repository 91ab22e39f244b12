#include "fetch/retry_budget.h"

#include <algorithm>

namespace larder::fetch {

void RetryBudget::earn() {
  std::lock_guard lock(mutex_);
  retries_ = std::min(retries_ + kShare, kMost);
}

std::chrono::milliseconds RetryBudget::take() {
  std::lock_guard lock(mutex_);
  refill();
  retries_ -= 1;
  const std::chrono::duration<double> wait(std::max(0.0, -retries_ / kPerSecond));
  return std::chrono::ceil<std::chrono::milliseconds>(wait);
}

void RetryBudget::refill() {
  const auto now = clock_.now();
  const std::chrono::duration<double> passed = now - refilled_;
  refilled_ = now;
  retries_ = std::min(retries_ + passed.count() * kPerSecond, kMost);
}

}  // namespace larder::fetch
