// Reading and writing the numbers of native formats. Private to this room.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

#include "base/digest.h"

namespace larder::filetable {

/// Takes numbers and texts from the front of bytes. Whoever reads past the end, or a varint that is
/// none, gets zeros from then on, and failed() says so.
class WireReader {
 public:
  explicit WireReader(std::span<const std::byte> bytes) noexcept
      : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }
  [[nodiscard]] const std::byte* position() const noexcept { return at_; }

  std::uint8_t u8() noexcept {
    if (at_ == end_) return fail();
    return std::to_integer<std::uint8_t>(*at_++);
  }
  std::uint16_t u16() noexcept {
    const unsigned low = u8();
    return static_cast<std::uint16_t>(low | unsigned{u8()} << 8);
  }
  std::uint64_t varint() noexcept {
    if (at_ != end_ && std::to_integer<unsigned>(*at_) < 0x80)
      return std::to_integer<std::uint64_t>(*at_++);
    return long_varint();
  }
  /// As varint(), of bytes that were read before.
  void skip_varint() noexcept {
    // Without branches that depend on its length, which nobody could predict.
    std::uint64_t next = 0;
    if (left() < sizeof next) {
      static_cast<void>(varint());
      return;
    }
    std::memcpy(&next, at_, sizeof next);
    if constexpr (std::endian::native == std::endian::big) next = __builtin_bswap64(next);
    const std::uint64_t ends = ~next & 0x8080808080808080ULL;
    if (ends == 0)
      static_cast<void>(long_varint());
    else
      at_ += std::countr_zero(ends) / 8 + 1;
  }
  std::string_view text(std::uint64_t bytes) noexcept {
    if (bytes > left()) {
      fail();
      return {};
    }
    const std::string_view text(reinterpret_cast<const char*>(at_), bytes);
    at_ += bytes;
    return text;
  }
  Digest digest() noexcept {
    Digest digest;
    const std::string_view bytes = text(digest.bytes.size());
    if (!failed_) std::memcpy(digest.bytes.data(), bytes.data(), bytes.size());
    return digest;
  }
  void skip(std::size_t bytes) noexcept {
    if (bytes > left())
      fail();
    else
      at_ += bytes;
  }

 private:
  std::uint8_t fail() noexcept {
    failed_ = true;
    at_ = end_;
    return 0;
  }
  std::uint64_t long_varint() noexcept {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const std::uint64_t byte = u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte == 0 && shift != 0) fail();  // a longer form than need be, or past the end
        return failed_ ? 0 : value;
      }
    }
    return fail();
  }

  const std::byte* at_;
  const std::byte* end_;
  bool failed_ = false;
};

inline void put_u8(std::string& into, unsigned value) {
  into.push_back(static_cast<char>(value));
}
inline void put_u16(std::string& into, unsigned value) {
  put_u8(into, value & 0xff);
  put_u8(into, value >> 8);
}
/// Below 2⁶³.
inline void put_varint(std::string& into, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) put_u8(into, static_cast<unsigned>(value & 0x7f) | 0x80);
  put_u8(into, static_cast<unsigned>(value));
}
inline void put_digest(std::string& into, const Digest& digest) {
  into.append(reinterpret_cast<const char*>(digest.bytes.data()), digest.bytes.size());
}

}  // namespace larder::filetable
