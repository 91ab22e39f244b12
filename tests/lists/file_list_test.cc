#include "lists/file_list.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::lists {
namespace {

FileList list_of(std::initializer_list<ListedFile> files) {
  FileList::Builder builder;
  for (const ListedFile& file : files) EXPECT_EQ(builder.add(file), nullptr) << file.path;
  return builder.build();
}

TEST(FileList, FindsWhatWasAddedInAnyOrder) {
  const FileList list = list_of({{"b/c.png", "t2", 7, false}, {"a.zip", "t1", {}, true}});
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].path, "a.zip");
  EXPECT_TRUE(list[0].archive);
  EXPECT_FALSE(list[0].size);
  const auto found = list.find("b/c.png");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->tag, "t2");
  EXPECT_EQ(found->size, 7u);
  EXPECT_FALSE(list.find("b"));
  EXPECT_FALSE(list.find(""));
  EXPECT_FALSE(FileList().find("a"));
  EXPECT_EQ(list.total_bytes(), 7u);
}

TEST(FileList, TakesTheLastOfEqualPaths) {
  const FileList list = list_of({{"a", "1", 1, false}, {"b", "2", 2, false}, {"a", "3", 3, false}});
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list.find("a")->tag, "3");
  EXPECT_EQ(list[0].tag, "3");
  EXPECT_EQ(list[1].tag, "2");
}

TEST(FileList, RefusesPathsThatLeaveTheTree) {
  FileList::Builder builder;
  for (const std::string path : {"", "/a", "../a", "a/../b", "a//b", "C:/a", "a\\b", "a/.", "\xff"})
    EXPECT_NE(builder.add({path, "t", 1, false}), nullptr) << path;
  EXPECT_NE(builder.add({std::string_view("a\0b", 3), "t", 1, false}), nullptr);
  EXPECT_NE(builder.add({std::string(2000, 'x'), "t", 1, false}), nullptr);
  EXPECT_NE(builder.add({"a", std::string(70000, 't'), 1, false}), nullptr);
  EXPECT_EQ(builder.size(), 0u);
}

TEST(FileList, ListsDirectories) {
  const FileList list = list_of({{"src/a.js", "", {}, false},
                                 {"src/lib/b.js", "", {}, false},
                                 {"src-old/x", "", {}, false},
                                 {"top", "", {}, false}});
  EXPECT_TRUE(list.is_directory(""));
  EXPECT_TRUE(list.is_directory("src/lib"));
  EXPECT_FALSE(list.is_directory("src/a.js"));
  EXPECT_FALSE(list.is_directory("sr"));
  const auto names = list.list("src");
  ASSERT_TRUE(names);
  ASSERT_EQ(names->size(), 2u);
  EXPECT_EQ((*names)[0].name, "a.js");
  EXPECT_TRUE((*names)[1].is_directory);
  EXPECT_EQ(list.list("top").error(), errc::not_listed);
}

TEST(FileList, FindsEachOfMany) {
  FileList::Builder builder;
  for (int i = 0; i < 20000; ++i) {
    const std::string path = "d" + std::to_string(i % 97) + "/f" + std::to_string(i);
    ASSERT_EQ(builder.add({path, std::to_string(i), static_cast<std::uint64_t>(i), false}),
              nullptr);
  }
  const FileList list = builder.build();
  for (int i = 0; i < 20000; ++i) {
    const std::string path = "d" + std::to_string(i % 97) + "/f" + std::to_string(i);
    const auto found = list.find(path);
    ASSERT_TRUE(found) << path;
    ASSERT_EQ(found->tag, std::to_string(i));
    ASSERT_FALSE(list.find(path + "x"));
  }
}

}  // namespace
}  // namespace larder::lists
