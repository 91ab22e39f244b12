#include "store/object_map.h"

#include <gtest/gtest.h>

#include <vector>

#include "store_fixture.h"

namespace larder::store {
namespace {

ObjectRef object_of(std::uint64_t seed, bool durable = true) {
  static const Bytes kBytes = content(1, 10);
  return make_cached_object(digest::sha256(content(seed, 8)), kBytes, nullptr, durable);
}
ObjectKey name_of(const ObjectRef& object) {
  return ObjectKey::of(object->digest());
}

TEST(ObjectMapOfOneProcess, FindsWhatWasPublished) {
  ObjectMap map(1000, /*counts_uses=*/true);
  const ObjectRef object = object_of(1);
  EXPECT_FALSE(map.find(name_of(object)));
  EXPECT_EQ(map.publish(object), object);
  map.alias(claim_of(1), object->digest());
  EXPECT_EQ(map.find(name_of(object)).size(), 10u);
  EXPECT_EQ(map.find(claim_of(1)).size(), 10u);
  EXPECT_EQ(map.hits(), 2u);
}

TEST(ObjectMapOfOneProcess, KeepsTheFirstOfTwoEqualObjects) {
  ObjectMap map(1000, /*counts_uses=*/true);
  const ObjectRef first = object_of(1);
  const ObjectRef second = object_of(1);
  map.publish(first);
  EXPECT_EQ(map.publish(second), first);
  EXPECT_EQ(map.publish_found(second, map.epoch()), first);
}

TEST(ObjectMapOfOneProcess, ForgetsADroppedObjectUnderAllItsKeys) {
  ObjectMap map(1000, /*counts_uses=*/true);
  const ObjectRef object = object_of(1);
  map.publish(object);
  map.alias(claim_of(1), object->digest());
  map.drop(object->digest());
  EXPECT_FALSE(map.find(name_of(object)));
  EXPECT_FALSE(map.find(claim_of(1)));
  const ObjectRef again = object_of(1);
  EXPECT_EQ(map.publish(again), again);
  map.alias(claim_of(1), again->digest());
  EXPECT_TRUE(map.find(claim_of(1)));
}

TEST(ObjectMapOfOneProcess, DoesNotTakeWhatWasFoundBeforeADrop) {
  ObjectMap map(1000, /*counts_uses=*/true);
  const auto epoch = map.epoch();
  const ObjectRef object = object_of(1);
  map.drop(object->digest());
  EXPECT_EQ(map.publish_found(object, epoch), object);
  EXPECT_FALSE(map.find(name_of(object)));
}

TEST(ObjectMapOfOneProcess, IsBoundedButKeepsWhatIsUsedOrNotDurable) {
  ObjectMap map(640, /*counts_uses=*/true);  // ten a shard
  const ObjectRef used = object_of(1'000'001);
  const ObjectRef pending = object_of(1'000'002, /*durable=*/false);
  map.publish(used);
  map.publish(pending);
  std::vector<ObjectRef> objects;
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    objects.push_back(object_of(i));
    map.publish(objects.back());
    EXPECT_TRUE(map.find(name_of(used)));
  }
  std::size_t kept = 0;
  for (const ObjectRef& object : objects) kept += map.peek(name_of(object)) ? 1 : 0;
  EXPECT_GT(kept, 0u);
  EXPECT_LE(kept, 640u);
  EXPECT_TRUE(map.peek(name_of(pending)));
}

TEST(ObjectMapOfOneProcess, LeavesNoClaimBehindThatADropWouldMiss) {
  ObjectMap map(64, /*counts_uses=*/true);  // one a shard
  std::vector<ObjectRef> objects;
  for (std::uint64_t i = 0; i < 500; ++i) {
    objects.push_back(object_of(i));
    map.publish(objects.back());
    map.alias(claim_of(i), objects.back()->digest());
  }
  for (const ObjectRef& object : objects) map.drop(object->digest());
  for (std::uint64_t i = 0; i < 500; ++i) EXPECT_FALSE(map.find(claim_of(i))) << i;
}

}  // namespace
}  // namespace larder::store
