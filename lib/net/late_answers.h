// LateAnswers: after how long an answer is later than nearly all others.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>

namespace larder::net {

/// Remembers how long the last kMost answers took. Threads: one at a time.
class LateAnswers {
 public:
  static constexpr std::size_t kMost = 100;
  /// With fewer of them nothing is said.
  static constexpr std::size_t kEnough = 20;
  /// Nothing is late sooner: another request would not be answered at once, either.
  static constexpr std::chrono::microseconds kSoonest{2000};

  void add(std::chrono::microseconds time) noexcept;
  /// The 95th percentile.
  [[nodiscard]] std::optional<std::chrono::microseconds> late_after() const noexcept;

 private:
  std::array<std::chrono::microseconds, kMost> times_{};  ///< a ring
  std::size_t next_ = 0;
  std::size_t known_ = 0;
};

}  // namespace larder::net
