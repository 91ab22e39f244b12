#include "output_folder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "support/temp_directory.h"

namespace larder::tool {
namespace {

namespace fs = std::filesystem;

class OutputFolderTest : public ::testing::Test {
 protected:
  OutputFolderTest() {
    Options options;
    options.origin = "http://cdn.example/game/";
    auto opened = OutputFolder::open(scratch_ / "out", options);
    EXPECT_TRUE(opened);
    folder_.emplace(std::move(*opened));
  }
  [[nodiscard]] std::string text(const std::string& name) const {
    std::ifstream file(scratch_ / "out/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }
  [[nodiscard]] std::size_t file_count() const {
    std::size_t count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(scratch_.path()))
      count += entry.is_regular_file() ? 1U : 0U;
    return count;
  }

  test::TempDirectory scratch_;
  std::optional<OutputFolder> folder_;
};

TEST_F(OutputFolderTest, WritesBelowItselfAndMakesFolders) {
  EXPECT_TRUE(folder_->write("textures/big/hero.png", "pixels"));
  EXPECT_EQ(text("textures/big/hero.png"), "pixels");
  EXPECT_EQ(file_count(), 1U) << "nothing is left aside";
}

TEST_F(OutputFolderTest, ReplacesAFile) {
  EXPECT_TRUE(folder_->write("a.txt", "a long old text"));
  EXPECT_TRUE(folder_->write("a.txt", "new"));
  EXPECT_EQ(text("a.txt"), "new");
}

TEST_F(OutputFolderTest, WritesAnEmptyFile) {
  EXPECT_TRUE(folder_->write("empty", ""));
  EXPECT_TRUE(fs::exists(scratch_ / "out/empty"));
}

TEST_F(OutputFolderTest, TakesPathsAsTheVfsDoes) {
  EXPECT_TRUE(folder_->write("/a/./b/../c.txt", "1"));
  EXPECT_EQ(text("a/c.txt"), "1");
  EXPECT_TRUE(folder_->write("http://cdn.example/game/d.txt", "2"));
  EXPECT_EQ(text("d.txt"), "2");
  EXPECT_TRUE(folder_->write("e.txt?v=3", "3"));
  EXPECT_EQ(text("e.txt"), "3");
}

TEST_F(OutputFolderTest, RefusesWhatLeadsOutOfIt) {
  EXPECT_EQ(folder_->write("../a.txt", "x").error(), condition::absent);
  EXPECT_EQ(folder_->write("a/../../b.txt", "x").error(), condition::absent);
  EXPECT_EQ(folder_->write("http://elsewhere.example/c.txt", "x").error(), errc::bad_path);
  EXPECT_EQ(folder_->write("file:///tmp/d.txt", "x").error(), errc::bad_path);
  EXPECT_EQ(folder_->write("", "x").error(), condition::absent);
  EXPECT_EQ(file_count(), 0U);
}

TEST_F(OutputFolderTest, RefusesASymbolicLinkThatLeadsOutOfIt) {
  fs::create_directory(scratch_ / "elsewhere");
  fs::create_directory_symlink(scratch_ / "elsewhere", scratch_ / "out/link");
  EXPECT_EQ(folder_->write("link/a.txt", "x").error(), errc::bad_path);
  EXPECT_EQ(folder_->write("link/new/b.txt", "x").error(), errc::bad_path);
  EXPECT_EQ(file_count(), 0U);
}

TEST_F(OutputFolderTest, ReplacesALinkInsteadOfWritingThroughIt) {
  std::ofstream(scratch_ / "victim") << "untouched";
  fs::create_symlink(scratch_ / "victim", scratch_ / "out/a.txt");
  EXPECT_TRUE(folder_->write("a.txt", "x"));
  std::ifstream victim(scratch_ / "victim");
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(victim), {}), "untouched");
  EXPECT_EQ(text("a.txt"), "x");
}

TEST_F(OutputFolderTest, SaysWhyAFileCannotBeWritten) {
  EXPECT_TRUE(folder_->write("a", "a file, not a folder"));
  EXPECT_FALSE(folder_->write("a/b.txt", "x"));
  EXPECT_TRUE(folder_->write("c/d.txt", "x"));
  EXPECT_FALSE(folder_->write("c", "x"));
  EXPECT_EQ(file_count(), 2U) << "nothing is left aside";
}

TEST_F(OutputFolderTest, CannotBeOpenedWhereAFileIs) {
  std::ofstream(scratch_ / "file") << "x";
  EXPECT_FALSE(OutputFolder::open(scratch_ / "file", Options{}));
}

}  // namespace
}  // namespace larder::tool
