// The layout of a native bundle; see FORMAT.md. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace larder::bundle {

inline constexpr std::string_view kMagic{"LARDERB\1", 8};
inline constexpr std::size_t kHeaderBytes = 72;
inline constexpr std::size_t kRowBytes = 56;
/// Before the rows of the directory: the root page, and the lengths of what follows.
inline constexpr std::size_t kDirectoryHeadBytes = 32 + 4 + 8 + 4 + 8;

inline constexpr std::uint64_t kPageBytes = 4096;
inline constexpr std::uint64_t kSmallAlignment = 16;
/// Objects from this size on begin at a page of memory.
inline constexpr std::uint64_t kAlignFromBytes = 4096;
inline constexpr std::uint64_t kMaxDirectoryBytes = std::uint64_t{4} << 30;

[[nodiscard]] constexpr std::uint64_t aligned(std::uint64_t offset, std::uint64_t size) noexcept {
  const std::uint64_t to = size >= kAlignFromBytes ? kPageBytes : kSmallAlignment;
  return (offset + to - 1) / to * to;
}

}  // namespace larder::bundle
