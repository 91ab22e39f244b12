// Reads the variants of a LayaDCC filetable down to rows. Private to this room.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "filetable/laya_table.h"

namespace larder::filetable {

/// What a file says, in its order. Binary rows are viewed where they lie, text rows are decoded.
struct LayaContent {
  std::string id;                          ///< 32 lower-case hex digits, or empty
  std::span<const std::byte> binary_rows;  ///< borrowed from the file; kRowBytes each
  std::vector<LayaPair> text_rows;         ///< used by the text variants
};

/// Fills `content`. False, and `why` says what is wrong and where, if `file` is no table. Throws
/// std::bad_alloc.
[[nodiscard]] bool read_laya(std::span<const std::byte> file, LayaContent& content,
                             std::string& why);

/// A word of a binary table.
[[nodiscard]] inline std::uint32_t load_u32(const std::byte* from) noexcept {
  // Compilers make one load of this.
  return std::to_integer<std::uint32_t>(from[0]) | std::to_integer<std::uint32_t>(from[1]) << 8 |
         std::to_integer<std::uint32_t>(from[2]) << 16 |
         std::to_integer<std::uint32_t>(from[3]) << 24;
}

/// Eight hexadecimal digits.
[[nodiscard]] std::string to_hex(std::uint32_t word);

}  // namespace larder::filetable
