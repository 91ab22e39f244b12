// ByteLocks: many advisory locks in one file, each with a number.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include <larder/result.h>

namespace larder::sys {

/// Locks of one user of a file, which stays empty; other users, in this process or another one,
/// have an object of their own. They go with it, and when the process dies. Threads: any.
class ByteLocks {
 public:
  static constexpr std::uint64_t kNumbers = std::uint64_t{1} << 62;

  enum class Kind : std::uint8_t { shared, exclusive };

  /// Makes the file if it is missing. errc::io where there are no such locks.
  static Result<std::unique_ptr<ByteLocks>> open(const std::string& path);
  ~ByteLocks();
  ByteLocks(const ByteLocks&) = delete;
  ByteLocks& operator=(const ByteLocks&) = delete;

  /// Does not wait. False: another user has it, and one of both kinds is exclusive. Having it
  /// already is success.
  [[nodiscard]] Result<bool> try_lock(std::uint64_t number, Kind kind) noexcept;
  void unlock(std::uint64_t number) noexcept;
  /// Whether another user has one of these `count` numbers, in whatever way.
  [[nodiscard]] bool others_hold(std::uint64_t first, std::uint64_t count) const noexcept;

 private:
  explicit ByteLocks(int descriptor) noexcept : descriptor_(descriptor) {}

  const int descriptor_;
};

}  // namespace larder::sys
