// MD5 as the lists of other hot-update systems have it: of the bytes, or of something made of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "digest/hash.h"

namespace larder::digest {

/// The text that an UTF-8 decoder makes of bytes, encoded again: what is invalid becomes U+FFFD,
/// one for each longest beginning of a character, as the WHATWG's Encoding Standard has it.
/// Streaming; pieces may end anywhere.
class Utf8Repair {
 public:
  /// Calls `receive(std::span<const std::byte>)` with pieces of the text, any number of times.
  template <class Receive>
  void update(std::span<const std::byte> bytes, Receive&& receive) {
    for (const std::byte byte : bytes) {
      if (out_bytes_ + kMostPerByte > out_.size()) flush(receive);
      take(std::to_integer<unsigned char>(byte));
    }
    flush(receive);
  }
  template <class Receive>
  void finish(Receive&& receive) {
    if (missing_ != 0) replace();
    flush(receive);
  }

 private:
  /// A byte that ends an unfinished character may begin, or be, another wrong one.
  static constexpr std::size_t kMostPerByte = 8;

  template <class Receive>
  void flush(Receive&& receive) {
    receive(std::span<const std::byte>(out_.data(), out_bytes_));
    out_bytes_ = 0;
  }
  void take(unsigned char byte) noexcept;
  void begin(unsigned char byte) noexcept;
  void replace() noexcept;
  void put(unsigned char byte) noexcept { out_[out_bytes_++] = static_cast<std::byte>(byte); }

  std::array<std::byte, 4096> out_;
  std::size_t out_bytes_ = 0;
  std::array<unsigned char, 4> begun_{};  ///< an unfinished character
  unsigned begun_bytes_ = 0;
  unsigned missing_ = 0;      ///< bytes of it
  unsigned char low_ = 0x80;  ///< bounds of the next one
  unsigned char high_ = 0xbf;
};

/// The MD5s that Cocos Creator's manifests have had over the years: of the bytes; of each byte as a
/// Latin-1 character in UTF-8 ("binary"); of the bytes decoded as UTF-8 and encoded again ("utf8").
/// They differ once a byte is 0x80 or above. Throws std::bad_alloc on construction.
class CocosMd5 {
 public:
  void update(std::span<const std::byte> bytes) noexcept;

  struct Values {
    Md5::Value raw, binary, utf8;
    [[nodiscard]] bool contain(const Md5::Value& value) const noexcept {
      return value == raw || value == binary || value == utf8;
    }
  };
  /// Call once.
  [[nodiscard]] Values finish() noexcept;

 private:
  void update_binary(std::span<const std::byte> bytes) noexcept;

  Md5 raw_, binary_, utf8_;
  Utf8Repair repair_;
  bool all_ascii_ = true;  ///< so far, and all three are one
};

/// The MD5 of quick-cocos2d-x's flists: of the bytes written as upper-case hex digits. Throws
/// std::bad_alloc on construction.
class HexTextMd5 {
 public:
  void update(std::span<const std::byte> bytes) noexcept;
  /// Call once.
  [[nodiscard]] Md5::Value finish() noexcept { return md5_.finish(); }

 private:
  Md5 md5_;
};

}  // namespace larder::digest
