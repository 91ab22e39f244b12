// Digest: the SHA-256 name of an object. Checksum: what a table promises about content.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>

namespace larder {

/// SHA-256 of decoded content: the name of an object.
struct Digest {
  std::array<std::byte, 32> bytes{};
  friend auto operator<=>(const Digest&, const Digest&) = default;
};

/// What a table promises about content, in the manner of its format.
struct Checksum {
  enum class Kind : std::uint8_t {
    none,       ///< nothing is promised (a file outside every table)
    sha256,     ///< 32 bytes
    laya_xor,   ///< 4 bytes, u32 little-endian; weak, LayaDCC only; 0 and 1 are equal
    cocos_md5,  ///< 16 bytes: MD5 as any of Cocos Creator's manifests has it, see digest::CocosMd5
    flist_md5,  ///< 16 bytes: MD5 as quick-cocos2d-x's flists have it, see digest::HexTextMd5
  };
  Kind kind = Kind::none;
  std::array<std::byte, 32> bytes{};  ///< unused tail is zero

  friend bool operator==(const Checksum&, const Checksum&) = default;
};

}  // namespace larder
