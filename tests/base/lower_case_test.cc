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

TEST(LowerCase, LowersAsciiAndKeepsTheRest) {
  EXPECT_EQ(lowered(""), "");
  EXPECT_EQ(lowered("/Res/A-Z_09@[`{.PNG"), "/res/a-z_09@[`{.png");
}

TEST(LowerCase, LowersLettersOfAllLengths) {
  EXPECT_EQ(lowered("ÄÖÜ ÀÉÑ Þ × ß"), "äöü àéñ þ × ß");
  EXPECT_EQ(lowered("ĀĂŁŸ ǅǄ"), "āăłÿ ǆǆ");
  EXPECT_EQ(lowered("ЁЖЯ ԱԲ"), "ёжя աբ");
  EXPECT_EQ(lowered("Ⅷ Ⓐ ꜲꞍ Ａ"), "ⅷ ⓐ ꜳɥ ａ");
  EXPECT_EQ(lowered("𐐀𞤀"), "𐐨𞤢");
  EXPECT_EQ(lowered("中文 ﬀ 😀"), "中文 ﬀ 😀");
}

TEST(LowerCase, ChangesTheLengthWhereUnicodeDoes) {
  EXPECT_EQ(lowered("ẞ"), "ß");
  EXPECT_EQ(lowered("\u212a\u212b"), "kå");  // Kelvin and Angstrom signs
  EXPECT_EQ(lowered("Ⱥ"), "ⱥ");
  EXPECT_EQ(lowered("İI"), "i\u0307i");
}

TEST(LowerCase, WritesTheFinalSigmaAtTheEndOfAWordOnly) {
  EXPECT_EQ(lowered("ΟΔΟΣ"), "οδος");
  EXPECT_EQ(lowered("ΟΔΟΣ ΣΑΣ"), "οδος σας");
  EXPECT_EQ(lowered("Σ"), "σ");
  EXPECT_EQ(lowered("/Σ/ΑΣ/x"), "/σ/ας/x");
  EXPECT_EQ(lowered("ΣΣ"), "σς");
}

TEST(LowerCase, LooksThroughWhatBelongsToAWordWithoutBeingALetter) {
  EXPECT_EQ(lowered("ΑΣ.txt"), "ασ.txt");  // a full stop may stand inside a word
  EXPECT_EQ(lowered("ΑΣ."), "ας.");
  EXPECT_EQ(lowered("Α'Σ"), "α'ς");
  EXPECT_EQ(lowered("ΑΣ\u0301Α"), "ασ\u0301α");
  EXPECT_EQ(lowered("Α\u00adΣ\u00ad"), "α\u00adς\u00ad");
  EXPECT_EQ(lowered("中Σ"), "中σ");
  EXPECT_EQ(lowered("1Σ"), "1σ");
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
