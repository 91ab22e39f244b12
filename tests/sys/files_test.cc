#include "sys/files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <random>
#include <string>

#include "support/crashed_disk.h"
#include "support/disk_log.h"
#include "support/faulty_file_system.h"
#include "support/recording_file_system.h"
#include "support/temp_directory.h"

namespace larder::sys {
namespace {

class Files : public ::testing::Test {
 protected:
  void write(const std::string& content) { ASSERT_TRUE(replace_file(path_, content)); }

  test::TempDirectory directory_;
  const std::string path_ = directory_ / "file";
};

std::string pattern(std::size_t size) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7 + i / 251);
  return text;
}

TEST_F(Files, AreReadWhole) {
  for (const std::size_t size : {0, 1, 4096, 300'000}) {
    write(pattern(size));
    const auto content = read_file(path_, 300'000);
    ASSERT_TRUE(content);
    EXPECT_EQ(*content, pattern(size));
  }
}

TEST_F(Files, AboveTheLimitAreNotRead) {
  write("12345");
  EXPECT_EQ(read_file(path_, 4).error(), errc::too_large);
  EXPECT_EQ(*read_file(path_, 5), "12345");
}

TEST_F(Files, ThatAreMissingAreNotFound) {
  EXPECT_EQ(read_file(path_, 100).error(), errc::not_found);
  EXPECT_EQ(lend_file(path_, Source::bundle).error(), errc::not_found);
}

TEST_F(Files, ThatAreDirectoriesCannotBeRead) {
  EXPECT_EQ(read_file(directory_.path(), 100'000).error(), errc::io);
  EXPECT_EQ(lend_file(directory_.path(), Source::bundle).error(), errc::io);
}

TEST_F(Files, AreLentAsBlobsOfAnySize) {
  for (const std::size_t size : {0, 1, 65'535, 65'536, 1'000'001}) {
    write(pattern(size));
    const auto blob = lend_file(path_, Source::bundle);
    ASSERT_TRUE(blob);
    EXPECT_TRUE(static_cast<bool>(*blob));
    EXPECT_EQ(blob->text(), pattern(size));
    EXPECT_EQ(blob->source(), Source::bundle);
  }
}

TEST_F(Files, StayReadableThroughABlobAfterReplacement) {
  write(pattern(200'000));
  const auto before = lend_file(path_, Source::bundle);
  ASSERT_TRUE(before);
  write("new");
  EXPECT_EQ(before->text(), pattern(200'000));
  EXPECT_EQ(lend_file(path_, Source::bundle)->text(), "new");
}

TEST_F(Files, KeepTheirOldContentUntilReplacementSucceeds) {
  write("old");
  test::FaultyFileSystem faulty;
  bool replaced = false;
  std::uint64_t n = 0;
  for (; !replaced; ++n) {
    ASSERT_LT(n, 100u);
    faulty.fail_at(n, errc::no_space);
    const auto done = replace_file(path_, "new and longer", faulty);
    replaced = done.has_value();
    EXPECT_EQ(done.error(), replaced ? std::error_code() : errc::no_space);
    EXPECT_EQ(*read_file(path_, 100), replaced ? "new and longer" : "old");
  }
  EXPECT_GE(n, 4u);  // open, write, sync and rename each had their turn
  EXPECT_EQ(FileSystem::real().list(directory_.path())->size(), 1u);  // nothing left aside
}

TEST_F(Files, AreMadeByReplacementUnlessTheirDirectoryIsMissing) {
  EXPECT_EQ(replace_file(directory_ / "missing/file", "x").error(), errc::not_found);
  EXPECT_TRUE(replace_file(path_, ""));
  EXPECT_EQ(*read_file(path_, 0), "");
}

TEST_F(Files, InDirectoriesThatWereMadeForThemSurviveAPowerCut) {
  test::DiskLog log(directory_.path());
  test::RecordingFileSystem recording(log);
  ASSERT_TRUE(make_directories(directory_ / "a/b/c", recording));
  ASSERT_TRUE(make_directories(directory_ / "a/b/d/", recording));
  ASSERT_TRUE(make_directories(directory_ / "a/b/c", recording));  // is there
  ASSERT_TRUE(replace_file(directory_ / "a/b/c/file", "content", recording));
  test::CrashedDisk disk;
  const auto operations = log.operations();
  for (const auto& operation : operations) disk.apply(operation);
  const test::TempDirectory left;
  std::mt19937_64 random;
  disk.write_state(left.path(), test::CrashedDisk::Cut::lose_all, random);
  EXPECT_EQ(*read_file(left / "a/b/c/file", 100), "content");
  EXPECT_TRUE(FileSystem::real().exists(left / "a/b/d"));
}

TEST_F(Files, StandInTheWayOfDirectories) {
  write("");
  EXPECT_FALSE(make_directories(path_ + "/below"));
}

}  // namespace
}  // namespace larder::sys
