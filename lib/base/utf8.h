// UTF-8, decoded strictly, and encoded.
#pragma once

#include <cstddef>
#include <string_view>

namespace larder {

struct CodePoint {
  char32_t value;
  unsigned length;  ///< in bytes, 1 to 4; 0: the text does not continue with valid UTF-8
};

/// The code point at `text[at]`; `at` must be inside the text. Overlong forms, surrogates and
/// values above U+10FFFF are invalid.
[[nodiscard]] CodePoint decode_utf8(std::string_view text, std::size_t at) noexcept;

/// Writes a code point of at most U+10FFFF; returns how many bytes it takes, 1 to 4.
std::size_t encode_utf8(char32_t c, char (&into)[4]) noexcept;

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace larder
