#include "filetable/name_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

#include "table_bytes.h"

namespace larder::filetable {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

NameList good(std::string_view text, const NameListLimits& limits = {}) {
  std::string why;
  auto list = NameList::parse(text, limits, &why);
  if (!list) throw std::runtime_error(why);
  return std::move(*list);
}

/// As "name" or "name/".
std::vector<std::string> children(const NameList& list, std::string_view directory) {
  const auto listed = list.list(directory);
  if (!listed) return {"error: " + std::string(name_of(listed.error()))};
  std::vector<std::string> names;
  for (const Listed& child : *listed) names.push_back(child.name + (child.is_directory ? "/" : ""));
  return names;
}

std::vector<std::string> all(const NameList& list) {
  std::vector<std::string> paths;
  list.for_each([&](std::string_view path) { paths.emplace_back(path); });
  return paths;
}

void expect_bad(std::string_view text, std::string_view because) {
  std::string why;
  const auto list = NameList::parse(text, {}, &why);
  ASSERT_FALSE(list) << because;
  EXPECT_EQ(list.error(), errc::bad_table);
  EXPECT_THAT(why, HasSubstr(because));
}

TEST(NameList, ReadsTheOriginalsList) {
  const auto list = good(golden("plain/allfiles.txt"));
  EXPECT_EQ(list.size(), 13u);
  EXPECT_TRUE(list.contains(".hidden"));
  EXPECT_TRUE(list.contains("with space/f 1.js"));
  EXPECT_TRUE(list.contains("中文/图.json"));
  EXPECT_FALSE(list.contains("/.hidden"));
  EXPECT_FALSE(list.contains("res"));
  EXPECT_FALSE(list.contains(""));
  EXPECT_THAT(children(list, ""),
              ElementsAre(".hidden", "Res/", "a/", "a%20b.txt", "emoji-😀.txt", "empty.bin",
                          "index.html", "res/", "sound/", "with space/", "zero-xor.bin", "中文/"));
  EXPECT_THAT(children(list, "Res"), ElementsAre("R.txt", "Ünï.txt"));
}

TEST(NameList, TakesEitherLineEndAndAFinalOne) {
  for (const char* text : {"/a\r\n/b", "/a\n/b", "/a\r\n/b\r\n", "/a\n/b\n", "/b\n/a\r\n"})
    EXPECT_THAT(all(good(text)), ElementsAre("a", "b")) << text;
}

TEST(NameList, MayBeEmpty) {
  const auto list = good("");
  EXPECT_EQ(list.size(), 0u);
  EXPECT_TRUE(list.is_directory(""));
  EXPECT_THAT(children(list, ""), IsEmpty());
  EXPECT_FALSE(list.contains(""));
}

TEST(NameList, SortsByBytesAndCollapsesEqualLines) {
  const auto list = good("/b\n/a/x\n/中\n/a-b\n/b\n/B\n/a/x\n/a");
  EXPECT_THAT(all(list), ElementsAre("B", "a", "a-b", "a/x", "b", "中"));
  EXPECT_EQ(list.size(), 6u);
}

TEST(NameList, ListsChildrenInByteOrderWhereThePathsAreInAnother) {
  const auto list = good("/d/a-b\n/d/a/c\n/d/a.txt\n/d/a0\n/d/a/d/e");
  EXPECT_THAT(children(list, "d"), ElementsAre("a/", "a-b", "a.txt", "a0"));
  EXPECT_THAT(children(list, "d/a"), ElementsAre("c", "d/"));
}

TEST(NameList, ListsANameThatIsBothAFileAndADirectoryTwice) {
  const auto list = good("/x/a\n/x/a/b");
  EXPECT_THAT(children(list, "x"), ElementsAre("a", "a/"));
}

TEST(NameList, KnowsDirectoriesFromFilesAndFromBeginningsOfNames) {
  const auto list = good("/dir/sub/file\n/directory\n/dir-x");
  EXPECT_TRUE(list.is_directory(""));
  EXPECT_TRUE(list.is_directory("dir"));
  EXPECT_TRUE(list.is_directory("dir/sub"));
  for (const char* path : {"di", "direct", "directory", "dir/sub/file", "dir/su", "dir/", "/dir",
                           "zzz", "dir-x", "\xff"}) {
    EXPECT_FALSE(list.is_directory(path)) << path;
    EXPECT_EQ(list.list(path).error(), errc::not_listed) << path;
  }
}

TEST(NameList, RefusesWhatIsNoPath) {
  expect_bad("a", "line 1: the path does not begin with a slash");
  expect_bad("/a\n\n/b", "line 2: the path does not begin with a slash");
  expect_bad("/", "line 1: the path has an empty component");
  expect_bad("/a\n/b//c", "line 2: the path has an empty component");
  expect_bad("//a", "empty component");
  expect_bad("/a/", "empty component");
  expect_bad("/a/../b", "\"..\"");
  expect_bad("/..", "\"..\"");
  expect_bad("/a/.", "\".\"");
  expect_bad(std::string_view("/a\0b", 4), "NUL");
  expect_bad("/a\n/\xff", "line 2: the path is not valid UTF-8");
  expect_bad("<html>", "line 1");
}

TEST(NameList, KeepsNamesThatOnlyLookDangerous) {
  EXPECT_EQ(good("/...\n/..a\n/a..\n/.hidden\n/a b\n/%2e%2e").size(), 6u);
}

TEST(NameList, RefusesTooMuch) {
  const NameListLimits limits{.max_bytes = 100, .max_path_bytes = 10};
  std::string why;
  EXPECT_TRUE(NameList::parse("/0123456789", limits, &why));
  EXPECT_EQ(NameList::parse("/a\n/01234567890", limits, &why).error(), errc::too_large);
  EXPECT_THAT(why, HasSubstr("line 2"));
  EXPECT_EQ(NameList::parse(std::string(101, '/'), limits, &why).error(), errc::too_large);
  EXPECT_THAT(why, HasSubstr("101 bytes"));
}

TEST(NameList, OfNoiseIsReadOrRefused) {
  std::mt19937 random(3);
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto left = random() % 40; left > 0; --left)
      text += "/ab.\n\r\\\xc3\xa9\xff"[random() % 10];
    std::string why;
    const auto list = NameList::parse(text, {}, &why);
    ASSERT_EQ(list.has_value(), why.empty());
    if (!list) continue;
    list->for_each([&](std::string_view path) { ASSERT_TRUE(list->contains(path)); });
    ASSERT_TRUE(list->list(""));
  }
}

/// What list() answers, by going through everything.
std::map<std::string, std::set<std::string>> by_definition(const std::set<std::string>& paths) {
  std::map<std::string, std::set<std::string>> children_of;
  for (const std::string& path : paths) {
    std::string parent;
    for (std::size_t at = 0;;) {
      const std::size_t slash = path.find('/', at);
      const std::string name = path.substr(at, slash - at);
      children_of[parent].insert(slash == std::string::npos ? name : name + "/");
      if (slash == std::string::npos) break;
      parent = path.substr(0, slash);
      at = slash + 1;
    }
  }
  return children_of;
}

TEST(NameList, AgreesWithTheDefinitionOnRandomTrees) {
  std::mt19937 random(9);
  for (int round = 0; round < 300; ++round) {
    std::set<std::string> paths;
    std::string text;
    for (int i = 0; i < 60; ++i) {
      std::string path;
      for (auto depth = random() % 4 + 1; depth > 0; --depth) {
        if (!path.empty()) path += '/';
        for (auto length = random() % 2 + 1; length > 0; --length) path += "a-0~"[random() % 4];
      }
      paths.insert(path);
      text += "/" + path + "\n";
    }
    const auto list = good(text);
    ASSERT_EQ(list.size(), paths.size());
    for (const auto& [directory, names] : by_definition(paths)) {
      ASSERT_TRUE(list.is_directory(directory));
      const auto listed = children(list, directory);
      ASSERT_EQ(std::set<std::string>(listed.begin(), listed.end()), names) << directory;
      const auto entries = *list.list(directory);
      ASSERT_TRUE(std::is_sorted(entries.begin(), entries.end(),
                                 [](const Listed& a, const Listed& b) { return a.name < b.name; }));
    }
  }
}

}  // namespace
}  // namespace larder::filetable
