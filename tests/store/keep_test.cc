// What a store keeps because it was told to, and what it forgets because it was told to.
#include <gtest/gtest.h>

#include <vector>

#include "store_fixture.h"

namespace larder::store {
namespace {

class StoreKeeping : public StoreTest {
 protected:
  // Space is made in many small steps, each of which waits for the disk.
  StoreKeeping() : StoreTest(test::memory_directory()) {}

  static constexpr std::size_t kSize = 20'000;

  void open_limited() {
    StoreOptions options = this->options();
    options.quota_bytes = 4u << 20;
    open(options);
  }
  void store(std::uint64_t seed, Priority priority = Priority::normal) {
    bool stored = false;
    put(*store_, content(seed, kSize), {claim_of(seed)}, true, kSize, &stored,
        {.key = claim_of(seed), .priority = priority});
  }
  void fill(std::uint64_t first, std::uint64_t count, Priority priority = Priority::normal) {
    for (std::uint64_t i = 0; i < count; ++i) store(first + i, priority);
  }
  [[nodiscard]] bool has(std::uint64_t seed) {
    const Bytes bytes = content(seed, kSize);
    const Blob blob = store_->find(claim_of(seed));
    if (blob) {
      EXPECT_TRUE(same(blob, bytes));
    }
    return static_cast<bool>(blob);
  }
  [[nodiscard]] std::uint64_t count(std::uint64_t first, std::uint64_t number) {
    std::uint64_t found = 0;
    for (std::uint64_t i = 0; i < number; ++i) found += has(first + i) ? 1 : 0;
    return found;
  }
};

TEST_F(StoreKeeping, NeverDropsWhatIsPinnedToMakeRoom) {
  open_limited();
  fill(0, 20);
  std::vector<ObjectKey> pins;
  for (std::uint64_t seed = 0; seed < 10; ++seed) pins.push_back(claim_of(seed));
  pins.push_back(key_of(content(10, kSize)));
  pins.push_back(claim_of(500));  // not there yet
  ASSERT_TRUE(store_->pin(pins));
  open_limited();
  store(500);
  fill(1000, 400);
  EXPECT_EQ(count(0, 11), 11u);
  EXPECT_TRUE(has(500));
  EXPECT_LT(count(11, 9), 9u);
  open_limited();
  fill(3000, 200);
  EXPECT_EQ(count(0, 11), 11u);
  EXPECT_TRUE(has(500));
}

TEST_F(StoreKeeping, DropsWhatIsNoLongerPinned) {
  open_limited();
  fill(0, 10);
  std::vector<ObjectKey> pins;
  for (std::uint64_t seed = 0; seed < 10; ++seed) pins.push_back(claim_of(seed));
  ASSERT_TRUE(store_->pin(pins));
  fill(1000, 300);
  EXPECT_EQ(count(0, 10), 10u);
  ASSERT_TRUE(store_->unpin(pins));
  fill(3000, 1500);
  EXPECT_LT(count(0, 10), 10u);
}

TEST_F(StoreKeeping, HeedsPinsOfAnotherStore) {
  open_limited();
  auto other = Store::open(this->options());
  ASSERT_TRUE(other);
  fill(0, 200);  // full: the policy is at work
  std::vector<ObjectKey> pins;
  std::vector<std::uint64_t> pinned;
  for (std::uint64_t seed = 0; seed < 200 && pins.size() < 10; ++seed) {
    if (!has(seed)) continue;
    pins.push_back(claim_of(seed));
    pinned.push_back(seed);
  }
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE((*other)->pin(pins));
  fill(1000, 600);
  for (const std::uint64_t seed : pinned) EXPECT_TRUE((*other)->find(claim_of(seed))) << seed;
}

TEST_F(StoreKeeping, DropsLowerClassesFirstAfterARestart) {
  open_limited();
  fill(0, 30, Priority::high);
  fill(100, 30, Priority::normal);
  fill(200, 30, Priority::low);
  open_limited();
  fill(1000, 100, Priority::normal);
  EXPECT_EQ(count(0, 30), 30u);
  EXPECT_EQ(count(200, 30), 0u);
  fill(2000, 600, Priority::normal);
  EXPECT_EQ(count(0, 30), 30u);
  EXPECT_LT(count(100, 30), 30u);
}

TEST_F(StoreKeeping, EvictsByDigestAndByClaim) {
  open();
  fill(0, 10);
  const Blob held = store_->find(claim_of(1));
  ASSERT_TRUE(store_->pin(std::vector{claim_of(3)}));
  ASSERT_TRUE(store_->evict(
      {claim_of(1), key_of(content(2, kSize)), claim_of(3), claim_of(77), key_of(content(78, 5))}));
  ASSERT_TRUE(store_->flush());
  EXPECT_FALSE(has(1));
  EXPECT_FALSE(store_->find(key_of(content(1, kSize))));
  EXPECT_FALSE(has(2));
  EXPECT_TRUE(has(3));
  EXPECT_EQ(store_->figures().objects, 8u);
  EXPECT_EQ(store_->figures().claims, 8u);
  EXPECT_TRUE(same(held, content(1, kSize)));
  ASSERT_TRUE(store_->evict({claim_of(3)}, /*pinned_too=*/true));
  ASSERT_TRUE(store_->flush());
  EXPECT_FALSE(has(3));
  open();
  EXPECT_EQ(store_->figures().objects, 7u);
  EXPECT_EQ(count(0, 10), 7u);
}

TEST_F(StoreKeeping, EvictsWhatIsNotYetDurable) {
  StoreOptions options = this->options();
  options.commit_interval = std::chrono::hours(1);
  open(options);
  store(1);
  ASSERT_TRUE(store_->evict({claim_of(1)}));
  ASSERT_TRUE(store_->flush());
  EXPECT_FALSE(has(1));
  EXPECT_EQ(store_->figures().objects, 0u);
}

TEST_F(StoreKeeping, ClearsEverythingButWhatIsPinned) {
  open();
  fill(0, 100);
  const Bytes large = content(5000, 700'000);
  put(*store_, large);
  const Blob held = store_->find(claim_of(5));
  ASSERT_TRUE(store_->pin(std::vector{claim_of(1), key_of(content(2, kSize))}));
  ASSERT_TRUE(store_->clear());
  EXPECT_EQ(count(0, 100), 2u);
  EXPECT_TRUE(has(1));
  EXPECT_TRUE(has(2));
  EXPECT_EQ(store_->figures().objects, 2u);
  EXPECT_EQ(store_->figures().object_bytes, 2 * kSize);
  EXPECT_EQ(store_->figures().claims, 2u);
  EXPECT_TRUE(same(held, content(5, kSize)));
  fill(0, 3);
  EXPECT_EQ(store_->figures().objects, 3u);
  ASSERT_TRUE(store_->clear(/*pinned_too=*/true));
  EXPECT_EQ(store_->figures().objects, 0u);
  EXPECT_TRUE(segment_files().empty());
  store(1);
  open();
  EXPECT_TRUE(has(1));
  EXPECT_EQ(store_->figures().objects, 1u);
}

TEST_F(StoreKeeping, RemovesTheFileOfADroppedLargeObject) {
  open();
  const Bytes large = content(1, 700'000);
  put(*store_, large);
  ASSERT_TRUE(store_->flush());
  ASSERT_EQ(segment_files().size(), 1u);
  store_->drop(key_of(large));
  ASSERT_TRUE(store_->trim());
  EXPECT_TRUE(segment_files().empty());
}

}  // namespace
}  // namespace larder::store
