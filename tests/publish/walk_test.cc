#include "publish/walk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tree_fixture.h"

namespace larder::publish {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

WalkRules everything() {
  return {.takes_directory = [](std::string_view, std::string_view) { return true; },
          .takes_file = [](std::string_view) { return true; }};
}

class Walk : public TreeFixture {
 protected:
  WalkResult walked(const WalkRules& rules = everything()) {
    const Descriptor root = open_tree();
    auto result = walk(root.get(), rules, nullptr);
    EXPECT_TRUE(result);
    return std::move(*result);
  }
  static std::vector<std::string> paths(const WalkResult& result) {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < result.files.size(); ++i) {
      EXPECT_EQ(result.files.path(i), result.files.c_path(i));
      all.emplace_back(result.files.path(i));
    }
    return all;
  }
};

TEST_F(Walk, ListsFilesAndDirectoriesInByteOrderOfTheirNames) {
  for (const char* path : {"b", "a-b", "a/z", "a/a", "B", "a.c", "\u4e2d/x", "~", "a/b/c"})
    write(path);
  EXPECT_THAT(paths(walked()),
              ElementsAre("B", "a/a", "a/b/c", "a/z", "a-b", "a.c", "b", "~", "\u4e2d/x"));
}

TEST_F(Walk, OfAnEmptyDirectoryListsNothing) {
  EXPECT_THAT(paths(walked()), IsEmpty());
  make_directory("a/b");
  EXPECT_THAT(paths(walked()), IsEmpty());
}

TEST_F(Walk, AsksWhichDirectoriesAndFilesToTake) {
  for (const char* path : {"x/skip/f", "skip", "x/keep.no", "x/keep"}) write(path);
  WalkRules rules = everything();
  std::vector<std::string> asked;
  rules.takes_directory = [&](std::string_view path, std::string_view name) {
    asked.emplace_back(path);
    return name != "skip";
  };
  rules.takes_file = [](std::string_view name) { return !name.ends_with(".no"); };
  EXPECT_THAT(paths(walked(rules)), ElementsAre("skip", "x/keep"));
  EXPECT_THAT(asked, ElementsAre("x", "x/skip"));
}

TEST_F(Walk, TellsPathsFromNames) {
  write("d/e/f");
  const auto result = walked();
  EXPECT_EQ(result.files.path(0), "d/e/f");
  EXPECT_EQ(result.files.name(0), "f");
}

TEST_F(Walk, MeasuresOnlyWhenAsked) {
  write("a", "12345");
  write("d/b", "678");
  EXPECT_EQ(walked().files.total_bytes(), 0u);
  WalkRules rules = everything();
  rules.measure = true;
  EXPECT_EQ(walked(rules).files.total_bytes(), 8u);
}

TEST_F(Walk, ListsLinksToFilesAndTellsOfLinksToDirectories) {
  write("d/file");
  link("d/file", "to-file");
  link("d", "to-directory");
  link("to-file", "d/../to-link");
  const auto result = walked();
  EXPECT_THAT(paths(result), ElementsAre("d/file", "to-file", "to-link"));
  EXPECT_THAT(result.links, ElementsAre("to-directory"));
  EXPECT_THAT(result.problems, IsEmpty());
}

TEST_F(Walk, ReportsWhatCannotBeReadAndGoesOn) {
  write("d/z");
  link("nowhere", "d/dangling");
  link("loop", "loop");
  ASSERT_EQ(::mkfifo((tree() + "/pipe").c_str(), 0600), 0);
  const auto result = walked();
  EXPECT_THAT(paths(result), ElementsAre("d/z"));
  ASSERT_EQ(result.problems.size(), 3u);
  EXPECT_EQ(result.problems[0].path, "d/dangling");
  EXPECT_THAT(result.problems[0].what, HasSubstr("leads nowhere"));
  EXPECT_EQ(result.problems[1].path, "loop");
  EXPECT_EQ(result.problems[2].path, "pipe");
  EXPECT_THAT(result.problems[2].what, HasSubstr("neither a file nor a directory"));
}

TEST_F(Walk, ReportsNamesThatAreNotUtf8) {
  write("caf\xe9/menu");
  write("ok");
  const auto result = walked();
  EXPECT_THAT(paths(result), ElementsAre("ok"));
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_EQ(result.problems[0].path, "caf\xe9");
  EXPECT_THAT(result.problems[0].what, HasSubstr("UTF-8"));
}

TEST_F(Walk, ReportsPathsThatAreTooLong) {
  std::string deep = tree();
  const std::string name(200, 'd');
  ASSERT_EQ(::chdir(deep.c_str()), 0);
  for (int depth = 0; depth < 25; ++depth) {
    ASSERT_EQ(::mkdir(name.c_str(), 0700), 0);
    ASSERT_EQ(::chdir(name.c_str()), 0);
  }
  ASSERT_EQ(::chdir("/"), 0);
  write("ok");
  const auto result = walked();
  EXPECT_THAT(paths(result), ElementsAre("ok"));
  ASSERT_EQ(result.problems.size(), 1u);
  EXPECT_THAT(result.problems[0].what, HasSubstr("too long"));
}

TEST_F(Walk, StopsWhenTold) {
  write("a/b");
  const Descriptor root = open_tree();
  const std::atomic<bool> stop = true;
  EXPECT_EQ(walk(root.get(), everything(), &stop).error(), errc::cancelled);
}

TEST(FileList, DropsFilesByIndex) {
  FileList files;
  for (const char* path : {"a", "b", "c/d", "e", "f"}) files.add(path, 1);
  files.drop({0, 2, 4});
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files.path(0), "b");
  EXPECT_EQ(files.path(1), "e");
  files.drop({});
  EXPECT_EQ(files.size(), 2u);
}

}  // namespace
}  // namespace larder::publish
