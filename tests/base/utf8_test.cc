#include "base/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace larder {
namespace {

std::string encode(char32_t value) {
  const auto tail = [value](int shift) {
    return static_cast<char>(0x80 | (value >> shift & 0x3f));
  };
  if (value < 0x80) return {static_cast<char>(value)};
  if (value < 0x800) return {static_cast<char>(0xc0 | value >> 6), tail(0)};
  if (value < 0x10000) return {static_cast<char>(0xe0 | value >> 12), tail(6), tail(0)};
  return {static_cast<char>(0xf0 | value >> 18), tail(12), tail(6), tail(0)};
}

TEST(Utf8, DecodesEveryCodePointAndNoSurrogate) {
  for (char32_t value = 0; value <= 0x110000; ++value) {
    const std::string text = encode(value);
    const CodePoint decoded = decode_utf8(text, 0);
    if ((value >= 0xd800 && value <= 0xdfff) || value > 0x10ffff) {
      ASSERT_EQ(decoded.length, 0u) << std::hex << static_cast<unsigned>(value);
    } else {
      ASSERT_EQ(decoded.length, text.size());
      ASSERT_EQ(decoded.value, value);
    }
  }
}

TEST(Utf8, RefusesEveryCutSequence) {
  for (const char32_t value : {U'é', U'中', U'😀'}) {
    const std::string text = encode(value);
    for (std::size_t length = 1; length < text.size(); ++length) {
      EXPECT_FALSE(is_utf8(text.substr(0, length)));
      EXPECT_FALSE(is_utf8(text.substr(0, length) + "x"));
    }
  }
}

TEST(Utf8, RefusesOverlongFormsAndStrayBytes) {
  for (const char* text : {"\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xf0\x8f\xbf\xbf", "\x80",
                           "\xbf", "\xfe", "\xff", "\xf5\x80\x80\x80", "ok\x80"})
    EXPECT_FALSE(is_utf8(text)) << text;
}

TEST(Utf8, AcceptsTextOfAllLengths) {
  EXPECT_TRUE(is_utf8("a é 中 😀 \x7f"));
}

}  // namespace
}  // namespace larder
