// Space is made while the disk fails, while processes are killed, and by several of them at once:
// no durable object that was not dropped gets lost, and no wrong byte comes out.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <random>
#include <thread>
#include <vector>

#include "disk_watch.h"
#include "filler_process.h"
#include "store/database.h"
#include "store_fixture.h"
#include "support/faulty_file_system.h"
#include "support/faulty_sqlite.h"

namespace larder::store {
namespace {

class StoreCleaning : public StoreTest {
 protected:
  // Space is made in many small steps, each of which waits for the disk.
  StoreCleaning() : StoreTest(test::memory_directory()) {}

  static constexpr std::uint64_t kPinned = 12;
  static constexpr std::size_t kSize = 9000;
  /// Where the index has just grown, there is too much for the quota until the background looks:
  /// what is being counted is not to be dropped meanwhile.
  static constexpr std::chrono::hours kWhileCounting{1};

  [[nodiscard]] StoreOptions limited() const {
    StoreOptions options = this->options();
    options.quota_bytes = 2u << 20;
    options.commit_interval = std::chrono::hours(1);  // operations come in the same order each time
    return options;
  }
  /// A full store, in which some objects may not be dropped; every segment holds one of them.
  void fill() {
    open(limited());
    std::vector<ObjectKey> pins;
    for (std::uint64_t seed = 0; seed < kPinned; ++seed) pins.push_back(claim_of(seed));
    ASSERT_TRUE(store_->pin(pins));
    bool stored = false;
    for (std::uint64_t seed = 0; seed < kPinned; ++seed) {
      put(*store_, content(seed, kSize), {claim_of(seed)});
      for (std::uint64_t i = 0; i < 8; ++i)
        put(*store_, content(1000 + 8 * seed + i, kSize), {}, true, kSize, &stored);
    }
    close();
  }
  /// Needs room, more than once.
  static void press(Store& store) {
    bool stored = false;
    for (std::uint64_t seed = 5000; seed < 5030; ++seed) {
      const Bytes bytes = content(seed, kSize);
      EXPECT_TRUE(same(put(store, bytes, {}, true, kSize, &stored), bytes));
    }
    (void)store.flush();
    for (std::uint64_t seed = 0; seed < kPinned; ++seed)
      if (const Blob blob = store.find(claim_of(seed))) {
        EXPECT_TRUE(same(blob, content(seed, kSize)));
      }
  }
  /// With a healthy disk everything pinned is there, and everything else is right or not there.
  void expect_all_is_well() {
    open(limited());
    for (std::uint64_t seed = 0; seed < kPinned; ++seed)
      EXPECT_TRUE(same(store_->find(claim_of(seed)), content(seed, kSize))) << seed;
    (void)count_and_check(*store_);
    ASSERT_TRUE(store_->trim());
    EXPECT_LE(bytes_in(directory_ / "store"), limited().quota_bytes + (128u << 10));
    close();
  }
  /// As each test begins, made once.
  void restore() {
    std::filesystem::remove_all(directory_ / "store");
    std::filesystem::copy(directory_ / "full", directory_ / "store",
                          std::filesystem::copy_options::recursive);
  }
  void save() { std::filesystem::rename(directory_ / "store", directory_ / "full"); }
};

TEST_F(StoreCleaning, LosesNothingWhenAnyOneFileOperationFails) {
  fill();
  save();
  test::FaultyFileSystem faulty;
  bool failed = true;
  std::uint64_t n = 0;
  // The first ones often, later ones now and then: a whole run takes many hundreds.
  for (; failed; n += 1 + n / 6) {
    SCOPED_TRACE(n);
    ASSERT_LT(n, 20'000u);
    restore();
    StoreOptions options = limited();
    options.file_system = &faulty;
    faulty.only_changes(n % 2 == 0);
    auto store = Store::open(options);
    ASSERT_TRUE(store);
    faulty.fail_at(n, n % 3 == 0 ? errc::no_space : errc::io);
    press(**store);
    store->reset();
    failed = faulty.failed();
    faulty.heal();
    expect_all_is_well();
    if (HasFailure()) return;
  }
  EXPECT_GT(n, 60u);
}

TEST_F(StoreCleaning, LosesNothingWhenTheDiskFillsUpOrBreaksForGood) {
  fill();
  save();
  test::FaultyFileSystem faulty;
  faulty.only_changes(true);
  for (std::uint64_t n = 0; n < 120; n += 1 + n / 4) {
    SCOPED_TRACE(n);
    restore();
    StoreOptions options = limited();
    options.file_system = &faulty;
    faulty.heal();
    auto store = Store::open(options);
    ASSERT_TRUE(store);
    faulty.fail_at(n, n % 2 == 0 ? errc::no_space : errc::io,
                   test::FaultyFileSystem::Faults::lasting);
    press(**store);
    store->reset();
    faulty.heal();
    expect_all_is_well();
    if (HasFailure()) return;
  }
}

TEST_F(StoreCleaning, LosesNothingWhenAnyOneWriteOfTheIndexFails) {
  fill();
  save();
  test::FaultySqlite sqlite;
  bool failed = true;
  std::uint64_t n = 0;
  for (; failed; n += 1 + n / 6) {
    SCOPED_TRACE(n);
    ASSERT_LT(n, 20'000u);
    restore();
    {
      auto store = Store::open(limited());
      ASSERT_TRUE(store);
      sqlite.fail_at(n, n % 2 == 0 ? SQLITE_FULL : SQLITE_IOERR, n % 3 == 0, false);
      press(**store);
    }
    failed = sqlite.failed();
    sqlite.heal();
    expect_all_is_well();
    if (HasFailure()) return;
  }
  EXPECT_GT(n, 30u);
}

TEST_F(StoreCleaning, IsFinishedByTheNextOpening) {
  fill();
  const auto file = segment_files().front();
  {
    // Killed between the transaction that empties a segment and the removal of its file.
    auto database = Database::open(index_file(), Database::Mode::create);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute(
        "DELETE FROM object WHERE segment = 1;"
        "UPDATE segment SET state = 3, objects = 0, live_bytes = 0, reserved = 0 WHERE id = 1"));
  }
  open();
  EXPECT_FALSE(std::filesystem::exists(file));
  EXPECT_FALSE(store_->find(key_of(content(0, kSize))));  // not brought back
  EXPECT_GT(count_and_check(*store_), 50u);
  // Segments are made and removed in the background.
  const auto agree = [&] { return store_->figures().segments == segment_files().size(); };
  for (int i = 0; i < 1000 && !agree(); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(agree());
}

TEST_F(StoreCleaning, OfKilledProcessesLosesNothing) {
  constexpr std::uint64_t kQuota = 4u << 20;
  StoreOptions options = this->options();
  options.quota_bytes = kQuota;
  options.commit_interval = kWhileCounting;
  open(options);
  std::vector<ObjectKey> pins;
  for (std::uint64_t seed = 500; seed < 500 + kPinned; ++seed) {
    pins.push_back(claim_of(seed));
    put(*store_, content(seed, kSize), {claim_of(seed)});
  }
  ASSERT_TRUE(store_->pin(pins));
  close();
  std::mt19937 random(std::random_device{}());
  for (std::uint64_t round = 1; round <= 10; ++round) {
    SCOPED_TRACE(round);
    Filler filler(options.directory, round * 1'000'000, kQuota);
    ASSERT_TRUE(filler.wait_for_first());
    std::this_thread::sleep_for(std::chrono::microseconds(100'000 + random() % 400'000));
    EXPECT_TRUE(filler.running());
    filler.kill();
    open(options);
    for (std::uint64_t seed = 500; seed < 500 + kPinned; ++seed)
      EXPECT_TRUE(same(store_->find(claim_of(seed)), content(seed, kSize))) << seed;
    (void)count_and_check(*store_);
    close();
    if (HasFailure()) return;
  }
}

TEST_F(StoreCleaning, ByFourProcessesWithTwoThreadsHoldsTheQuota) {
  constexpr std::uint64_t kQuota = 8u << 20;
  constexpr std::uint64_t kSegment = kQuota / 64;
  const std::string directory = options().directory;
  std::vector<std::unique_ptr<Filler>> fillers;
  {
    const DiskWatch watch(directory);
    for (std::uint64_t i = 0; i < 4; ++i)
      fillers.push_back(std::make_unique<Filler>(directory, i * 1'000'000, kQuota, 2));
    for (const auto& filler : fillers) ASSERT_TRUE(filler->wait_for_first());
    for (std::uint64_t round = 1; round <= 6; ++round) {
      std::this_thread::sleep_for(std::chrono::seconds(1));
      auto& filler = fillers[round % 4];
      EXPECT_TRUE(filler->running());
      filler = std::make_unique<Filler>(directory, (4 + round) * 1'000'000, kQuota, 2);  // kills it
      ASSERT_TRUE(filler->wait_for_first());
    }
    for (const auto& filler : fillers) EXPECT_TRUE(filler->running());
    EXPECT_LE(watch.peak_bytes(), kQuota + kSegment);
    fillers.clear();
  }
  StoreOptions options = this->options();
  options.quota_bytes = kQuota;
  options.commit_interval = kWhileCounting;
  open(options);
  EXPECT_GT(count_and_check(*store_), 20u);
  EXPECT_GT(store_->figures().object_bytes, kQuota / 4);
}

}  // namespace
}  // namespace larder::store
