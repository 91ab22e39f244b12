// A store with a quota: what it takes on disk, what goes, and what readers notice.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "disk_watch.h"
#include "store/quota.h"
#include "store_fixture.h"

namespace larder::store {
namespace {

class StoreQuota : public StoreTest {
 protected:
  // Space is made in many small steps, each of which waits for the disk.
  StoreQuota() : StoreTest(test::memory_directory()) {}

  [[nodiscard]] StoreOptions limited(std::uint64_t quota_bytes) const {
    StoreOptions options = this->options();
    options.quota_bytes = quota_bytes;
    return options;
  }
  [[nodiscard]] static std::uint64_t segment_bytes(std::uint64_t quota_bytes) {
    return Quota::segment_bytes(quota_bytes, ~0ull);
  }
  /// Objects of `size` bytes until `bytes` of them were offered.
  void fill(std::uint64_t first, std::size_t size, std::uint64_t bytes) {
    bool stored = false;
    for (std::uint64_t seed = first; bytes >= size; ++seed, bytes -= size)
      put(*store_, content(seed, size), {}, true, size, &stored);
  }
  [[nodiscard]] bool has(std::uint64_t seed, std::size_t size) {
    return static_cast<bool>(store_->find(key_of(content(seed, size))));
  }
};

TEST_F(StoreQuota, IsHeldWhileEightThreadsWriteTenTimesAsMuch) {
  constexpr std::uint64_t kQuota = 8u << 20;
  constexpr std::uint64_t kThreads = 8;
  open(limited(kQuota));
  std::atomic<std::uint64_t> wrong{0};
  const DiskWatch watch(directory_ / "store");
  std::vector<std::thread> threads;
  for (std::uint64_t thread = 0; thread < kThreads; ++thread)
    threads.emplace_back([&, thread] {
      std::uint64_t left = 10 * kQuota / kThreads;
      for (std::uint64_t seed = thread << 32; left != 0; ++seed) {
        // Small ones, large ones, and some that do not say how large they are.
        const std::uint64_t drawn = seed % 16 == 0 ? 300'000 : 500 + seed * 7919 % 20'000;
        const Bytes bytes = content(seed, std::min(left, drawn));
        left -= bytes.size();
        bool stored = false;
        if (!same(put(*store_, bytes, {claim_of(seed)}, seed % 5 != 0, 10'000, &stored), bytes))
          ++wrong;
        const Bytes other = content((thread + 1) % kThreads << 32, 300'000);
        if (const Blob blob = store_->find(key_of(other)); blob && !same(blob, other)) ++wrong;
      }
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(watch.samples(), 10u);
  EXPECT_LE(watch.peak_bytes(), kQuota + segment_bytes(kQuota));
  ASSERT_TRUE(store_->flush());
  const StoreFigures figures = store_->figures();
  EXPECT_EQ(figures.write_failures, 0u);
  EXPECT_GT(figures.evictions, 0u);
  EXPECT_GT(figures.object_bytes, kQuota / 2);  // it is used, too
  std::uint64_t good = 0;
  ASSERT_TRUE(store_->visit([&](const StoredObject& object) {
    good += store_->check(object.digest) == Health::good ? 1 : 0;
    return true;
  }));
  EXPECT_EQ(good, figures.objects);
}

TEST_F(StoreQuota, KeepsSmallObjectsThatAreUsedAndDropsLargeOnesThatAreNot) {
  open(limited(4u << 20));
  fill(0, 10'000, 1'000'000);
  for (int round = 0; round < 3; ++round)
    for (std::uint64_t seed = 0; seed < 100; ++seed) EXPECT_TRUE(has(seed, 10'000));
  fill(1000, 200'000, 20'000'000);
  for (std::uint64_t seed = 0; seed < 100; ++seed) EXPECT_TRUE(has(seed, 10'000)) << seed;
  EXPECT_FALSE(has(1000, 200'000));
  EXPECT_GT(store_->figures().refusals, 0u);
  EXPECT_EQ(store_->figures().write_failures, 0u);
}

TEST_F(StoreQuota, CountsUsesAcrossRestarts) {
  open(limited(4u << 20));
  fill(0, 10'000, 1'000'000);
  for (int round = 0; round < 3; ++round)
    for (std::uint64_t seed = 0; seed < 50; ++seed) EXPECT_TRUE(has(seed, 10'000));
  open(limited(4u << 20));
  fill(1000, 9'000, 4'000'000);  // worth more than those that nobody used
  std::uint64_t used = 0;
  std::uint64_t unused = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    used += has(seed, 10'000) ? 1 : 0;
    unused += has(50 + seed, 10'000) ? 1 : 0;
  }
  EXPECT_EQ(used, 50u);
  EXPECT_LT(unused, 25u);
}

TEST_F(StoreQuota, LeavesReadersTheBytesOfASegmentThatIsGone) {
  open(limited(4u << 20));
  const Bytes held = content(1, 60'000);
  put(*store_, held);
  ASSERT_TRUE(store_->flush());
  const Blob blob = store_->find(key_of(held));
  ASSERT_TRUE(blob);
  const auto before = segment_files();
  ASSERT_EQ(before.size(), 1u);
  ASSERT_TRUE(store_->evict({key_of(held)}));
  ASSERT_TRUE(store_->flush());
  EXPECT_FALSE(store_->find(key_of(held)));
  fill(1000, 20'000, 12'000'000);
  EXPECT_FALSE(std::filesystem::exists(before.front()));
  EXPECT_TRUE(same(blob, held));
}

TEST_F(StoreQuota, PassesObjectsThroughThatAreLargerThanItself) {
  open(limited(2u << 20));
  fill(0, 10'000, 500'000);
  for (const bool known : {true, false}) {
    const Bytes huge = content(known ? 7001 : 7002, 3u << 20);
    bool stored = true;
    EXPECT_TRUE(same(put(*store_, huge, {}, known, 100'000, &stored), huge));
    EXPECT_FALSE(stored);
    EXPECT_FALSE(store_->find(key_of(huge)));
  }
  EXPECT_EQ(store_->figures().refusals, 2u);
  EXPECT_EQ(store_->figures().write_failures, 0u);
  for (std::uint64_t seed = 0; seed < 50; ++seed) EXPECT_TRUE(has(seed, 10'000)) << seed;
}

TEST_F(StoreQuota, MayBeSmallerThanTheStoreThatItIsGivenTo) {
  open();
  fill(0, 10'000, 6'000'000);
  fill(1000, 600'000, 3'000'000);
  close();
  constexpr std::uint64_t kQuota = 4u << 20;
  open(limited(kQuota));
  ASSERT_TRUE(store_->trim());
  EXPECT_LE(bytes_in(directory_ / "store"), kQuota);
  EXPECT_GT(store_->figures().objects, 100u);
  std::uint64_t found = 0;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    const Bytes bytes = content(seed, 10'000);
    const Blob blob = store_->find(key_of(bytes));
    if (!blob) continue;
    EXPECT_TRUE(same(blob, bytes));
    ++found;
  }
  EXPECT_EQ(found, store_->figures().objects);
  EXPECT_EQ(store_->figures().damaged, 0u);
}

TEST_F(StoreQuota, IsReachedInTheBackgroundAfterOpening) {
  open();
  fill(0, 10'000, 6'000'000);
  close();
  constexpr std::uint64_t kQuota = 4u << 20;
  open(limited(kQuota));
  for (int i = 0; i < 1000 && bytes_in(directory_ / "store") > kQuota; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_LE(bytes_in(directory_ / "store"), kQuota);
}

TEST_F(StoreQuota, HasClaimsSurviveThatTheirSegmentIsCleaned) {
  open(limited(4u << 20));
  for (std::uint64_t seed = 0; seed < 12; ++seed)
    put(*store_, content(seed, 900), {claim_of(seed)});
  for (int round = 0; round < 4; ++round)
    for (std::uint64_t seed = 0; seed < 12; ++seed) EXPECT_TRUE(store_->find(claim_of(seed)));
  const auto before = segment_files();
  fill(1000, 3'000, 9'000'000);
  EXPECT_FALSE(std::filesystem::exists(before.front()));
  EXPECT_GT(store_->figures().reinsertions, 0u);
  close();
  remove_index();  // what was copied can be found by reading the segments
  open(limited(4u << 20));
  for (std::uint64_t seed = 0; seed < 12; ++seed)
    EXPECT_TRUE(same(store_->find(claim_of(seed)), content(seed, 900))) << seed;
}

TEST_F(StoreQuota, LetsGoOfSegmentsThatAnotherStoreRemoved) {
  const auto removed_but_mapped = [] {
    std::ifstream maps("/proc/self/maps");
    std::size_t count = 0;
    for (std::string line; std::getline(maps, line);)
      count += line.ends_with(".seg (deleted)") ? 1 : 0;
    return count;
  };
  open(limited(4u << 20));
  auto other = Store::open(limited(4u << 20));
  ASSERT_TRUE(other);
  fill(0, 20'000, 2'000'000);
  ASSERT_TRUE(store_->flush());
  for (std::uint64_t seed = 0; seed < 100; ++seed)
    ASSERT_TRUE((*other)->find(key_of(content(seed, 20'000))));
  ASSERT_TRUE(store_->clear());
  EXPECT_GT(removed_but_mapped(), 0u);  // by the other one
  for (int i = 0; i < 500 && removed_but_mapped() != 0; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(removed_but_mapped(), 0u);
  EXPECT_FALSE((*other)->find(key_of(content(1, 20'000))));
}

}  // namespace
}  // namespace larder::store
