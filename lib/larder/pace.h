// Pace: how fast a job goes, and how long it may still take.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

#include "sys/clock.h"

namespace larder {

/// A stopwatch that also sees bytes. Threads: one at a time.
class Pace {
 public:
  using TimePoint = sys::Clock::time_point;

  void start(TimePoint now) { running_since_ = now; }
  void stop(TimePoint now) {
    if (running_since_) ran_ += now - *running_since_;
    running_since_.reset();
    samples_.clear();
  }

  /// `bytes` have come in all; asked for now and then.
  void sample(TimePoint now, std::uint64_t bytes) {
    if (!running_since_) return;
    samples_.push_back({now, bytes});
    while (samples_.size() > 2 && now - samples_[1].at >= kWindow) samples_.pop_front();
  }
  /// Averaged over the last seconds; 0 while the watch is stopped.
  [[nodiscard]] double bytes_per_second(TimePoint now, std::uint64_t bytes) const {
    if (samples_.empty() || now <= samples_.front().at) return 0;
    const std::chrono::duration<double> passed = now - samples_.front().at;
    return static_cast<double>(bytes - samples_.front().bytes) / passed.count();
  }
  /// What `rest` items take if they go as `done` ones did.
  [[nodiscard]] std::optional<std::chrono::milliseconds> left(TimePoint now, std::uint64_t done,
                                                              std::uint64_t rest) const {
    if (!running_since_ || done == 0) return std::nullopt;
    const std::chrono::duration<double> each = (ran_ + (now - *running_since_)) / done;
    return std::chrono::duration_cast<std::chrono::milliseconds>(each * rest);
  }

 private:
  struct Sample {
    TimePoint at;
    std::uint64_t bytes;
  };
  static constexpr std::chrono::seconds kWindow{3};

  std::optional<TimePoint> running_since_;
  TimePoint::duration ran_{};
  std::deque<Sample> samples_;
};

}  // namespace larder
