// Allowance: how many bytes the network policy lets through, and how fast.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <system_error>

#include <larder/network.h>

#include "sys/clock.h"

namespace larder::fetch {

/// Threads: any.
class Allowance {
 public:
  explicit Allowance(const sys::Clock& clock) : clock_(clock) {}

  /// What was spent before counts on.
  void set_policy(const NetworkPolicy& policy);

  /// errc::over_budget if nothing of this priority may be downloaded now.
  [[nodiscard]] std::error_code check(Priority priority) const;
  /// Bytes are scarce: they are counted, or come slowly, or not all priorities may have them.
  [[nodiscard]] bool is_scarce() const;
  /// `bytes` have come.
  void spend(Priority priority, std::uint64_t bytes);
  /// How long a download of this priority is to wait before it takes more.
  [[nodiscard]] std::chrono::milliseconds pause(Priority priority) const;

 private:
  static constexpr std::size_t kPriorities = 3;

  const sys::Clock& clock_;
  mutable std::mutex mutex_;
  NetworkPolicy policy_;                            ///< guarded by mutex_, as all below
  std::array<std::uint64_t, kPriorities> spent_{};  ///< by priority
  /// Until when the line is taken, as each priority sees it: it waits for its own bytes and those
  /// of higher ones only. That of the lowest counts all bytes: so does the limit hold.
  std::array<sys::Clock::time_point, kPriorities> taken_until_{};
};

}  // namespace larder::fetch
