// A disk in trouble: reads of what was verified go on, the trouble is told once, and writing is
// taken up again when it is over.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/mount.h>
#include <unistd.h>

#include <mutex>
#include <string>
#include <vector>

#include "store_fixture.h"
#include "support/faulty_file_system.h"
#include "support/faulty_sqlite.h"
#include "support/whole_files.h"

namespace larder::store {
namespace {

using Faults = test::FaultyFileSystem::Faults;

struct Ailment {
  const char* name;
  errc error;  // of the segments
  int code;    // of the index
};

class StoreInTrouble : public StoreTest {
 protected:
  void TearDown() override { close(); }

  StoreOptions telling(StoreOptions options) {
    options.log = Log([this](LogLevel level, std::string_view line) {
      std::lock_guard lock(mutex_);
      if (level == LogLevel::error) ++errors_;
      if (level == LogLevel::info && line.find("works again") != line.npos) ++endings_;
    });
    return options;
  }
  int errors() {
    std::lock_guard lock(mutex_);
    return errors_;
  }
  int endings() {
    std::lock_guard lock(mutex_);
    return endings_;
  }
  /// `count` new objects of 1000 bytes; returns how many were stored. Their bytes come back anyway.
  int put_many(std::uint64_t first_seed, int count) {
    int kept = 0;
    for (int i = 0; i < count; ++i) {
      const Bytes bytes = content(first_seed + static_cast<unsigned>(i), 1000);
      bool stored = false;
      EXPECT_TRUE(same(put(*store_, bytes, {}, true, 500, &stored), bytes));
      kept += stored ? 1 : 0;
    }
    return kept;
  }

  test::FaultySqlite sqlite_;
  test::FaultyFileSystem faulty_;

 private:
  std::mutex mutex_;
  int errors_ = 0;
  int endings_ = 0;
};

class StoreInTroubleOf : public StoreInTrouble, public ::testing::WithParamInterface<Ailment> {};

TEST_P(StoreInTroubleOf, ReadsOnTellsItOnceAndResumesWriting) {
  faulty_.only_changes(true);
  StoreOptions options = telling(this->options());
  options.file_system = &faulty_;
  options.commit_interval = std::chrono::milliseconds(1);  // tries all the time
  open();
  put(*store_, content(1, 1000), {claim_of(1)});
  put(*store_, content(2, 600'000), {claim_of(2)});
  open(options);
  EXPECT_TRUE(same(store_->find(claim_of(1)), content(1, 1000)));
  put(*store_, content(3, 1000), {claim_of(3)});

  faulty_.fail_at(0, GetParam().error, Faults::lasting);
  sqlite_.fail_at(0, GetParam().code, /*lasting=*/true, /*reads=*/false);
  EXPECT_EQ(put_many(100, 50), 0);
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(same(store_->find(claim_of(1)), content(1, 1000)));
    EXPECT_TRUE(same(store_->find(claim_of(2)), content(2, 600'000)));  // first use: in trouble
    EXPECT_FALSE(store_->find(claim_of(4)));
  }
  (void)store_->flush();
  (void)store_->flush();
  EXPECT_GE(store_->figures().write_failures, 50u);  // and what waited for a sync that failed
  EXPECT_EQ(store_->figures().read_failures, 0u);
  EXPECT_EQ(store_->figures().damaged, 0u);
  EXPECT_EQ(errors(), 2) << "of segments, of the index";
  EXPECT_EQ(endings(), 0);

  faulty_.heal();
  sqlite_.heal();
  EXPECT_EQ(put_many(100, 50), 50);
  EXPECT_TRUE(store_->flush());
  EXPECT_EQ(errors(), 2);
  EXPECT_EQ(endings(), 2);
  open();
  for (std::uint64_t seed = 100; seed < 150; ++seed)
    EXPECT_TRUE(same(store_->find(key_of(content(seed, 1000))), content(seed, 1000)));
  EXPECT_TRUE(same(store_->find(claim_of(1)), content(1, 1000)));
  EXPECT_TRUE(same(store_->find(claim_of(2)), content(2, 600'000)));
}

std::string name_of_ailment(const ::testing::TestParamInfo<Ailment>& ailment) {
  return ailment.param.name;
}

INSTANTIATE_TEST_SUITE_P(Writing, StoreInTroubleOf,
                         ::testing::Values(Ailment{"NoSpace", errc::no_space, SQLITE_FULL},
                                           Ailment{"InputOutputErrors", errc::io, SQLITE_IOERR},
                                           Ailment{"AReadOnlyRemount", errc::io, SQLITE_READONLY}),
                         name_of_ailment);

TEST_F(StoreInTrouble, OfTheIndexAloneIsToldOnceThoughSegmentsCanBeWritten) {
  StoreOptions options = telling(this->options());
  options.commit_interval = std::chrono::hours(1);
  open(options);
  put_many(1, 1);
  sqlite_.fail_at(0, SQLITE_FULL, /*lasting=*/true, /*reads=*/false);
  for (std::uint64_t i = 0; i < 20; ++i) {
    EXPECT_EQ(put_many(10 + i * 20, 20), 20);
    EXPECT_EQ(store_->flush().error(), errc::no_space);
  }
  EXPECT_EQ(errors(), 1);
  EXPECT_EQ(endings(), 0);
  sqlite_.heal();
  EXPECT_TRUE(store_->flush());
  EXPECT_EQ(endings(), 1);
}

TEST_F(StoreInTrouble, OfADiskThatTakesOnlySmallThingsIsToldOnce) {
  faulty_.only_changes(true);
  StoreOptions options = telling(this->options());
  options.file_system = &faulty_;
  options.commit_interval = std::chrono::hours(1);
  open(options);
  for (std::uint64_t i = 0; i < 20; ++i) {
    EXPECT_EQ(put_many(100 + i, 1), 1);
    faulty_.fail_at(0, errc::no_space, Faults::lasting);
    EXPECT_EQ(put_many(200 + i, 1), 0);
    faulty_.heal();
  }
  EXPECT_EQ(errors(), 1);
  EXPECT_EQ(endings(), 0);
}

TEST_F(StoreInTrouble, OfReadingIsCountedAndToldOnceAndForgetsNothing) {
  open();
  EXPECT_EQ(put_many(1, 40), 40);
  StoreOptions options = telling(this->options());
  options.file_system = &faulty_;
  open(options);
  const Bytes used = content(1, 1000);
  EXPECT_TRUE(same(store_->find(key_of(used)), used));
  faulty_.fail_at(0, errc::io, Faults::lasting);
  for (std::uint64_t seed = 2; seed <= 40; ++seed)
    EXPECT_FALSE(store_->find(key_of(content(seed, 1000))));
  EXPECT_TRUE(same(store_->find(key_of(used)), used));
  EXPECT_EQ(store_->figures().read_failures, 39u);
  EXPECT_EQ(store_->figures().misses, 39u);
  EXPECT_EQ(store_->figures().damaged, 0u);
  EXPECT_EQ(errors(), 1);
  faulty_.heal();
  for (std::uint64_t seed = 2; seed <= 40; ++seed)
    EXPECT_TRUE(same(store_->find(key_of(content(seed, 1000))), content(seed, 1000)));
  EXPECT_EQ(errors(), 1);
  EXPECT_EQ(endings(), 1);
}

/// A real file system of four MiB. Needs root.
class StoreOnATinyDisk : public StoreInTrouble {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may mount";
    if (::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=4m") != 0)
      GTEST_SKIP() << "mounting is not allowed here";
    mounted_ = true;
  }
  void TearDown() override {
    close();
    if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }
  bool mounted_ = false;
};

TEST_F(StoreOnATinyDisk, ReadsOnWhenItIsFullAndWritesOnWhenItIsNot) {
  test::write_file(directory_ / "ballast", std::string(2u << 20, 'x'));
  StoreOptions options = telling(this->options());
  options.commit_interval = std::chrono::milliseconds(5);
  open(options);
  std::vector<std::uint64_t> kept;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    bool stored = false;
    const Bytes bytes = content(seed, 20'000);
    EXPECT_TRUE(same(put(*store_, bytes, {}, true, 7000, &stored), bytes));
    if (stored) kept.push_back(seed);
  }
  EXPECT_GT(kept.size(), 20u);
  EXPECT_GE(store_->figures().write_failures, 100u);
  EXPECT_GE(errors(), 1);
  EXPECT_LE(errors(), 2);
  for (const std::uint64_t seed : kept) {
    const Blob blob = store_->find(key_of(content(seed, 20'000)));
    EXPECT_TRUE(!blob || same(blob, content(seed, 20'000)));
  }
  EXPECT_EQ(store_->figures().damaged, 0u);

  std::filesystem::remove(directory_ / "ballast");
  EXPECT_EQ(put_many(1000, 100), 100);
  EXPECT_TRUE(store_->flush());
  open(options);
  for (std::uint64_t seed = 1000; seed < 1100; ++seed)
    EXPECT_TRUE(same(store_->find(key_of(content(seed, 1000))), content(seed, 1000)));
}

TEST_F(StoreOnATinyDisk, IsASourceWhenItIsMountedReadOnly) {
  open();
  EXPECT_EQ(put_many(1, 10), 10);
  close();
  ASSERT_EQ(::mount("tmpfs", directory_.path().c_str(), "tmpfs", MS_REMOUNT | MS_RDONLY, ""), 0);
  open(telling(options()));
  EXPECT_EQ(put_many(100, 10), 0);
  for (std::uint64_t seed = 1; seed <= 10; ++seed)
    EXPECT_TRUE(same(store_->find(key_of(content(seed, 1000))), content(seed, 1000)));
  EXPECT_EQ(store_->figures().write_failures, 10u);
  EXPECT_EQ(store_->figures().objects, 10u);
  close();
  ASSERT_EQ(::mount("tmpfs", directory_.path().c_str(), "tmpfs", MS_REMOUNT, ""), 0);
  open();
  EXPECT_EQ(put_many(100, 10), 10);
}

}  // namespace
}  // namespace larder::store
