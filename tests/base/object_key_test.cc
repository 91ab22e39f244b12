#include "base/object_key.h"

#include <gtest/gtest.h>

#include <bit>
#include <set>
#include <unordered_set>

namespace larder {
namespace {

Digest digest_of(unsigned char first) {
  Digest digest;
  digest.bytes[0] = std::byte{first};
  return digest;
}

TEST(ObjectKey, OfADigestIsThatDigest) {
  const ObjectKey key = ObjectKey::of(digest_of(7));
  EXPECT_EQ(key.kind, ObjectKey::Kind::digest);
  EXPECT_EQ(key.bytes, digest_of(7).bytes);
  EXPECT_NE(key, ObjectKey::of(digest_of(8)));
}

TEST(ObjectKey, OfAClaimTellsEveryPartApart) {
  const ObjectKey key = ObjectKey::of_claim(1, "LAYA", 2, 3);
  EXPECT_EQ(key, ObjectKey::of_claim(1, "LAYA", 2, 3));
  EXPECT_NE(key, ObjectKey::of_claim(9, "LAYA", 2, 3));
  EXPECT_NE(key, ObjectKey::of_claim(1, "COCO", 2, 3));
  EXPECT_NE(key, ObjectKey::of_claim(1, "LAYA", 9, 3));
  EXPECT_NE(key, ObjectKey::of_claim(1, "LAYA", 2, 9));
  EXPECT_NE(key, ObjectKey::of_claim(1, "LAYA", 3, 2));
}

TEST(ObjectKey, OfAClaimNeverEqualsADigestOfTheSameBytes) {
  const ObjectKey claim = ObjectKey::of_claim(1, "LAYA", 2, 3);
  const ObjectKey digest{ObjectKey::Kind::digest, claim.bytes};
  EXPECT_NE(claim, digest);
  EXPECT_NE(ObjectKeyHash{}(claim), ObjectKeyHash{}(digest));
}

TEST(ObjectKeyHash, DoesNotCollideOnNeighbouringClaims) {
  std::set<std::size_t> hashes;
  for (std::uint64_t path = 0; path < 300; ++path)
    for (std::uint64_t version = 0; version < 300; ++version)
      hashes.insert(ObjectKeyHash{}(ObjectKey::of_claim(42, "LAYA", path, version)));
  EXPECT_EQ(hashes.size(), 300U * 300U);
}

TEST(ObjectKeyHash, SpreadsOverTheLowBitsThatMapsUse) {
  // 64 buckets, 6,400 claims that differ in the path id only: none is empty or takes three times
  // its share.
  unsigned buckets[64] = {};
  for (std::uint64_t path = 0; path < 6400; ++path)
    ++buckets[ObjectKeyHash{}(ObjectKey::of_claim(1, "LAYA", path << 20, 1)) % 64];
  for (const unsigned count : buckets) {
    EXPECT_GT(count, 0U);
    EXPECT_LT(count, 300U);
  }
}

TEST(ObjectKeyHash, ChangesManyBitsWithOneBitOfAnyByte) {
  const ObjectKey key = ObjectKey::of(digest_of(0));
  for (std::size_t i = 0; i < key.bytes.size(); ++i) {
    ObjectKey other = key;
    other.bytes[i] ^= std::byte{1};
    const auto changed = std::popcount(ObjectKeyHash{}(key) ^ ObjectKeyHash{}(other));
    EXPECT_GE(changed, 4) << "byte " << i;
  }
}

TEST(ObjectKeyHash, ServesAnUnorderedSet) {
  std::unordered_set<ObjectKey, ObjectKeyHash> keys;
  for (unsigned char i = 0; i < 200; ++i) keys.insert(ObjectKey::of(digest_of(i)));
  EXPECT_EQ(keys.size(), 200U);
  EXPECT_TRUE(keys.contains(ObjectKey::of(digest_of(199))));
  EXPECT_FALSE(keys.contains(ObjectKey::of(digest_of(200))));
}

}  // namespace
}  // namespace larder
