#include "vfs/glob.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::vfs {
namespace {

TEST(Glob, StarStaysInsideAComponent) {
  EXPECT_TRUE(glob_matches("a/*.png", "a/hero.png"));
  EXPECT_TRUE(glob_matches("*", "hero.png"));
  EXPECT_TRUE(glob_matches("a*b*c", "aXbYbZc"));
  EXPECT_FALSE(glob_matches("a/*.png", "a/b/hero.png"));
  EXPECT_FALSE(glob_matches("*", "a/b"));
  EXPECT_FALSE(glob_matches("*.png", "hero.jpg"));
}

TEST(Glob, QuestionMarkIsOneCharacterOfAComponent) {
  EXPECT_TRUE(glob_matches("level?.pak", "level1.pak"));
  EXPECT_FALSE(glob_matches("level?.pak", "level.pak"));
  EXPECT_FALSE(glob_matches("level?pak", "level/pak"));
}

TEST(Glob, DoubleStarCrossesComponents) {
  EXPECT_TRUE(glob_matches("**", "a/b/c"));
  EXPECT_TRUE(glob_matches("a/**", "a/b/c"));
  EXPECT_FALSE(glob_matches("a/**", "b/a/c"));
  EXPECT_FALSE(glob_matches("a/**", "a"));
  EXPECT_TRUE(glob_matches("**/c.png", "c.png"));
  EXPECT_TRUE(glob_matches("**/c.png", "a/b/c.png"));
  EXPECT_FALSE(glob_matches("**/c.png", "a/bc.png"));
  EXPECT_TRUE(glob_matches("a/**/z/*.png", "a/b/c/z/1.png"));
  EXPECT_TRUE(glob_matches("a/**/z/*.png", "a/z/1.png"));
  EXPECT_FALSE(glob_matches("a/**/z/*.png", "a/z/y/1.png"));
  EXPECT_TRUE(glob_matches("**/*.png", "a/b/c.png"));
  EXPECT_TRUE(glob_matches("**/**/c", "c"));
  EXPECT_TRUE(glob_matches("a**/c", "ab/b/c"));
  EXPECT_FALSE(glob_matches("a**/c", "ac"));
  EXPECT_TRUE(glob_matches("**a/b", "xa/b"));
  EXPECT_TRUE(glob_matches("**/*a/**/b", "x/ya/b"));
  EXPECT_FALSE(glob_matches("**/a/**/b", "xa/b"));
}

TEST(Glob, WithoutSpecialCharactersIsAPath) {
  EXPECT_FALSE(is_glob("a/b.png"));
  EXPECT_TRUE(is_glob("a/?.png"));
  EXPECT_TRUE(glob_matches("a/b.png", "a/b.png"));
  EXPECT_FALSE(glob_matches("a/b.png", "a/b.pngx"));
  EXPECT_FALSE(glob_matches("a/b.png", "a/b.pn"));
}

TEST(Glob, SaysBelowWhichDirectoryItLooks) {
  EXPECT_EQ(directory_of_glob("*.png"), "");
  EXPECT_EQ(directory_of_glob("a/b/*.png"), "a/b");
  EXPECT_EQ(directory_of_glob("a/b*/c"), "a");
  EXPECT_EQ(directory_of_glob("**"), "");
}

TEST(Glob, EndsSoonWithManyStars) {
  EXPECT_FALSE(glob_matches("*a*a*a*a*a*a*a*a*a*a*a*a*b", std::string(2000, 'a')));
  std::string glob, path;
  for (int i = 0; i < 40; ++i) glob += "**/a/", path += "a/a/a/";
  EXPECT_FALSE(glob_matches(glob + "b", path + "c"));
  EXPECT_TRUE(glob_matches(glob + "c", path + "c"));
}

}  // namespace
}  // namespace larder::vfs
