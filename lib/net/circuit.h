// Circuit: a circuit breaker. A server that fails again and again is left alone for a while.
#pragma once

#include <chrono>
#include <optional>
#include <system_error>

#include "sys/clock.h"

namespace larder::net {

/// Closed: everybody may ask. After kFailures failures in a row, or when the server asks for it, it
/// is open: nobody may, for a rest that doubles up to kLongestRest with each opening. Then it is
/// half-open: one, the probe, may ask; it closes the circuit, or opens it again.
/// Threads: one at a time.
class Circuit {
 public:
  using TimePoint = sys::Clock::time_point;
  using Milliseconds = std::chrono::milliseconds;

  static constexpr unsigned kFailures = 5;
  static constexpr Milliseconds kFirstRest{1000};
  static constexpr Milliseconds kLongestRest{30'000};
  /// How soon to ask again while a probe is under way.
  static constexpr Milliseconds kProbe{250};

  struct Refusal {
    std::error_code error;   ///< what the server failed with last
    Milliseconds rest{0};    ///< until it makes sense to ask again
    Milliseconds broken{0};  ///< since the circuit was closed last
  };

  /// Whether the server may be asked now; if so, one of the functions below must follow.
  [[nodiscard]] std::optional<Refusal> admit(TimePoint now);
  /// What admit() would say. Needs no answer.
  [[nodiscard]] std::optional<Refusal> peek(TimePoint now) const;

  /// The server works, whatever it said.
  void worked() noexcept { *this = Circuit(); }
  /// The attempt said nothing about the server.
  void learned_nothing() noexcept { probing_ = false; }
  /// `wanted`: the rest that the server asked for.
  void failed(TimePoint now, std::error_code error, std::optional<Milliseconds> wanted);

 private:
  [[nodiscard]] bool is_closed() const noexcept { return rest_ == Milliseconds(0); }

  unsigned failures_ = 0;  ///< in a row
  std::error_code last_;
  Milliseconds rest_{0};  ///< of the present opening; zero: closed
  TimePoint rests_until_{};
  TimePoint broken_since_{};
  bool probing_ = false;
};

}  // namespace larder::net
