// Processes that use one store let each other fetch. Two stores of one process do so, too.
#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "store_fixture.h"
#include "support/faulty_file_system.h"

namespace larder::store {
namespace {

using namespace std::chrono_literals;

class StoreTurns : public StoreTest {
 protected:
  void SetUp() override {
    // Nobody commits but for those who wait.
    StoreOptions patient = options();
    patient.commit_interval = 1h;
    patient.file_system = &faulty_;
    open(patient);
    patient.file_system = nullptr;
    other_ = std::move(*Store::open(patient));
  }
  /// Whether that becomes true within a minute.
  static bool comes(FetchTurn& turn) {
    for (int i = 0; i < 6000; ++i, std::this_thread::sleep_for(10ms))
      if (turn.take()) return true;
    return false;
  }

  const Bytes bytes_ = content(1, 9000);
  const ObjectKey key_ = key_of(bytes_);
  test::FaultyFileSystem faulty_;
  std::unique_ptr<Store> other_;
};

TEST_F(StoreTurns, AreHadByOneStoreAtATime) {
  auto mine = store_->turn(key_);
  auto theirs = other_->turn(key_);
  EXPECT_TRUE(mine->take());
  EXPECT_TRUE(mine->take());
  EXPECT_FALSE(theirs->take());
  EXPECT_TRUE(other_->turn(claim_of(1))->take()) << "of another object";
  mine.reset();  // nothing came
  EXPECT_TRUE(theirs->take());
  EXPECT_FALSE(store_->turn(key_)->take());
}

TEST_F(StoreTurns, BringWhatTheOtherOneFetchedLongBeforeItIsDue) {
  auto mine = store_->turn(key_);
  auto theirs = other_->turn(key_);
  ASSERT_TRUE(mine->take());
  EXPECT_FALSE(theirs->take());
  put(*store_, bytes_);
  mine.reset();
  EXPECT_TRUE(comes(*theirs));
  EXPECT_TRUE(same(other_->find(key_), bytes_));
}

TEST_F(StoreTurns, AreHeldUntilWhatCameIsInTheIndex) {
  {
    const auto mine = store_->turn(key_);
    ASSERT_TRUE(mine->take());
    put(*store_, bytes_);
  }
  // Nobody has looked for it: there is no hurry.
  EXPECT_FALSE(other_->find(key_));
  auto theirs = other_->turn(key_);
  EXPECT_FALSE(theirs->take());
  EXPECT_TRUE(comes(*theirs)) << "who waits now is seen";
  EXPECT_TRUE(same(other_->find(key_), bytes_));
}

TEST_F(StoreTurns, AreGivenBackByAFlush) {
  {
    const auto mine = store_->turn(key_);
    ASSERT_TRUE(mine->take());
    put(*store_, bytes_);
  }
  ASSERT_TRUE(store_->flush());
  EXPECT_TRUE(other_->turn(key_)->take());
  EXPECT_TRUE(other_->find(key_));
}

TEST_F(StoreTurns, AreGivenBackWhenTheDiskFails) {
  {
    const auto mine = store_->turn(key_);
    ASSERT_TRUE(mine->take());
    put(*store_, bytes_);
  }
  faulty_.only_changes(true);
  faulty_.fail_at(0, errc::io, test::FaultyFileSystem::Faults::lasting);
  (void)store_->flush();
  EXPECT_TRUE(other_->turn(key_)->take());
  faulty_.heal();
}

TEST_F(StoreTurns, GoWithTheStore) {
  auto mine = store_->turn(key_);
  ASSERT_TRUE(mine->take());
  put(*store_, bytes_);
  close();
  EXPECT_FALSE(other_->turn(key_)->take()) << "a turn may outlive its store";
  mine.reset();
  EXPECT_TRUE(other_->turn(key_)->take());
  EXPECT_TRUE(same(other_->find(key_), bytes_));
}

TEST_F(StoreTurns, AreHadByEverybodyWhereNothingCanBeWritten) {
  close();
  other_.reset();
  faulty_.only_changes(true);
  faulty_.fail_at(0, errc::io, test::FaultyFileSystem::Faults::lasting);
  StoreOptions broken = options();
  broken.file_system = &faulty_;
  const auto one = Store::open(broken);
  const auto two = Store::open(broken);
  ASSERT_TRUE(one && two);
  const auto mine = (*one)->turn(key_);
  const auto theirs = (*two)->turn(key_);
  EXPECT_TRUE(mine->take());
  EXPECT_TRUE(theirs->take());
}

}  // namespace
}  // namespace larder::store
