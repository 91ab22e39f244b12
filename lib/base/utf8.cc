#include "base/utf8.h"

namespace larder {

CodePoint decode_utf8(std::string_view text, std::size_t at) noexcept {
  constexpr CodePoint kInvalid{0, 0};
  const auto byte_at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte_at(at);
  if (first < 0x80) return {first, 1};
  const unsigned length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() - at < length) return kInvalid;
  char32_t value = first & (0x7fu >> length);
  for (unsigned i = 1; i < length; ++i) {
    const unsigned next = byte_at(at + i);
    if ((next & 0xc0) != 0x80) return kInvalid;
    value = value << 6 | (next & 0x3f);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xd800 && value <= 0xdfff;
  if (value < kSmallest[length] || value > 0x10ffff || surrogate) return kInvalid;
  return {value, length};
}

std::size_t encode_utf8(char32_t c, char (&into)[4]) noexcept {
  const std::size_t length = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  constexpr unsigned char kLead[] = {0, 0, 0xc0, 0xe0, 0xf0};
  for (std::size_t i = length - 1; i > 0; --i) {
    into[i] = static_cast<char>(0x80 | (c & 0x3f));
    c >>= 6;
  }
  into[0] = static_cast<char>(kLead[length] | c);
  return length;
}

bool is_utf8(std::string_view text) noexcept {
  for (std::size_t at = 0; at < text.size();) {
    const unsigned length = decode_utf8(text, at).length;
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace larder
