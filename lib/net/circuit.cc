#include "net/circuit.h"

#include <algorithm>

namespace larder::net {

std::optional<Circuit::Refusal> Circuit::peek(TimePoint now) const {
  if (is_closed()) return std::nullopt;
  const auto broken = std::chrono::duration_cast<Milliseconds>(now - broken_since_);
  if (now < rests_until_)
    return Refusal{last_, std::chrono::ceil<Milliseconds>(rests_until_ - now), broken};
  if (probing_) return Refusal{last_, kProbe, broken};
  return std::nullopt;
}

std::optional<Circuit::Refusal> Circuit::admit(TimePoint now) {
  const auto refusal = peek(now);
  if (!refusal && !is_closed()) probing_ = true;
  return refusal;
}

void Circuit::failed(TimePoint now, std::error_code error, std::optional<Milliseconds> wanted) {
  const bool closed = is_closed();
  // Attempts that were under way when the circuit opened say nothing new.
  if (!closed && !probing_) return;
  probing_ = false;
  last_ = error;
  ++failures_;
  const bool asked = wanted.value_or(Milliseconds(0)).count() > 0;
  if (closed && !asked && failures_ < kFailures) return;
  if (closed) broken_since_ = now;
  rest_ = closed ? kFirstRest : std::min(rest_ * 2, kLongestRest);
  rests_until_ = now + (asked ? *wanted : rest_);
}

}  // namespace larder::net
