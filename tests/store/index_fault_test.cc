// A disk that fails under the index: nothing wrong comes out, nothing true gets lost.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include "store_fixture.h"
#include "support/faulty_sqlite.h"

namespace larder::store {
namespace {

class StoreIndexFaults : public StoreTest {
 protected:
  StoreOptions slow_options() const {
    StoreOptions options = this->options();
    options.commit_interval = std::chrono::hours(1);
    return options;
  }
  static void fill(Store& store) {
    bool stored = false;
    for (std::uint64_t i = 0; i < 6; ++i) {
      const Bytes bytes = bytes_of(i);
      EXPECT_TRUE(same(put(store, bytes, {claim_of(i)}, i % 2 == 0, 50'000, &stored), bytes));
      if (i == 2) (void)store.flush();
    }
    store.drop(claim_of(0));
    (void)store.flush();
    (void)count(store);
  }
  static Bytes bytes_of(std::uint64_t i) { return content(i, i == 4 ? 600'000 : 1000 * i); }
  static std::uint64_t count(Store& store) {
    std::uint64_t found = 0;
    for (std::uint64_t i = 0; i < 6; ++i)
      if (const Blob blob = store.find(i % 2 == 0 ? claim_of(i) : key_of(bytes_of(i)))) {
        EXPECT_TRUE(same(blob, bytes_of(i)));
        ++found;
      }
    return found;
  }

  /// Operation n fails, n = 0, 1, …; then a healthy disk must show what is there.
  void fail_at_each(int code, bool lasting, bool reads) {
    bool failed = true;
    std::uint64_t n = 0;
    for (; failed; ++n) {
      SCOPED_TRACE(n);
      ASSERT_LT(n, 2000u);
      sqlite_.fail_at(n, code, lasting, reads);
      if (auto store = Store::open(slow_options())) fill(**store);
      failed = sqlite_.failed();
      sqlite_.heal();
      open();
      const std::uint64_t found = count(*store_);
      EXPECT_EQ(store_->figures().damaged, 0u);
      if (!failed) {
        EXPECT_EQ(found, 5u);
        EXPECT_EQ(store_->figures().objects, 5u);
      }
      close();
      std::filesystem::remove_all(directory_ / "store");
      if (HasFailure()) return;
    }
    EXPECT_GT(n, 20u);
  }

  test::FaultySqlite sqlite_;
};

TEST_F(StoreIndexFaults, OfAnyOneWriteLoseNoTruth) {
  fail_at_each(SQLITE_IOERR, false, false);
}

TEST_F(StoreIndexFaults, OfAnyOneReadLoseNoTruth) {
  fail_at_each(SQLITE_IOERR_READ, false, true);
}

TEST_F(StoreIndexFaults, OfADiskThatFillsUpLoseNoTruth) {
  fail_at_each(SQLITE_FULL, true, false);
}

TEST_F(StoreIndexFaults, KeepRowsPendingUntilTheyCanBeWritten) {
  open(slow_options());
  sqlite_.fail_at(0, SQLITE_FULL, true, false);
  const Bytes bytes = content(1, 1000);
  // The segment itself cannot be numbered, so the first object passes through.
  bool stored = true;
  EXPECT_TRUE(same(put(*store_, bytes, {}, true, 500, &stored), bytes));
  EXPECT_FALSE(stored);
  sqlite_.heal();
  put(*store_, bytes, {claim_of(1)});
  sqlite_.fail_at(0, SQLITE_FULL, true, false);
  put(*store_, content(2, 1000), {claim_of(2)});
  EXPECT_EQ(store_->flush().error(), errc::no_space);
  EXPECT_TRUE(same(store_->find(claim_of(2)), content(2, 1000)));
  EXPECT_EQ(store_->figures().objects, 2u);
  sqlite_.heal();
  EXPECT_TRUE(store_->flush());
  open(slow_options());
  EXPECT_TRUE(same(store_->find(claim_of(1)), bytes));
  EXPECT_TRUE(same(store_->find(claim_of(2)), content(2, 1000)));
}

TEST_F(StoreIndexFaults, AtTheEndLeaveTheRowsToTheNextOpening) {
  open(slow_options());
  put(*store_, content(1, 1000), {claim_of(1)});
  sqlite_.fail_at(0, SQLITE_IOERR, true, false);
  close();
  sqlite_.heal();
  open();
  EXPECT_TRUE(same(store_->find(claim_of(1)), content(1, 1000)));
}

}  // namespace
}  // namespace larder::store
