// RetryBudget: keeps retries a share of what is asked for, so that they never become a storm.
#pragma once

#include <chrono>
#include <mutex>

#include "sys/clock.h"

namespace larder::fetch {

/// Each download earns kShare of a retry, and each second kPerSecond of them; at most kMost are
/// saved up, and so many are there at first. Who finds none has to wait for its own.
/// Threads: any.
class RetryBudget {
 public:
  static constexpr double kShare = 0.2;
  static constexpr double kPerSecond = 10;
  static constexpr double kMost = 100;

  explicit RetryBudget(const sys::Clock& clock) : clock_(clock) {}

  /// A download makes its first attempt.
  void earn();
  /// Takes one retry; the time to wait for it, usually zero.
  [[nodiscard]] std::chrono::milliseconds take();

 private:
  void refill();

  const sys::Clock& clock_;
  std::mutex mutex_;
  double retries_ = kMost;             ///< below 0: promised to who waits; guarded by mutex_
  sys::Clock::time_point refilled_{};  ///< guarded by mutex_
};

}  // namespace larder::fetch
