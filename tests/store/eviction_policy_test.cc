#include "store/eviction_policy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <random>
#include <set>
#include <vector>

namespace larder::store {
namespace {

using Id = EvictionPolicy::Id;
using Ids = std::vector<Id>;
using Object = EvictionPolicy::Object;

constexpr std::uint64_t kGiB = std::uint64_t{1} << 30;

/// Spread over 64 bits, as digests are.
constexpr Id id_of(std::uint64_t number) {
  std::uint64_t id = (number + 1) * 0x9e3779b97f4a7c15u;
  id = (id ^ (id >> 31)) * 0xbf58476d1ce4e5b9u;
  return id ^ (id >> 29);
}

Object object(std::uint64_t number, std::uint64_t size_bytes, Priority priority = Priority::normal,
              bool pinned = false) {
  return {id_of(number), size_bytes, priority, pinned};
}

class EvictionPolicyTest : public ::testing::Test {
 protected:
  bool admit(const Object& newcomer) {
    victims_.clear();
    return policy_.admit(newcomer, victims_);
  }
  bool make_room(std::uint64_t bytes) {
    victims_.clear();
    return policy_.make_room(bytes, victims_);
  }
  [[nodiscard]] bool has(std::uint64_t number) const { return policy_.contains(id_of(number)); }

  EvictionPolicy policy_{1000};
  Ids victims_;
};

TEST_F(EvictionPolicyTest, KeepsEverythingThatFits) {
  for (std::uint64_t i = 0; i < 10; ++i) EXPECT_TRUE(admit(object(i, 100)));
  EXPECT_TRUE(victims_.empty());
  EXPECT_EQ(policy_.objects(), 10u);
  EXPECT_EQ(policy_.used_bytes(), 1000u);
}

TEST_F(EvictionPolicyTest, DropsTheLargestOfThoseUsedOnce) {
  admit(object(1, 200));
  admit(object(2, 500));
  admit(object(3, 300));
  EXPECT_TRUE(admit(object(4, 100)));
  EXPECT_EQ(victims_, Ids{id_of(2)});
}

TEST_F(EvictionPolicyTest, KeepsWhatIsUsedOften) {
  admit(object(1, 500));
  admit(object(2, 500));
  policy_.touch(id_of(1));
  EXPECT_TRUE(admit(object(3, 400)));
  EXPECT_EQ(victims_, Ids{id_of(2)});
}

TEST_F(EvictionPolicyTest, RefusesWhatIsWorthLessThanItsVictimsUntilItIsAskedForAgain) {
  for (std::uint64_t i = 0; i < 10; ++i) admit(object(i, 100));
  EXPECT_FALSE(admit(object(10, 150)));
  EXPECT_TRUE(victims_.empty());
  EXPECT_EQ(policy_.used_bytes(), 1000u);
  EXPECT_TRUE(admit(object(10, 150)));
  EXPECT_EQ(victims_.size(), 2u);
}

TEST_F(EvictionPolicyTest, GivesANewWorkingSetItsPlace) {
  for (int round = 0; round < 50; ++round)
    for (std::uint64_t i = 0; i < 10; ++i) admit(object(i, 100));
  for (int round = 0; round < 100; ++round)
    for (std::uint64_t i = 10; i < 20; ++i) admit(object(i, 100));
  for (std::uint64_t i = 10; i < 20; ++i) EXPECT_TRUE(has(i)) << i;
}

TEST_F(EvictionPolicyTest, IsNotSweptOutByOnePassOverMuchElse) {
  for (int round = 0; round < 20; ++round)
    for (std::uint64_t i = 0; i < 10; ++i) admit(object(i, 50));
  for (std::uint64_t i = 100; i < 110; ++i) admit(object(i, 100));
  for (std::uint64_t i = 0; i < 10; ++i) EXPECT_TRUE(has(i)) << i;
}

TEST_F(EvictionPolicyTest, RemembersUsesOfWhatItDropped) {
  admit(object(1, 600));
  for (int i = 0; i < 7; ++i) policy_.touch(id_of(1));
  make_room(1000);
  EXPECT_EQ(victims_, Ids{id_of(1)});
  admit(object(2, 600));
  policy_.touch(id_of(2));
  EXPECT_TRUE(admit(object(1, 600)));
  EXPECT_EQ(victims_, Ids{id_of(2)});
}

TEST_F(EvictionPolicyTest, NeverDropsWhatIsPinned) {
  admit(object(1, 600, Priority::low, true));
  admit(object(2, 400));
  EXPECT_TRUE(admit(object(3, 100)));
  EXPECT_EQ(victims_, Ids{id_of(2)});
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(admit(object(4, 500, Priority::high, true)));
  EXPECT_FALSE(make_room(500));
  EXPECT_EQ(victims_, Ids{id_of(3)});
  EXPECT_TRUE(has(1));
  policy_.set_pinned(id_of(1), false);
  EXPECT_TRUE(make_room(500));
  EXPECT_EQ(victims_, Ids{id_of(1)});
}

TEST_F(EvictionPolicyTest, PinsWhatIsThereAlready) {
  admit(object(1, 600));
  admit(object(2, 400));
  policy_.set_pinned(id_of(1), true);
  EXPECT_FALSE(make_room(1000));
  EXPECT_TRUE(has(1));
  EXPECT_FALSE(has(2));
}

TEST_F(EvictionPolicyTest, AdmitsAPinnedNewcomerInPlaceOfAnythingElse) {
  admit(object(1, 10, Priority::high));
  for (int i = 0; i < 200; ++i) policy_.touch(id_of(1));
  EXPECT_TRUE(admit(object(2, 1000, Priority::low, true)));
  EXPECT_EQ(victims_, Ids{id_of(1)});
}

TEST_F(EvictionPolicyTest, DropsLowerClassesFirst) {
  admit(object(1, 500, Priority::high));
  admit(object(2, 300, Priority::normal));
  admit(object(3, 200, Priority::low));
  for (int i = 0; i < 200; ++i) policy_.touch(id_of(3));
  for (int i = 0; i < 100; ++i) policy_.touch(id_of(2));
  EXPECT_TRUE(admit(object(4, 100, Priority::normal)));
  EXPECT_EQ(victims_, Ids{id_of(3)});
  EXPECT_FALSE(admit(object(5, 500, Priority::low)));
  EXPECT_TRUE(make_room(500));
  EXPECT_EQ(victims_, (Ids{id_of(4), id_of(2)}));
  EXPECT_TRUE(has(1));
}

TEST_F(EvictionPolicyTest, ChangesClasses) {
  admit(object(1, 500));
  admit(object(2, 100));
  policy_.set_priority(id_of(1), Priority::high);
  EXPECT_TRUE(make_room(500));
  EXPECT_EQ(victims_, Ids{id_of(2)});
  admit(object(2, 100));
  policy_.set_priority(id_of(1), Priority::low);
  EXPECT_TRUE(make_room(500));
  EXPECT_EQ(victims_, Ids{id_of(1)});
}

TEST_F(EvictionPolicyTest, RefusesWhatIsLargerThanTheQuota) {
  admit(object(1, 400));
  EXPECT_FALSE(admit(object(2, 1001)));
  EXPECT_FALSE(admit(object(3, 1001, Priority::high, true)));
  EXPECT_FALSE(make_room(1001));
  EXPECT_TRUE(has(1));
  EXPECT_TRUE(admit(object(4, 1000, Priority::high)));
  EXPECT_EQ(victims_, Ids{id_of(1)});
}

TEST_F(EvictionPolicyTest, CountsAnObjectOnce) {
  EXPECT_TRUE(admit(object(1, 400)));
  EXPECT_TRUE(admit(object(1, 400)));
  policy_.adopt(object(1, 400));
  EXPECT_EQ(policy_.objects(), 1u);
  EXPECT_EQ(policy_.used_bytes(), 400u);
}

TEST_F(EvictionPolicyTest, AdoptsBeyondTheQuotaAndMakesRoomLater) {
  for (std::uint64_t i = 0; i < 20; ++i) policy_.adopt(object(i, 100));
  EXPECT_EQ(policy_.used_bytes(), 2000u);
  EXPECT_TRUE(make_room(0));
  EXPECT_EQ(victims_.size(), 10u);
  EXPECT_EQ(policy_.used_bytes(), 1000u);
  policy_.set_quota(500);
  EXPECT_TRUE(make_room(100));
  EXPECT_EQ(policy_.used_bytes(), 400u);
}

TEST_F(EvictionPolicyTest, FollowsAnObjectsSize) {
  admit(object(1, 100));
  admit(object(2, 200));
  policy_.resize(id_of(1), 900);
  EXPECT_EQ(policy_.used_bytes(), 1100u);
  EXPECT_TRUE(make_room(0));
  EXPECT_EQ(victims_, Ids{id_of(1)});
  EXPECT_EQ(policy_.used_bytes(), 200u);
}

TEST_F(EvictionPolicyTest, ErasesAndIgnoresTheUnknown) {
  admit(object(1, 100));
  policy_.erase(id_of(1));
  policy_.erase(id_of(1));
  policy_.touch(id_of(1));
  policy_.resize(id_of(1), 5);
  policy_.set_pinned(id_of(1), true);
  EXPECT_FALSE(has(1));
  EXPECT_EQ(policy_.objects(), 0u);
  EXPECT_EQ(policy_.used_bytes(), 0u);
  EXPECT_TRUE(make_room(1000));
  EXPECT_TRUE(victims_.empty());
}

TEST_F(EvictionPolicyTest, RetainsWhatItIsToldTo) {
  for (std::uint64_t i = 0; i < 10; ++i) admit(object(i, 100));
  policy_.retain([](Id id) { return id == id_of(3) || id == id_of(7); });
  EXPECT_EQ(policy_.objects(), 2u);
  EXPECT_EQ(policy_.used_bytes(), 200u);
  EXPECT_TRUE(has(3) && has(7));
}

TEST_F(EvictionPolicyTest, HandlesObjectsOfAllSizes) {
  policy_.set_quota(4 * EvictionPolicy::kMaxObjectBytes);
  EXPECT_TRUE(admit(object(1, 0)));
  EXPECT_TRUE(admit(object(2, EvictionPolicy::kMaxObjectBytes)));
  EXPECT_TRUE(admit(object(3, 5 * kGiB)));
  EXPECT_FALSE(admit(object(4, EvictionPolicy::kMaxObjectBytes + 1)));
  EXPECT_EQ(policy_.used_bytes(), EvictionPolicy::kMaxObjectBytes + 5 * kGiB);
  EXPECT_TRUE(make_room(4 * EvictionPolicy::kMaxObjectBytes));
  EXPECT_EQ(victims_, (Ids{id_of(2), id_of(3)}));
  EXPECT_TRUE(has(1));
}

// The clock of a store that only ever sees tiny objects runs fastest.
TEST_F(EvictionPolicyTest, GoesOnWhenItsClockHasRunFull) {
  policy_.set_quota(10);
  admit(object(0, 1));
  std::uint64_t kept = 0;
  for (std::uint64_t i = 1; i < 100'000; ++i) {
    policy_.touch(id_of(0));
    kept += admit(object(i, 1)) ? 1 : 0;
    ASSERT_TRUE(has(0)) << i;
    ASSERT_LE(policy_.used_bytes(), 10u);
  }
  EXPECT_GT(kept, 40'000u);
}

}  // namespace
}  // namespace larder::store
