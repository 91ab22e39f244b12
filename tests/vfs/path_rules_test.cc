#include "vfs/path_rules.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::vfs {
namespace {

using namespace std::string_view_literals;
using Kind = PathRequest::Kind;

PathRules with_base(std::string base) {
  return PathRules({std::move(base), false, {}});
}

std::string parsed(const PathRules& rules, std::string_view raw) {
  PathBuffer buffer;
  const auto request = rules.parse(raw, buffer);
  if (!request) return std::string("error ") + name_of(request.error());
  std::string text(request->path);
  if (request->has_query) text += "|" + std::string(request->query);
  if (request->kind == Kind::foreign) text = "foreign " + text;
  if (request->kind == Kind::file_url) text = "file " + text;
  return text;
}

TEST(PathRules, LeaveANormalPathAloneWithoutCopyingIt) {
  const PathRules rules;
  const std::string raw = "textures/hero.png";
  PathBuffer buffer;
  const auto request = rules.parse(raw, buffer);
  ASSERT_TRUE(request);
  EXPECT_EQ(request->path.data(), raw.data());
  EXPECT_EQ(request->path, raw);
  EXPECT_FALSE(request->has_query);
}

TEST(PathRules, Normalise) {
  const PathRules rules;
  EXPECT_EQ(parsed(rules, "/a/b"), "a/b");
  EXPECT_EQ(parsed(rules, "./a//b/./c"), "a/b/c");
  EXPECT_EQ(parsed(rules, "a/../b"), "b");
  EXPECT_EQ(parsed(rules, "a/b/../../c/"), "c");
  EXPECT_EQ(parsed(rules, "..a/b..c/..."), "..a/b..c/...");
  EXPECT_EQ(parsed(rules, ".hidden"), ".hidden");
}

TEST(PathRules, RefuseWhatCannotNameContent) {
  const PathRules rules;
  for (const auto raw : {""sv, "/"sv, "."sv, ".."sv, "../a"sv, "a/../../b"sv, "a\0b"sv, "a\\b"sv,
                         "a/.."sv, "?x=1"sv})
    EXPECT_EQ(parsed(rules, raw), "error bad_path") << raw;
}

TEST(PathRules, RefuseOverlongPathsWithoutOverrunningTheBuffer) {
  const PathRules rules;
  EXPECT_EQ(parsed(rules, std::string(kMaxPathBytes, 'x')), std::string(kMaxPathBytes, 'x'));
  EXPECT_EQ(parsed(rules, std::string(kMaxPathBytes + 1, 'x')), "error bad_path");
  EXPECT_EQ(parsed(rules, "./" + std::string(kMaxPathBytes - 2, 'x')),
            std::string(kMaxPathBytes - 2, 'x'));
  const PathRules growing({"", false, {{"a", std::string(100, 'b')}}});
  EXPECT_EQ(parsed(growing, "a" + std::string(kMaxPathBytes - 50, 'x')), "error bad_path");
}

TEST(PathRules, SplitTheQueryOff) {
  const PathRules rules;
  EXPECT_EQ(parsed(rules, "a/b.json?v=3"), "a/b.json|v=3");
  EXPECT_EQ(parsed(rules, "a/./b?x=/../y"), "a/b|x=/../y");
  EXPECT_EQ(parsed(rules, "a?"), "a|");
  EXPECT_EQ(parsed(rules, "a?b?c"), "a|b?c");
}

TEST(PathRules, TakeUrlsBelowTheBaseForRelativePaths) {
  const PathRules rules = with_base("https://cdn.example/game/");
  EXPECT_EQ(parsed(rules, "https://cdn.example/game/res/a.png"), "res/a.png");
  EXPECT_EQ(parsed(rules, "https://cdn.example/game/a.png?x"), "a.png|x");
  EXPECT_EQ(parsed(rules, "https://cdn.example/game/../other"), "error bad_path");
  EXPECT_EQ(parsed(rules, "https://cdn.example/other/a.png"),
            "foreign https://cdn.example/other/a.png");
  EXPECT_EQ(parsed(rules, "http://cdn.example/game/a.png"),
            "foreign http://cdn.example/game/a.png");
}

TEST(PathRules, KnowForeignAndFileUrls) {
  const PathRules rules;
  EXPECT_EQ(parsed(rules, "http://elsewhere/x?y"), "foreign http://elsewhere/x?y");
  EXPECT_EQ(parsed(rules, "file:///tmp/x"), "file /tmp/x");
  EXPECT_EQ(parsed(rules, "a/b://c"), "a/b:/c") << "a scheme has no slash";
  EXPECT_EQ(parsed(rules, "C://x"), "C:/x") << "one letter is a drive, not a scheme";
}

TEST(PathRules, TranslatePrefixesFirstMatchWins) {
  const PathRules rules({"https://cdn.example/game/",
                         false,
                         {{"https://mirror.example/g/", "https://cdn.example/game/"},
                          {"old/", "new/"},
                          {"old/x", "never/"}}});
  EXPECT_EQ(parsed(rules, "https://mirror.example/g/a.png"), "a.png");
  EXPECT_EQ(parsed(rules, "old/x"), "new/x");
  EXPECT_EQ(parsed(rules, "old/./x?q"), "new/x|q");
  EXPECT_EQ(parsed(rules, "new/x"), "new/x");
}

TEST(PathRules, LowerTheCaseOfThePathButNotOfTheQuery) {
  const PathRules rules({"", true, {}});
  EXPECT_EQ(parsed(rules, "Res/A.PNG?V=X"), "res/a.png|V=X");
  EXPECT_EQ(parsed(rules, "Res/./Ünï.TXT"), "res/ünï.txt");
}

TEST(PathRules, TakeTheEmptyDirectoryForTheRoot) {
  const PathRules rules;
  PathBuffer buffer;
  for (const auto raw : {""sv, "/"sv, "."sv}) {
    const auto directory = rules.parse_directory(raw, buffer);
    ASSERT_TRUE(directory) << raw;
    EXPECT_EQ(*directory, "") << raw;
  }
  EXPECT_EQ(*rules.parse_directory("a/b/", buffer), "a/b");
  EXPECT_FALSE(rules.parse_directory("..", buffer));
}

}  // namespace
}  // namespace larder::vfs
