// FaultySqlite: makes disk operation n of SQLite fail.
#pragma once

#include <cstdint>

namespace larder::test {

/// While it lives, connections that are opened go through it; they must be closed before it ends.
/// One at a time. Threads: any.
class FaultySqlite {
 public:
  FaultySqlite();
  FaultySqlite(const FaultySqlite&) = delete;
  FaultySqlite& operator=(const FaultySqlite&) = delete;
  ~FaultySqlite();

  /// The `n`th write, sync, truncation or (with `reads`) read from now on ends with the SQLite
  /// result `code`, and so does every later one if `lasting`.
  void fail_at(std::uint64_t n, int code, bool lasting, bool reads) noexcept;
  void heal() noexcept;
  /// Whether anything has been made to fail since fail_at().
  [[nodiscard]] bool failed() const noexcept;
};

}  // namespace larder::test
