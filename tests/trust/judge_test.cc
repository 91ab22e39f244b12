#include "trust/judge.h"

#include <gtest/gtest.h>

#include "documents.h"

namespace larder::trust {
namespace {

const PrivateKey kKey = PrivateKey::generate();
const PrivateKey kOther = PrivateKey::generate();

class Judge : public ::testing::Test {
 protected:
  Result<Judgement> judge(const Head& head, const PrivateKey& key = kKey) {
    return trust::judge(sealed(head.serialise(), {&key}), expected_, state_, now_, &why_);
  }
  /// What a client does with a head that it believes.
  void accept(const Head& head) {
    const auto judged = judge(head);
    ASSERT_TRUE(judged) << why_;
    raise_floors(state_, judged->head);
  }

  Expectation expected_{Root::of_pinned({kKey.public_key()}, 1), "stable"};
  State state_;
  Time now_ = at("2026-01-10T00:00:00Z");
  std::string why_;
};

TEST_F(Judge, BelievesANewerHead) {
  const auto judged = judge(some_head(7));
  ASSERT_TRUE(judged) << why_;
  EXPECT_EQ(judged->news, News::newer);
  EXPECT_FALSE(judged->expired);
  EXPECT_EQ(judged->head, some_head(7));
}

TEST_F(Judge, RefusesAStrangersSignature) {
  EXPECT_EQ(judge(some_head(), kOther).error(), errc::bad_signature);
  EXPECT_FALSE(why_.empty());
}

TEST_F(Judge, RefusesAnUnsignedHeadUnlessTheCallerSaidSo) {
  const std::string document = sealed(some_head().serialise(), {});
  EXPECT_EQ(trust::judge(document, expected_, state_, now_, &why_).error(), errc::bad_signature);
  expected_.unsigned_too = true;
  EXPECT_TRUE(trust::judge(document, expected_, state_, now_, &why_));
}

TEST_F(Judge, RefusesANonHeadThatTheKeySigned) {
  const Root root{1, quorum_of({&kKey}, 1), quorum_of({&kKey}, 1)};
  const auto judged =
      trust::judge(sealed(root.serialise(), {&kKey}), expected_, state_, now_, &why_);
  EXPECT_EQ(judged.error(), errc::bad_head);
}

TEST_F(Judge, RefusesALowerVersion) {
  accept(some_head(7));
  EXPECT_EQ(judge(some_head(6)).error(), errc::rolled_back);
  EXPECT_EQ(judge(some_head(7))->news, News::same);
  EXPECT_EQ(judge(some_head(8))->news, News::newer);
}

TEST_F(Judge, RefusesOtherContentUnderTheSameVersion) {
  accept(some_head(7));
  Head twin = some_head(7);
  twin.table.digest = digest_of(99);
  EXPECT_EQ(judge(twin).error(), errc::rolled_back);
  twin = some_head(7);
  twin.message = "the same content, other words";
  EXPECT_EQ(judge(twin)->news, News::same);
}

TEST_F(Judge, RefusesAnotherChannel) {
  Head head = some_head();
  head.channel = "beta";
  EXPECT_EQ(judge(head).error(), errc::bad_head);
}

TEST_F(Judge, TellsAnExpiredHead) {
  now_ = at("2026-02-01T00:00:00Z");
  EXPECT_FALSE(judge(some_head())->expired);
  now_ += std::chrono::seconds(1);
  EXPECT_TRUE(judge(some_head())->expired);
  Head ageless = some_head();
  ageless.expires.reset();
  EXPECT_FALSE(judge(ageless)->expired);
}

TEST_F(Judge, AClockThatLagsDoesNotReviveAnExpiredHead) {
  Head later = some_head(9);
  later.published = at("2026-06-01T00:00:00Z");
  later.expires = at("2026-12-01T00:00:00Z");
  accept(later);
  now_ = at("1970-01-01T00:00:00Z");
  Head old = some_head(10);  // expires in February
  EXPECT_TRUE(judge(old)->expired);
  EXPECT_FALSE(judge(later)->expired);
}

TEST_F(Judge, NewHeadKeysBeginToCountVersionsAnew) {
  accept(some_head(7));
  const Root before = expected_.root;
  Root after{1, before.root, quorum_of({&kOther}, 1)};
  take_root(state_, before, after, "document");
  EXPECT_EQ(state_.root, "document");
  expected_.root = after;
  EXPECT_EQ(judge(some_head(3), kKey).error(), errc::bad_signature);
  EXPECT_EQ(judge(some_head(3), kOther)->news, News::newer);
}

TEST_F(Judge, NewRootKeysAloneDoNot) {
  accept(some_head(7));
  const Root before = expected_.root;
  const Root after{1, quorum_of({&kOther}, 1), before.head};
  take_root(state_, before, after, "document");
  expected_.root = after;
  EXPECT_EQ(judge(some_head(6)).error(), errc::rolled_back);
}

TEST_F(Judge, AsksForTheRootThatTheHeadNames) {
  Head head = some_head();
  head.root_version = 4;
  EXPECT_EQ(root_version_asked_for(sealed(head.serialise(), {&kOther})), 4u);
  EXPECT_EQ(root_version_asked_for("no head"), 0u);
}

TEST(Rollout, TakesAShareThatOnlyGrows) {
  Head head = some_head();
  int last = 0;
  std::vector<bool> was(1000, false);
  for (const unsigned percent : {0u, 1u, 10u, 50u, 99u, 100u}) {
    head.rollout = percent;
    int takes = 0;
    for (std::size_t i = 0; i < was.size(); ++i) {
      const bool does = takes_part(head, std::to_string(i));
      EXPECT_TRUE(does || !was[i]);
      was[i] = does;
      takes += does ? 1 : 0;
    }
    EXPECT_GE(takes, last);
    EXPECT_NEAR(takes, static_cast<int>(percent) * 10, 60) << percent;
    last = takes;
  }
  EXPECT_EQ(last, 1000);
}

TEST(Rollout, DrawsAnewForEachRelease) {
  int differ = 0;
  Head one = some_head(1);
  Head two = some_head(2);
  one.rollout = two.rollout = 50;
  for (int i = 0; i < 1000; ++i)
    differ += takes_part(one, std::to_string(i)) != takes_part(two, std::to_string(i)) ? 1 : 0;
  EXPECT_NEAR(differ, 500, 100);
}

TEST(AppGate, HoldsBackOlderAppsOnly) {
  Head head = some_head();
  EXPECT_TRUE(app_is_new_enough(head, "0.1"));
  head.min_app = "1.10";
  EXPECT_FALSE(app_is_new_enough(head, "1.9"));
  EXPECT_TRUE(app_is_new_enough(head, "1.10"));
  EXPECT_TRUE(app_is_new_enough(head, "2"));
  EXPECT_TRUE(app_is_new_enough(head, ""));
}

}  // namespace
}  // namespace larder::trust
