#include "sys/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <span>
#include <string>
#include <string_view>

#include "support/large_pages.h"
#include "support/temp_directory.h"

namespace larder::sys {
namespace {

using ::testing::ElementsAre;

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

class RealFileSystem : public ::testing::Test {
 protected:
  FileSystem& fs_ = FileSystem::real();
  test::TempDirectory directory_;
  const std::string path_ = directory_ / "file";
};

TEST_F(RealFileSystem, ReadsBackWhatWasWrittenAtAnOffset) {
  auto file = fs_.open(path_, Open::create);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->write_at(3, bytes_of("abc")));
  std::array<std::byte, 10> buffer{};
  const auto read = (*file)->read_at(2, buffer);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, 4u);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(buffer.data()), 4),
            std::string_view("\0abc", 4));
  EXPECT_TRUE((*file)->sync());
}

TEST_F(RealFileSystem, ReadsNothingBeyondTheEnd) {
  auto file = fs_.open(path_, Open::create);
  ASSERT_TRUE(file);
  std::array<std::byte, 4> buffer{};
  const auto read = (*file)->read_at(100, buffer);
  ASSERT_TRUE(read);
  EXPECT_EQ(*read, 0u);
}

TEST_F(RealFileSystem, TellsAMissingFileFromOtherFailures) {
  EXPECT_EQ(fs_.open(path_, Open::read).error(), errc::not_found);
  EXPECT_EQ(fs_.open(path_, Open::read_write).error(), errc::not_found);
  EXPECT_EQ(fs_.status(path_).error(), errc::not_found);
  EXPECT_EQ(fs_.remove(path_).error(), errc::not_found);
  EXPECT_EQ(fs_.list(path_).error(), errc::not_found);
  EXPECT_EQ(fs_.open(directory_.path(), Open::read_write).error(), errc::io);
}

TEST_F(RealFileSystem, MakesANewFileOnlyOnce) {
  EXPECT_TRUE(fs_.open(path_, Open::create_new));
  EXPECT_EQ(fs_.open(path_, Open::create_new).error(), errc::busy);
  EXPECT_TRUE(fs_.open(path_, Open::create));
}

TEST_F(RealFileSystem, CountsHolesInTheSizeButNotAsAllocated) {
  auto file = fs_.open(path_, Open::create);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->resize(16u << 20));
  EXPECT_EQ(*(*file)->size(), 16u << 20);
  const auto status = fs_.status(path_);
  ASSERT_TRUE(status);
  EXPECT_EQ(status->size_bytes, 16u << 20);
  EXPECT_LT(status->allocated_bytes, 1u << 20);
}

TEST_F(RealFileSystem, MapsWhatIsWrittenLater) {
  auto file = fs_.open(path_, Open::create);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->resize(8192));
  auto mapping = (*file)->map(8192);
  ASSERT_TRUE(mapping);
  ASSERT_TRUE((*file)->write_at(5000, bytes_of("seen")));
  file->reset();  // a mapping does not need its file
  const auto bytes = (*mapping)->bytes();
  ASSERT_EQ(bytes.size(), 8192u);
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(bytes.data()) + 5000, 4), "seen");
}

TEST_F(RealFileSystem, MapsAnEmptyFileAsNoBytes) {
  auto file = fs_.open(path_, Open::create);
  ASSERT_TRUE(file);
  auto mapping = (*file)->map(0);
  ASSERT_TRUE(mapping);
  EXPECT_TRUE((*mapping)->bytes().empty());
}

TEST_F(RealFileSystem, LocksUntilTheFileIsClosed) {
  auto first = fs_.open(path_, Open::create);
  auto second = fs_.open(path_, Open::read_write);
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  EXPECT_TRUE(*(*first)->try_lock());
  EXPECT_FALSE(*(*second)->try_lock());
  first->reset();
  EXPECT_TRUE(*(*second)->try_lock());
}

TEST_F(RealFileSystem, PutsSmallWritesIntoLargePagesWhereItHasThem) {
  constexpr std::uint64_t kPage = File::kLargePageBytes;
  constexpr std::uint64_t kPages = 8;  // one of them suffices: memory may be in pieces
  const std::string text(3000, 'x');
  const std::uint64_t step = text.size() + 1;
  const std::uint64_t end = (kPages - 1) * kPage / step * step;
  auto file = fs_.open(path_, Open::create);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->resize(kPages * kPage));
  for (std::uint64_t page = 0; page < kPages; ++page) (*file)->use_large_page(page * kPage);
  (*file)->use_large_page(100 * kPage);
  EXPECT_EQ(fs_.status(path_)->size_bytes, kPages * kPage);
  EXPECT_EQ(fs_.status(path_)->allocated_bytes, 0u) << "it only hints";
  for (std::uint64_t at = 0; at < end; at += step)
    ASSERT_TRUE((*file)->write_at(at, bytes_of(text)));
  ASSERT_TRUE((*file)->sync());
  EXPECT_LT(fs_.status(path_)->allocated_bytes, end + kPage / 2) << "the rest is still a hole";
  const auto mapping = (*file)->map(kPages * kPage);
  ASSERT_TRUE(mapping);
  const auto bytes = (*mapping)->bytes();
  for (std::uint64_t at = 0; at < bytes.size(); ++at)
    ASSERT_EQ(std::to_integer<char>(bytes[at]), at < end && at % step < text.size() ? 'x' : 0);
  if (!test::has_large_pages(directory_.path())) GTEST_SKIP() << "this file system has none";
  EXPECT_GT(test::bytes_in_large_pages("/file"), 0u);
}

TEST_F(RealFileSystem, ListsNamesInByteOrder) {
  for (const char* name : {"b", "a", "B", ".hidden"})
    ASSERT_TRUE(fs_.open(directory_ / name, Open::create_new));
  const auto names = fs_.list(directory_.path());
  ASSERT_TRUE(names);
  EXPECT_THAT(*names, ElementsAre(".hidden", "B", "a", "b"));
}

TEST_F(RealFileSystem, MakesDirectoriesOnTheWayAndRenamesInto) {
  const std::string deep = directory_ / "one/two/three";
  ASSERT_TRUE(fs_.make_directories(deep));
  EXPECT_TRUE(fs_.make_directories(deep));
  ASSERT_TRUE(fs_.open(path_, Open::create));
  ASSERT_TRUE(fs_.rename(path_, deep + "/file"));
  EXPECT_TRUE(fs_.sync_directory(deep));
  EXPECT_TRUE(fs_.sync_all(deep));
  EXPECT_EQ(fs_.sync_all(deep + "/nowhere").error(), errc::not_found);
  EXPECT_FALSE(fs_.exists(path_));
  EXPECT_TRUE(fs_.exists(deep + "/file"));
  EXPECT_FALSE(fs_.make_directories(deep + "/file/below"));
}

}  // namespace
}  // namespace larder::sys
