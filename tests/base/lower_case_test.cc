#include "base/lower_case.h"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace larder {
namespace {

std::string lowered(std::string_view text) {
  std::array<char, 64> buffer{};
  const auto result = to_lower_case(text, buffer);
  return result ? std::string(*result) : "too long";
}

TEST(LowerCase, ReturnsTheTextItselfWhenNothingChanges) {
  std::array<char, 1> too_small{};
  const std::string_view text = "res/ünï.txt";
  const auto result = to_lower_case(text, too_small);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->data(), text.data());
}

// What JavaScript's toLowerCase() makes of them.
TEST(LowerCase, AgreesWithJavaScript) {
  EXPECT_EQ(lowered("Res/R.TXT"), "res/r.txt");
  EXPECT_EQ(lowered("ÄÖÜ ÇÉ"), "äöü çé");
  EXPECT_EQ(lowered("ПРИВЕТ"), "привет");
  EXPECT_EQ(lowered("İ"), "i̇");
  EXPECT_EQ(lowered("ΣΑΣ"), "σας");
  EXPECT_EQ(lowered("ΟΔΟΣ.PNG"), "οδοσ.png") << "the dot is looked through, a letter follows";
  EXPECT_EQ(lowered("ΟΔΟΣ/A"), "οδος/a");
  EXPECT_EQ(lowered("Σ"), "σ");
  EXPECT_EQ(lowered("ẞ"), "ß");
  EXPECT_EQ(lowered("Ǆ ǅ"), "ǆ ǆ");
  EXPECT_EQ(lowered("Ω K Å"), "ω k å") << "Ohm, Kelvin, Angstrom signs";
  EXPECT_EQ(lowered("𐐀"), "𐐨");
  EXPECT_EQ(lowered("Ⅷ Ⓐ Ａ"), "ⅷ ⓐ ａ");
}

TEST(LowerCase, KeepsBytesThatAreNotUtf8) {
  EXPECT_EQ(lowered("A\xff\xc3"
                    "B"),
            "a\xff\xc3"
            "b");
}

TEST(LowerCase, SaysWhenTheBufferIsTooSmall) {
  std::array<char, 2> buffer{};
  EXPECT_FALSE(to_lower_case("ABC", buffer));
  EXPECT_FALSE(to_lower_case("İ", buffer));
}

}  // namespace
}  // namespace larder
