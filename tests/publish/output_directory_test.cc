#include "publish/output_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/faulty_file_system.h"
#include "tree_fixture.h"

namespace larder::publish {
namespace {

class OutputDirectoryTest : public TreeFixture {
 protected:
  [[nodiscard]] std::string path() const { return beside("out"); }
  std::unique_ptr<OutputDirectory> open() {
    auto opened = OutputDirectory::open(path(), sys::FileSystem::real());
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }
  static Result<void> put_in_pieces(OutputDirectory& directory, const std::string& name,
                                    const std::vector<std::string>& pieces) {
    const auto file = directory.create(name);
    if (!file) return file.error();
    for (const std::string& piece : pieces)
      if (const auto put = (*file)->write(std::as_bytes(std::span(piece))); !put) return put;
    return (*file)->finish();
  }
  [[nodiscard]] Files files() const { return files_below(path()); }
};

TEST_F(OutputDirectoryTest, ShowsNothingBeforeCommitAndAllAfterIt) {
  const auto directory = open();
  ASSERT_TRUE(directory->put("a", "1"));
  ASSERT_TRUE(put_in_pieces(*directory, "b", {"2", "", "3"}));
  EXPECT_FALSE(std::filesystem::exists(path() + "/a"));
  EXPECT_FALSE(std::filesystem::exists(path() + "/b"));
  ASSERT_TRUE(directory->commit());
  EXPECT_EQ(test::read_file(path() + "/a"), "1");
  EXPECT_EQ(test::read_file(path() + "/b"), "23");
}

TEST_F(OutputDirectoryTest, MakesTheFoldersThatNamesLeadInto) {
  const auto directory = open();
  ASSERT_TRUE(put_in_pieces(*directory, "a/b/c", {"1"}));
  ASSERT_TRUE(put_in_pieces(*directory, "a/d", {"2"}));
  EXPECT_EQ(directory->changed_files(), 2u);
  EXPECT_FALSE(std::filesystem::exists(path() + "/a"));
  ASSERT_TRUE(directory->commit(OutputDirectory::Sync::everything));
  EXPECT_EQ(files(), (Files{{"a/b/c", "1"}, {"a/d", "2"}}));
}

TEST_F(OutputDirectoryTest, LeavesNothingElseBehind) {
  {
    const auto directory = open();
    ASSERT_TRUE(directory->put("a", "1"));
    ASSERT_TRUE(directory->commit());
  }
  EXPECT_EQ(files(), (Files{{"a", "1"}}));
  EXPECT_FALSE(std::filesystem::exists(path() + "/.larder-pack"));
}

TEST_F(OutputDirectoryTest, WithoutCommitLeavesEverythingAsItWas) {
  test::write_file(path() + "/a", "old");
  {
    const auto directory = open();
    ASSERT_TRUE(directory->put("a", "new"));
    ASSERT_TRUE(directory->put("b", "new"));
  }
  EXPECT_EQ(files(), (Files{{"a", "old"}}));
}

TEST_F(OutputDirectoryTest, WithoutCommitTakesBackTheDirectoriesItMade) {
  const std::string deep = beside("one/two/three");
  {
    const auto directory = OutputDirectory::open(deep, sys::FileSystem::real());
    ASSERT_TRUE(directory);
    EXPECT_TRUE(std::filesystem::exists(deep));
  }
  EXPECT_FALSE(std::filesystem::exists(beside("one")));
}

TEST_F(OutputDirectoryTest, KeepsOtherFiles) {
  test::write_file(path() + "/other", "mine");
  const auto directory = open();
  ASSERT_TRUE(directory->put("a", "1"));
  ASSERT_TRUE(directory->commit());
  EXPECT_EQ(test::read_file(path() + "/other"), "mine");
}

TEST_F(OutputDirectoryTest, DoesNotTouchAFileThatIsTheSame) {
  const std::string content(50'000, 'c');
  test::write_file(path() + "/same", content);
  const auto long_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(1);
  std::filesystem::last_write_time(path() + "/same", long_ago);
  const auto directory = open();
  const auto file = *directory->create("same");
  ASSERT_TRUE(file->write(std::as_bytes(std::span(content)).first(20'000)));
  ASSERT_TRUE(file->write(std::as_bytes(std::span(content)).subspan(20'000)));
  ASSERT_TRUE(file->finish());
  EXPECT_FALSE(file->differed());
  ASSERT_TRUE(directory->commit());
  EXPECT_EQ(std::filesystem::last_write_time(path() + "/same"), long_ago);
}

TEST_F(OutputDirectoryTest, ReplacesAFileThatDiffersAnywhere) {
  const std::string old(50'000, 'o');
  for (const std::size_t at : {0u, 1u, 16'383u, 16'384u, 30'000u, 49'999u}) {
    test::write_file(path() + "/f", old);
    std::string content = old;
    content[at] = 'n';
    const auto directory = open();
    ASSERT_TRUE(
        put_in_pieces(*directory, "f", {content.substr(0, 30'000), content.substr(30'000)}));
    ASSERT_TRUE(directory->commit());
    EXPECT_EQ(test::read_file(path() + "/f"), content) << at;
  }
}

TEST_F(OutputDirectoryTest, ReplacesAFileThatIsLongerOrShorter) {
  for (const std::string& content :
       {std::string(), std::string("12"), std::string("12345"), std::string("123456")}) {
    test::write_file(path() + "/f", "12345");
    const auto directory = open();
    const auto file = *directory->create("f");
    ASSERT_TRUE(file->write(std::as_bytes(std::span(content))));
    ASSERT_TRUE(file->finish());
    EXPECT_EQ(file->differed(), content != "12345");
    ASSERT_TRUE(directory->commit());
    EXPECT_EQ(test::read_file(path() + "/f"), content);
  }
}

TEST_F(OutputDirectoryTest, DoesNotCallANewFileDifferent) {
  const auto directory = open();
  const auto file = *directory->create("new");
  ASSERT_TRUE(file->finish());
  EXPECT_FALSE(file->differed());
  ASSERT_TRUE(directory->commit());
  EXPECT_EQ(test::read_file(path() + "/new"), "");
}

TEST_F(OutputDirectoryTest, CanStartOver) {
  const auto directory = open();
  ASSERT_TRUE(directory->put("a", "1"));
  ASSERT_TRUE(directory->put("b", "1"));
  ASSERT_TRUE(directory->start_over());
  ASSERT_TRUE(directory->put("b", "2"));
  ASSERT_TRUE(directory->commit());
  EXPECT_EQ(files(), (Files{{"b", "2"}}));
}

TEST_F(OutputDirectoryTest, IsForOneRunAtATime) {
  const auto first = open();
  const auto second = OutputDirectory::open(path(), sys::FileSystem::real());
  EXPECT_EQ(second.error(), errc::busy);
  ASSERT_TRUE(first->put("a", "1"));  // the second did not clear away what the first is doing
  EXPECT_TRUE(first->commit());
}

TEST_F(OutputDirectoryTest, ClearsAwayWhatAKilledRunLeft) {
  test::write_file(path() + "/.larder-pack/filetable.bin", "half");
  test::write_file(path() + "/filetable.bin", "old");
  {
    const auto directory = open();
    ASSERT_TRUE(directory->put("filetable.bin", "new"));
    ASSERT_TRUE(directory->commit());
  }
  EXPECT_EQ(files(), (Files{{"filetable.bin", "new"}}));
}

TEST_F(OutputDirectoryTest, SaysWhyItCannotBeMade) {
  test::write_file(beside("file"), "");
  EXPECT_FALSE(OutputDirectory::open(beside("file/out"), sys::FileSystem::real()));
  EXPECT_EQ(test::read_file(beside("file")), "");
}

// Operation n fails, for n = 0, 1, 2 … until all goes well. Renames come last and in order, so the
// later of two files never is new while the earlier is old.
TEST_F(OutputDirectoryTest, StaysOrderedWhateverFails) {
  const std::string old_table = "old table";
  for (std::uint64_t n = 0;; ++n) {
    test::write_file(path() + "/table", old_table);
    test::write_file(path() + "/id", "old");
    test::FaultyFileSystem fs;
    fs.fail_at(n);
    bool done = false;
    if (auto directory = OutputDirectory::open(path(), fs))
      done = (*directory)->put("table", "old but new") && (*directory)->put("id", "new") &&
             (*directory)->commit();
    const Files after = files();
    if (!fs.failed()) {
      EXPECT_TRUE(done);
      EXPECT_EQ(after, (Files{{"id", "new"}, {"table", "old but new"}}));
      EXPECT_GT(n, 8u);
      break;
    }
    EXPECT_EQ(after.size(), 2u) << n;
    EXPECT_THAT(after.at("table"), ::testing::AnyOf(old_table, "old but new")) << n;
    if (after.at("id") != "old") {
      EXPECT_EQ(after.at("table"), "old but new") << n;
    }
    if (done) {
      EXPECT_EQ(after.at("id"), "new") << n;
    }
    std::filesystem::remove_all(path());
  }
}

}  // namespace
}  // namespace larder::publish
