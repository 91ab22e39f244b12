// What a store counts: in this process, and over its life.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <thread>

#include "store/latency.h"
#include "store_fixture.h"
#include "support/faulty_sqlite.h"

namespace larder::store {
namespace {

using std::chrono::nanoseconds;

TEST(LatencyBucket, HoldsTimesThatDifferByAQuarterAtMost) {
  std::size_t last = 0;
  for (std::int64_t ns = 0; ns < 100'000; ++ns) {
    const auto bucket = latency_bucket(nanoseconds(ns));
    EXPECT_TRUE(bucket == last || bucket == last + 1) << ns;
    last = bucket;
    EXPECT_GE(latency_bound(bucket), nanoseconds(ns));
    EXPECT_LE(latency_bound(bucket).count(), ns + ns / 4);
  }
  EXPECT_EQ(latency_bucket(nanoseconds(-5)), 0u);
  EXPECT_LT(latency_bucket(std::chrono::hours(1)), kLatencyBuckets - 1);
  EXPECT_EQ(latency_bucket(std::chrono::hours(1000)), kLatencyBuckets - 1);
  EXPECT_GT(latency_bound(kLatencyBuckets - 1), std::chrono::hours(1));
}

TEST(LatencySummary, NamesTheBucketsThatReachTheShare) {
  EXPECT_EQ(summary_of({}).samples, 0u);
  EXPECT_EQ(summary_of({}).max, nanoseconds(0));
  LatencyHistogram histogram;
  for (int i = 0; i < 89; ++i) histogram.record(nanoseconds(100));
  for (int i = 0; i < 10; ++i) histogram.record(nanoseconds(10'000));
  histogram.record(nanoseconds(1'000'000));
  const Latency summary = summary_of(histogram.buckets());
  const auto bound = [](std::int64_t ns) { return latency_bound(latency_bucket(nanoseconds(ns))); };
  EXPECT_EQ(summary.samples, 100u);
  EXPECT_EQ(summary.p50, bound(100));
  EXPECT_EQ(summary.p90, bound(10'000));
  EXPECT_EQ(summary.p99, bound(10'000));
  EXPECT_EQ(summary.max, bound(1'000'000));
}

class StoreLife : public StoreTest {
 protected:
  void open_slowly() {
    StoreOptions slow = options();
    slow.commit_interval = std::chrono::hours(1);
    open(slow);
  }
  StoreActivity inspected() const {
    const auto figures = Store::inspect(options().directory);
    EXPECT_TRUE(figures);
    return figures ? figures->life : StoreActivity();
  }
};

TEST_F(StoreLife, AddsUpOverProcesses) {
  for (std::uint64_t round = 1; round <= 3; ++round) {
    open();
    put(*store_, content(round, 1000), {claim_of(round)});
    EXPECT_TRUE(store_->find(claim_of(round)));
    EXPECT_TRUE(store_->find(claim_of(round)));
    EXPECT_FALSE(store_->find(claim_of(77)));
    const StoreFigures figures = store_->figures();
    EXPECT_EQ(figures.hits, 2u);
    EXPECT_EQ(figures.misses, 1u);
    EXPECT_EQ(figures.stored, 1u);
    EXPECT_EQ(figures.life.hits, 2 * round);
    EXPECT_EQ(figures.life.misses, round);
    EXPECT_EQ(figures.life.stored, round);
    close();
    EXPECT_EQ(inspected().hits, 2 * round);
    EXPECT_EQ(inspected().misses, round);
    EXPECT_EQ(inspected().stored, round);
  }
}

TEST_F(StoreLife, AddsUpOverProcessesAtTheSameTime) {
  open();
  auto other = Store::open(options());
  ASSERT_TRUE(other);
  put(*store_, content(1, 1000));
  ASSERT_TRUE(store_->flush());
  put(**other, content(2, 1000));
  ASSERT_TRUE((*other)->flush());
  for (int i = 0; i < 10; ++i) EXPECT_TRUE((*other)->find(key_of(content(1, 1000))));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(store_->find(key_of(content(1, 1000))));
  EXPECT_EQ((*other)->figures().life.hits, 10u);  // those of the others once they are written
  EXPECT_TRUE(store_->flush());
  EXPECT_EQ((*other)->figures().life.hits, 15u);
  EXPECT_EQ((*other)->figures().hits, 10u);
  other->reset();
  close();
  EXPECT_EQ(inspected().hits, 15u);
  EXPECT_EQ(inspected().stored, 2u);
}

TEST_F(StoreLife, LosesWithAKilledProcessWhatWasNotYetCommitted) {
  open_slowly();
  put(*store_, content(1, 1000), {claim_of(1)});
  EXPECT_TRUE(store_->find(claim_of(1)));
  ASSERT_TRUE(store_->flush());
  EXPECT_TRUE(store_->find(claim_of(1)));
  const auto killed = Store::inspect(killed_here("killed").directory);
  ASSERT_TRUE(killed);
  EXPECT_EQ(killed->life.hits, 1u);
  EXPECT_EQ(killed->life.stored, 1u);
}

TEST_F(StoreLife, CountsEachThingOnceWhenCommitsFail) {
  test::FaultySqlite sqlite;
  open_slowly();
  put(*store_, content(1, 1000), {claim_of(1)});
  ASSERT_TRUE(store_->flush());
  sqlite.fail_at(0, SQLITE_FULL, /*lasting=*/true, /*reads=*/false);
  for (int i = 0; i < 3; ++i) {
    EXPECT_TRUE(store_->find(claim_of(1)));
    EXPECT_EQ(store_->flush().error(), errc::no_space);
  }
  EXPECT_EQ(store_->figures().life.hits, 3u);
  EXPECT_EQ(inspected().hits, 0u);
  sqlite.heal();
  EXPECT_TRUE(store_->flush());
  EXPECT_EQ(store_->figures().life.hits, 3u);
  close();
  EXPECT_EQ(inspected().hits, 3u);
  EXPECT_EQ(inspected().stored, 1u);
}

TEST_F(StoreLife, TellsObjectsThatComeBack) {
  open();
  put(*store_, content(1, 1000), {claim_of(1)});
  store_->drop(claim_of(1));
  put(*store_, content(1, 1000), {claim_of(1)});
  put(*store_, content(2, 1000), {claim_of(2)});
  EXPECT_EQ(store_->figures().stored, 3u);
  EXPECT_EQ(store_->figures().stored_again, 1u);
  close();
  EXPECT_EQ(inspected().stored_again, 1u);
}

TEST_F(StoreLife, KnowsHowLongThingsTook) {
  open();
  put(*store_, content(1, 1000));
  std::thread([this] {  // a thread's first look-up is measured, and every 64th after it
    for (int i = 0; i < 129; ++i) EXPECT_TRUE(store_->find(key_of(content(1, 1000))));
  })
      .join();
  store_->waited(std::chrono::milliseconds(20));
  store_->waited(std::chrono::milliseconds(40));
  const StoreFigures figures = store_->figures();
  EXPECT_EQ(figures.hit.samples, 3u);
  EXPECT_GT(figures.hit.max, nanoseconds(0));
  EXPECT_EQ(figures.miss.samples, 2u);
  EXPECT_GE(figures.miss.p50, std::chrono::milliseconds(20));
  EXPECT_LT(figures.miss.p50, std::chrono::milliseconds(25));
  EXPECT_GE(figures.miss.max, std::chrono::milliseconds(40));
  EXPECT_EQ(figures.waited, std::chrono::milliseconds(60));
  close();
  const StoreActivity life = inspected();
  EXPECT_EQ(life.hit.samples, 3u);
  EXPECT_EQ(life.hit.max, figures.hit.max);
  EXPECT_EQ(life.miss.p50, figures.miss.p50);
  EXPECT_EQ(life.waited, figures.waited);
}

TEST_F(StoreLife, IsWrittenByAStoreThatIsOnlyRead) {
  open();
  put(*store_, content(1, 1000), {claim_of(1)});
  open();
  EXPECT_TRUE(store_->find(claim_of(1)));
  close();
  EXPECT_EQ(inspected().hits, 1u);
}

}  // namespace
}  // namespace larder::store
