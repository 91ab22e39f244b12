// FakeClock: time that passes when the test says so.
#pragma once

#include <algorithm>
#include <chrono>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "sys/clock.h"

namespace larder::test {

class FakeClock final : public sys::Clock {
 public:
  [[nodiscard]] time_point now() const noexcept override {
    std::lock_guard lock(mutex_);
    return now_;
  }

  void after(std::chrono::milliseconds delay, std::function<void()> task) override {
    std::lock_guard lock(mutex_);
    timers_.push_back({now_ + delay, std::move(task)});
  }

  /// Lets time pass and runs what falls due, in order, on this thread.
  void advance(std::chrono::milliseconds by) {
    std::unique_lock lock(mutex_);
    const time_point until = now_ + by;
    for (;;) {
      const auto next = std::min_element(timers_.begin(), timers_.end(),
                                         [](const auto& a, const auto& b) { return a.at < b.at; });
      if (next == timers_.end() || next->at > until) break;
      now_ = std::max(now_, next->at);
      auto task = std::move(next->task);
      timers_.erase(next);
      lock.unlock();
      task();
      lock.lock();
    }
    now_ = until;
  }

  [[nodiscard]] std::size_t pending() const {
    std::lock_guard lock(mutex_);
    return timers_.size();
  }

 private:
  struct Timer {
    time_point at;
    std::function<void()> task;
  };
  mutable std::mutex mutex_;
  time_point now_{};
  std::vector<Timer> timers_;
};

}  // namespace larder::test
