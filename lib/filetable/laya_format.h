// The constants of LayaDCC v1 filetables; see FORMAT.md. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace larder::filetable {

// Binary: words are u32, little-endian.
inline constexpr std::uint32_t kBinaryMagic = 0xffeeddcc;
inline constexpr std::uint32_t kBinaryVersion = 1;
inline constexpr std::uint32_t kBlockMark = 0x00ffffff;  ///< third word: a version block follows
inline constexpr std::uint32_t kBlockVersion = 1;
inline constexpr std::size_t kIdDigits = 32;  ///< an MD5 in hex
inline constexpr std::size_t kOldHeaderBytes = 8;
inline constexpr std::size_t kHeaderBytes = 16 + kIdDigits;
inline constexpr std::size_t kRowBytes = 8;

// Text.
inline constexpr std::string_view kTextHeader = "ffeeffee 1";
inline constexpr std::string_view kTextMagic = "ffeeffee";
inline constexpr std::string_view kLineEnd = "\r\n";

}  // namespace larder::filetable
