// Clock: the seam between Larder and time. Tests use a clock that takes no real seconds.
#pragma once

#include <chrono>
#include <functional>

namespace larder::sys {

class Clock {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  virtual ~Clock() = default;
  [[nodiscard]] virtual time_point now() const noexcept = 0;
  /// Runs `task` once, after `delay`, on a thread of the clock; never from inside this call.
  virtual void after(std::chrono::milliseconds delay, std::function<void()> task) = 0;
};

}  // namespace larder::sys
