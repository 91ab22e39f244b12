#include "publish/pack_notes.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::publish {
namespace {

constexpr std::string_view kId = "0123456789abcdef0123456789abcdef";
constexpr std::string_view kOtherId = "00000000000000000000000000000000";

class PackNotesTest : public ::testing::Test {
 protected:
  sys::FileSystem& fs_ = sys::FileSystem::real();
  test::TempDirectory folder_;
  const std::string notes_ = folder_ / "deep/notes";
  const PackNotes some_{kId, {{7, 100, 0xabc}, {3, 1, 2}, {0xffffffff, 1ULL << 40, 1}}};

  [[nodiscard]] std::string only_file() const {
    return std::filesystem::directory_iterator(notes_)->path().string();
  }
};

TEST_F(PackNotesTest, ComeBackAsTheyWereSaved) {
  ASSERT_TRUE(some_.save(notes_, "/out", fs_));
  const auto notes = PackNotes::load(notes_, "/out", kId, fs_);
  EXPECT_EQ(notes.size(), 3u);
  EXPECT_EQ(notes.find(7), (ContentNote{7, 100, 0xabc}));
  EXPECT_EQ(notes.find(3), (ContentNote{3, 1, 2}));
  EXPECT_EQ(notes.find(0xffffffff), (ContentNote{0xffffffff, 1ULL << 40, 1}));
  EXPECT_EQ(notes.find(0), std::nullopt);
  EXPECT_EQ(notes.find(5), std::nullopt);
}

TEST_F(PackNotesTest, AreReplacedByShorterOnes) {
  ASSERT_TRUE(some_.save(notes_, "/out", fs_));
  ASSERT_TRUE(PackNotes(kOtherId, {{1, 1, 1}}).save(notes_, "/out", fs_));
  EXPECT_EQ(PackNotes::load(notes_, "/out", kOtherId, fs_).size(), 1u);
}

TEST_F(PackNotesTest, BelongToOneOutputAndOneId) {
  ASSERT_TRUE(some_.save(notes_, "/out", fs_));
  EXPECT_EQ(PackNotes::load(notes_, "/other", kId, fs_).size(), 0u);
  EXPECT_EQ(PackNotes::load(notes_, "/out", kOtherId, fs_).size(), 0u);
  EXPECT_EQ(PackNotes::load(notes_, "/out", "", fs_).size(), 0u);
}

TEST_F(PackNotesTest, OfOnePathIdTheLastOneCounts) {
  const PackNotes notes(kId, {{7, 1, 1}, {7, 2, 2}});
  EXPECT_EQ(notes.find(7), (ContentNote{7, 2, 2}));
}

TEST_F(PackNotesTest, AreWorthNothingWhenDamaged) {
  ASSERT_TRUE(some_.save(notes_, "/out", fs_));
  const std::string whole = test::read_file(only_file());
  for (std::size_t length = 0; length < whole.size(); ++length) {
    test::write_file(only_file(), whole.substr(0, length));
    EXPECT_EQ(PackNotes::load(notes_, "/out", kId, fs_).size(), 0u) << length;
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    test::write_file(only_file(), damaged);
    EXPECT_EQ(PackNotes::load(notes_, "/out", kId, fs_).size(), 0u) << at;
  }
}

TEST_F(PackNotesTest, MayBeMissing) {
  EXPECT_EQ(PackNotes::load(notes_, "/out", kId, fs_).size(), 0u);
  EXPECT_EQ(PackNotes().find(0), std::nullopt);
}

}  // namespace
}  // namespace larder::publish
