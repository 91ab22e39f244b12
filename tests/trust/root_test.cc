#include "trust/root.h"

#include <gtest/gtest.h>

#include "documents.h"

namespace larder::trust {
namespace {

const PrivateKey kA = PrivateKey::generate();
const PrivateKey kB = PrivateKey::generate();
const PrivateKey kC = PrivateKey::generate();
const PrivateKey kHead = PrivateKey::generate();

Root root_of(std::uint64_t version, Quorum quorum) {
  return {version, std::move(quorum), quorum_of({&kHead}, 1)};
}

TEST(Root, ReadsWhatItWrites) {
  const Root root = root_of(2, quorum_of({&kA, &kB, &kC}, 2));
  EXPECT_EQ(*Root::parse(root.serialise(), nullptr), root);
}

TEST(Root, FirstDocumentIsSignedByThePinnedKeysAndItsOwn) {
  const Root pinned = Root::of_pinned({kA.public_key()}, 1);
  const std::string text = root_of(1, quorum_of({&kB, &kC}, 2)).serialise();
  EXPECT_TRUE(next_root(pinned, sealed(text, {&kA, &kB, &kC}), nullptr));
  EXPECT_EQ(next_root(pinned, sealed(text, {&kB, &kC}), nullptr).error(), errc::bad_signature);
  EXPECT_EQ(next_root(pinned, sealed(text, {&kA, &kB}), nullptr).error(), errc::bad_signature);
  EXPECT_EQ(next_root(pinned, sealed(text, {&kA}), nullptr).error(), errc::bad_signature);
}

TEST(Root, NextDocumentIsSignedByTheThresholdsOfBoth) {
  const Root one = root_of(1, quorum_of({&kA, &kB}, 2));
  const std::string two = root_of(2, quorum_of({&kB, &kC}, 2)).serialise();
  const auto next = next_root(one, sealed(two, {&kA, &kB, &kC}), nullptr);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->version, 2u);
  EXPECT_EQ(next_root(one, sealed(two, {&kB, &kC}), nullptr).error(), errc::bad_signature);
  EXPECT_EQ(next_root(one, sealed(two, {&kA, &kB}), nullptr).error(), errc::bad_signature);
}

TEST(Root, VersionsFollowEachOther) {
  const Root one = root_of(1, quorum_of({&kA}, 1));
  for (const std::uint64_t version : {1, 3}) {
    const std::string text = root_of(version, quorum_of({&kA}, 1)).serialise();
    EXPECT_EQ(next_root(one, sealed(text, {&kA}), nullptr).error(), errc::bad_head) << version;
  }
}

TEST(Root, ThatCameWithTheAppIsSignedByItself) {
  const std::string text = root_of(5, quorum_of({&kA, &kB}, 2)).serialise();
  EXPECT_TRUE(trusted_root(sealed(text, {&kA, &kB}), nullptr));
  EXPECT_EQ(trusted_root(sealed(text, {&kA}), nullptr).error(), errc::bad_signature);
  EXPECT_EQ(trusted_root("{}", nullptr).error(), errc::bad_head);
  EXPECT_EQ(trusted_root(sealed(some_head().serialise(), {&kA}), nullptr).error(), errc::bad_head);
}

TEST(Root, RefusesQuorumsThatMakeNoSense) {
  const auto refused = [](Quorum quorum) {
    return !Root::parse(root_of(1, std::move(quorum)).serialise(), nullptr);
  };
  EXPECT_FALSE(refused(quorum_of({&kA, &kB}, 2)));
  EXPECT_TRUE(refused(quorum_of({&kA, &kB}, 0)));
  EXPECT_TRUE(refused(quorum_of({&kA, &kB}, 3)));
  EXPECT_TRUE(refused(quorum_of({}, 1)));
  EXPECT_TRUE(refused(quorum_of({&kA, &kA}, 1)));
  Quorum crowd = quorum_of({}, 1);
  for (unsigned char i = 0; i <= Root::kMaxKeys; ++i) crowd.keys.push_back({digest_of(i).bytes});
  EXPECT_TRUE(refused(crowd));
}

}  // namespace
}  // namespace larder::trust
