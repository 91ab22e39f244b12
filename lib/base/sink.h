// Sink: where an origin pours the bytes of one object. It does not know what is behind it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>

namespace larder {

/// Receives one object's bytes in order. A sink that keeps what it has when an attempt breaks off
/// may serve the next one, too.
/// Threads: one call at a time. An error returned stops the pouring with that error.
class Sink {
 public:
  virtual ~Sink() = default;
  /// Before expect(): by which name the origin tells this copy from others (an ETag); empty if by
  /// none.
  virtual void identify(std::string_view validator) noexcept { static_cast<void>(validator); }
  /// Once in an attempt, before its first write, or resume() instead: the bytes come from the first
  /// one on, and what came before is forgotten. The size in bytes is what the origin announces.
  virtual std::error_code expect(std::optional<std::uint64_t> size) noexcept = 0;
  /// The bytes that follow continue the `from` ones that came before, up to `size`.
  virtual std::error_code resume(std::uint64_t from, std::optional<std::uint64_t> size) noexcept {
    static_cast<void>(from);
    static_cast<void>(size);
    return std::make_error_code(std::errc::not_supported);
  }
  /// The next bytes. They are the caller's again when the call returns.
  virtual std::error_code write(std::span<const std::byte> bytes) noexcept = 0;
  /// How long to wait before more is read from the network. Asked after each write.
  [[nodiscard]] virtual std::chrono::milliseconds pause() noexcept { return {}; }
};

}  // namespace larder
