// What is left when a process ends without a word.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <random>
#include <thread>

#include "filler_process.h"
#include "store/record.h"
#include "store_fixture.h"
#include "support/long_form.h"

namespace larder::store {
namespace {

class StoreRecovery : public StoreTest {
 protected:
  // A killed process leaves what it wrote, synced or not: no disk has to be waited for.
  StoreRecovery() : StoreTest(test::memory_directory()) {}

  /// Nothing becomes durable by itself.
  void open_slowly() {
    StoreOptions slow = options();
    slow.commit_interval = std::chrono::hours(1);
    open(slow);
  }
};

TEST_F(StoreRecovery, FindsWholeRecordsWithoutRows) {
  open_slowly();
  for (std::uint64_t i = 0; i < 10; ++i) put(*store_, content(i, 1000 * i), {claim_of(i)});
  put(*store_, content(50, 600'000), {claim_of(50)});
  const StoreOptions killed = killed_here("killed");
  open(killed);
  EXPECT_EQ(store_->figures().objects, 11u);
  EXPECT_EQ(store_->figures().claims, 11u);
  for (std::uint64_t i = 0; i < 10; ++i)
    EXPECT_TRUE(same(store_->find(claim_of(i)), content(i, 1000 * i)));
  EXPECT_TRUE(same(store_->find(claim_of(50)), content(50, 600'000)));
}

TEST_F(StoreRecovery, FindsRecordsBehindAnUnfinishedOne) {
  open_slowly();
  put(*store_, content(1, 1000));
  auto unfinished = store_->begin(300'000);
  EXPECT_FALSE(unfinished->write(content(2, 290'000)));
  auto unfinished_large = store_->begin(600'000);
  EXPECT_FALSE(unfinished_large->write(content(4, 590'000)));
  put(*store_, content(3, 1000));
  ASSERT_TRUE(store_->flush());  // row of an object behind the end of what is indexed
  put(*store_, content(5, 1000));
  const StoreOptions killed = killed_here("killed");
  unfinished.reset();
  unfinished_large.reset();
  open(killed);
  EXPECT_EQ(store_->figures().objects, 3u);
  for (const std::uint64_t seed : {1, 3, 5})
    EXPECT_TRUE(same(store_->find(key_of(content(seed, 1000))), content(seed, 1000)));
  EXPECT_FALSE(sys::FileSystem::real().exists(killed.directory + "/segments/00000002.seg"));
  put(*store_, content(6, 100'000));
  EXPECT_TRUE(same(store_->find(key_of(content(5, 1000))), content(5, 1000)));
}

TEST_F(StoreRecovery, FindsRecordsThatWereFinishedLaterThanThoseBehindThem) {
  open_slowly();
  const Bytes slow_bytes = content(1, 300'000);
  auto slow = store_->begin(slow_bytes.size());
  EXPECT_FALSE(slow->write(slow_bytes));
  put(*store_, content(2, 1000));
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE(slow->commit(digest::sha256(slow_bytes), {}));
  open(killed_here("killed"));
  EXPECT_TRUE(same(store_->find(key_of(slow_bytes)), slow_bytes));
  EXPECT_EQ(store_->figures().objects, 2u);
}

TEST_F(StoreRecovery, RefusesRecordsWithIncompletePayload) {
  open_slowly();
  const Bytes bytes = content(1, 100'000);
  put(*store_, bytes);
  put(*store_, content(2, 1000));
  const StoreOptions killed = killed_here("killed");
  // A power cut: the header reached the disk, a page of the payload did not.
  overwrite(killed.directory + "/segments/00000001.seg", 40'960, Bytes(4096));
  open(killed);
  EXPECT_FALSE(store_->find(key_of(bytes)));
  EXPECT_TRUE(same(store_->find(key_of(content(2, 1000))), content(2, 1000)));
  EXPECT_EQ(store_->figures().objects, 1u);
}

TEST_F(StoreRecovery, HappensOnce) {
  open_slowly();
  put(*store_, content(1, 1000));
  const StoreOptions killed = killed_here("killed");
  for (int i = 0; i < 3; ++i) {
    open(killed);
    EXPECT_EQ(store_->figures().objects, 1u);
    EXPECT_EQ(store_->figures().object_bytes, 1000u);
  }
}

TEST_F(StoreRecovery, LeavesSegmentsOfALivingProcessAlone) {
  open_slowly();
  put(*store_, content(1, 1000));
  auto second = Store::open(options());
  ASSERT_TRUE(second);
  EXPECT_EQ((*second)->figures().objects, 0u);
  put(**second, content(2, 1000));
  EXPECT_EQ(segment_files().size(), 2u);
  second->reset();
  put(*store_, content(3, 1000));
  open();
  for (const std::uint64_t seed : {1, 2, 3})
    EXPECT_TRUE(same(store_->find(key_of(content(seed, 1000))), content(seed, 1000)));
}

TEST_F(StoreRecovery, OfAnIndexLostInUseIncludesTheSegmentInUse) {
  open_slowly();
  const Blob kept = put(*store_, content(1, 1000), {claim_of(1)});
  ASSERT_TRUE(store_->flush());
  put(*store_, content(2, 1000), {claim_of(2)});
  const auto size = sys::FileSystem::real().status(index_file() + "-wal")->size_bytes;
  overwrite(index_file() + "-wal", 32, content(3, size - 32));
  overwrite(index_file(), 0, content(3, 4096));
  auto second = Store::open(options());  // makes the index anew
  ASSERT_TRUE(second) << second.error().message();
  put(*store_, content(3, 1000), {claim_of(3)});
  EXPECT_TRUE(store_->flush());
  for (std::uint64_t seed = 1; seed <= 3; ++seed)
    EXPECT_TRUE(same((*second)->find(claim_of(seed)), content(seed, 1000))) << seed;
  EXPECT_TRUE(same(kept, content(1, 1000)));
}

TEST_F(StoreRecovery, LeavesAloneWhatIsNotItsOwn) {
  open();
  close();
  const std::string strange = directory_ / "store/segments/notes.txt";
  const std::string state = directory_ / "store/state";
  ASSERT_TRUE(sys::FileSystem::real().open(strange, sys::Open::create));
  ASSERT_TRUE(sys::FileSystem::real().make_directories(state));
  remove_index();
  open();
  EXPECT_TRUE(sys::FileSystem::real().exists(strange));
  EXPECT_TRUE(sys::FileSystem::real().exists(state));
}

TEST_F(StoreRecovery, KeepsEverythingThatAKilledProcessCommitted) {
  constexpr std::uint64_t kRoundsOfOneStore = 20;
  constexpr std::uint64_t kSeedsPerRound = 1'000'000;
  const std::uint64_t rounds = test::in_long_form() ? 200 : 20;
  std::mt19937 random(std::random_device{}());
  std::uint64_t before = 0;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    SCOPED_TRACE(round);
    if (round % kRoundsOfOneStore == 0) {  // its objects are all read again each time
      std::filesystem::remove_all(options().directory);
      before = 0;
    }
    const std::uint64_t first = round * kSeedsPerRound;
    Filler filler(options().directory, first);
    ASSERT_TRUE(filler.wait_for_first());
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 80'000));
    filler.kill();

    open();
    const std::uint64_t objects = count_and_check(*store_);
    EXPECT_GT(objects, before);
    // Committed in order, so what is there is there without holes.
    std::uint64_t seed = first;
    for (; store_->find(claim_of(seed)); ++seed)
      EXPECT_TRUE(same(store_->find(claim_of(seed)), content(seed, filler_size(seed))));
    EXPECT_GT(seed, first);
    // The last one may be there without its claim.
    EXPECT_LE(objects - before - (seed - first), 1u);
    before = objects;
    close();
    if (HasFailure()) return;
  }
}

TEST_F(StoreRecovery, KeepsEverythingThatTwoKilledProcessesCommitted) {
  std::mt19937 random(std::random_device{}());
  std::uint64_t before = 0;
  for (std::uint64_t round = 0; round < 5; ++round) {
    SCOPED_TRACE(round);
    Filler first(options().directory, round * 2'000'000);
    Filler second(options().directory, round * 2'000'000 + 1'000'000);
    ASSERT_TRUE(first.wait_for_first());
    ASSERT_TRUE(second.wait_for_first());
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 50'000));
    first.kill();
    open();  // while the second is still at it
    EXPECT_TRUE(store_->find(claim_of(round * 2'000'000)));
    second.kill();
    open();
    EXPECT_TRUE(store_->find(claim_of(round * 2'000'000 + 1'000'000)));
    const std::uint64_t objects = count_and_check(*store_);
    EXPECT_GE(objects, before + 2);
    before = objects;
    close();
  }
}

}  // namespace
}  // namespace larder::store
