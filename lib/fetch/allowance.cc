#include "fetch/allowance.h"

#include <algorithm>

#include <larder/error.h>

namespace larder::fetch {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

/// What an idle line saves up for: a burst of so much is let through at once.
constexpr milliseconds kBurst{100};

}  // namespace

void Allowance::set_policy(const NetworkPolicy& policy) {
  std::lock_guard lock(mutex_);
  if (policy.bytes_per_second != policy_.bytes_per_second) taken_until_ = {};
  policy_ = policy;
}

std::error_code Allowance::check(Priority priority) const {
  std::lock_guard lock(mutex_);
  if (priority < policy_.least) return errc::over_budget;
  std::uint64_t all = 0;
  for (const std::uint64_t spent : spent_) all += spent;
  if (policy_.session_bytes && all >= *policy_.session_bytes) return errc::over_budget;
  const std::array<std::optional<std::uint64_t>, kPriorities> budgets = {
      policy_.low_bytes, policy_.normal_bytes, policy_.high_bytes};
  const auto index = static_cast<std::size_t>(priority);
  if (budgets[index] && spent_[index] >= *budgets[index]) return errc::over_budget;
  return {};
}

bool Allowance::is_scarce() const {
  std::lock_guard lock(mutex_);
  return policy_.least != Priority::low || policy_.bytes_per_second != 0 || policy_.session_bytes ||
         policy_.low_bytes || policy_.normal_bytes || policy_.high_bytes;
}

void Allowance::spend(Priority priority, std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  const auto index = static_cast<std::size_t>(priority);
  spent_[index] += bytes;
  if (policy_.bytes_per_second == 0) return;
  const auto cost = duration_cast<sys::Clock::time_point::duration>(std::chrono::duration<double>(
      static_cast<double>(bytes) / static_cast<double>(policy_.bytes_per_second)));
  const auto idle = clock_.now() - kBurst;
  for (std::size_t i = 0; i <= index; ++i) taken_until_[i] = std::max(taken_until_[i], idle) + cost;
}

milliseconds Allowance::pause(Priority priority) const {
  std::lock_guard lock(mutex_);
  const auto left = taken_until_[static_cast<std::size_t>(priority)] - clock_.now();
  return std::max(std::chrono::ceil<milliseconds>(left), milliseconds(0));
}

}  // namespace larder::fetch
