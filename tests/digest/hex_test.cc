#include "digest/hex.h"

#include <gtest/gtest.h>

#include <array>

namespace larder::digest {
namespace {

TEST(Hex, WritesTwoLowerCaseDigitsAByte) {
  const std::array bytes{std::byte{0x00}, std::byte{0x0f}, std::byte{0xa5}, std::byte{0xff}};
  EXPECT_EQ(to_hex(bytes), "000fa5ff");
  EXPECT_EQ(to_hex({}), "");
}

TEST(Hex, ReadsBackEveryByteInEitherCase) {
  for (unsigned value = 0; value < 256; ++value) {
    const std::array byte{static_cast<std::byte>(value)};
    std::string text = to_hex(byte);
    std::array<std::byte, 1> back{};
    ASSERT_TRUE(from_hex(text, back));
    EXPECT_EQ(back, byte);
    for (char& c : text) c = c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c;
    ASSERT_TRUE(from_hex(text, back)) << text;
    EXPECT_EQ(back, byte);
  }
}

TEST(Hex, RefusesEverythingThatIsNoDigit) {
  std::array<std::byte, 1> into{};
  for (unsigned value = 0; value < 256; ++value) {
    const auto c = static_cast<char>(value);
    const bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    EXPECT_EQ(from_hex(std::string{'0', c}, into), digit) << value;
    EXPECT_EQ(from_hex(std::string{c, '0'}, into), digit) << value;
  }
}

TEST(Hex, RefusesAnotherLength) {
  std::array<std::byte, 2> into{};
  EXPECT_FALSE(from_hex("", into));
  EXPECT_FALSE(from_hex("abc", into));
  EXPECT_FALSE(from_hex("abcde", into));
  EXPECT_FALSE(from_hex("abcdef", into));
  EXPECT_TRUE(from_hex("", {}));
}

}  // namespace
}  // namespace larder::digest
