// Sink: where an origin pours the bytes of one object. It does not know what is behind it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <system_error>

namespace larder {

/// Receives one object's bytes in order. One Sink serves one attempt; a retry gets a new one.
/// Threads: one call at a time. An error returned stops the pouring with that error.
class Sink {
 public:
  virtual ~Sink() = default;
  /// At most once, before the first write: the size in bytes that the origin announces, if any.
  virtual std::error_code expect(std::optional<std::uint64_t> size) noexcept = 0;
  /// The next bytes. They are the caller's again when the call returns.
  virtual std::error_code write(std::span<const std::byte> bytes) noexcept = 0;
  /// How long to wait before more is read from the network. Asked after each write.
  [[nodiscard]] virtual std::chrono::milliseconds pause() noexcept { return {}; }
};

}  // namespace larder
