// What a client of a native origin believes, and what it takes over.
#include <gtest/gtest.h>

#include <vector>

#include "flow/native_flow.h"
#include "trust/root.h"

namespace larder {
namespace {

using test::expect_content;
using test::NativeGame;
using test::NativeTree;

TEST_F(NativeFlow, RefusesAStrangersKeyAndAnyWayAround) {
  const auto stranger = trust::PrivateKey::generate();
  Options options = game_.app();
  options.trust.keys = {trust::to_text(stranger.public_key())};
  EXPECT_EQ(Vfs::open(options).error(), errc::bad_signature);
  options.trust.keys = {};
  EXPECT_EQ(Vfs::open(options).error(), errc::bad_signature) << "and no origin in development";
  options.layout = Layout::native;
  EXPECT_EQ(Vfs::open(options).error(), errc::invalid_argument);
  options.trust.allow_unsigned = true;
  EXPECT_TRUE(Vfs::open(options));
  options.trust.keys = {"no key"};
  EXPECT_EQ(Vfs::open(options).error(), errc::invalid_argument);
  options = game_.app();
  options.trust.threshold = 2;
  EXPECT_EQ(Vfs::open(options).error(), errc::invalid_argument);
}

TEST_F(NativeFlow, AnOriginWithoutItsHeadIsNotTakenForAWeakerOne) {
  std::filesystem::remove_all(game_.root() / "heads");
  test::write_file(game_.root() / "update/assetsid.txt", "0123456789abcdef0123456789abcdef");
  EXPECT_EQ(Vfs::open(game_.app()).error(), errc::not_found);
}

TEST_F(NativeFlow, UnsignedOriginsAreFoundOutOnlyIfAllowed) {
  v1_.announce(game_.root(), 1, {});
  Options options = game_.app();
  options.trust.keys = {};
  options.trust.allow_unsigned = true;
  Vfs vfs = NativeGame::open(options);
  expect_content(vfs, "a.txt", "alpha", Source::origin);
  EXPECT_EQ(Vfs::open(game_.app()).error(), errc::bad_signature);
}

TEST_F(NativeFlow, WhatAnUnsignedRunBelievedIsNothingToATrustingOne) {
  {
    v1_.files["a.txt"] = "forged";
    v1_.write(game_.root());
    v1_.announce(game_.root(), 1, {});
    Options options = game_.app();
    options.trust.keys = {};
    options.trust.allow_unsigned = true;
    ASSERT_TRUE(NativeGame::open(options).read("a.txt"));
  }
  Options options = game_.app();
  options.offline = true;
  EXPECT_EQ(Vfs::open(options).error(), errc::offline);
}

TEST_F(NativeFlow, RefusesToGoBack) {
  game_.publish(v1_, 7);
  { Vfs vfs = game_.open(); }
  game_.publish(v1_, 6);
  Vfs vfs = game_.open();
  EXPECT_EQ(vfs.release_id(), "stable-7");
  EXPECT_EQ(vfs.refresh().error(), errc::rolled_back);
  NativeTree twin = next_release();
  game_.publish(twin, 7);
  EXPECT_EQ(vfs.refresh().error(), errc::rolled_back);
  expect_content(vfs, "a.txt", "alpha", Source::origin);
}

TEST_F(NativeFlow, AnExpiredHeadIsServedOnButNothingNewIsTaken) {
  const auto past = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) -
                    std::chrono::hours(1);
  { Vfs vfs = game_.open(); }
  v1_.head.published = past - std::chrono::hours(1);
  v1_.head.expires = past;
  v1_.announce(game_.root(), 1, {&game_.key()});
  Vfs vfs = game_.open();
  EXPECT_TRUE(vfs.release_info()->stale);
  expect_content(vfs, "a.txt", "alpha", Source::origin);  // fetched on
  EXPECT_TRUE(vfs.refresh()->stale);

  NativeTree v2 = next_release();
  v2.head.published = past - std::chrono::hours(1);
  v2.head.expires = past;
  game_.publish(v2, 2);
  EXPECT_EQ(vfs.refresh().error(), errc::expired);
  EXPECT_EQ(vfs.release_id(), "stable-1");
  expect_content(vfs, "dir/old.txt", "old", Source::origin);

  Options fresh = game_.app();
  fresh.store = game_.scratch() / "another";
  EXPECT_EQ(Vfs::open(fresh).error(), errc::expired);
  fresh.trust.allow_expired = true;
  EXPECT_EQ(NativeGame::open(fresh).release_id(), "stable-2");
}

TEST_F(NativeFlow, AHeadThatIsSignedAgainIsNoLongerStale) {
  const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
  v1_.head.published = now - std::chrono::hours(2);
  v1_.head.expires = now - std::chrono::hours(1);
  v1_.announce(game_.root(), 1, {&game_.key()});
  Options options = game_.app();
  options.trust.allow_expired = true;
  Vfs vfs = NativeGame::open(options);
  EXPECT_TRUE(vfs.release_info()->stale);
  v1_.head.expires = now + std::chrono::hours(1);
  v1_.announce(game_.root(), 1, {&game_.key()});
  const auto refreshed = vfs.refresh();
  ASSERT_TRUE(refreshed);
  EXPECT_FALSE(refreshed->changed);
  EXPECT_FALSE(refreshed->stale);
}

TEST_F(NativeFlow, FollowsRootsAndRemembersThem) {
  const auto second_root = trust::PrivateKey::generate();
  const auto publisher = trust::PrivateKey::generate();
  const trust::Quorum first{{game_.key().public_key()}, 1};
  const trust::Quorum second{{second_root.public_key()}, 1};
  const trust::Quorum heads{{publisher.public_key()}, 1};
  const auto write_root = [&](const trust::Root& root,
                              const std::vector<const trust::PrivateKey*>& keys) {
    trust::Envelope envelope{root.serialise(), {}};
    for (const auto* key : keys) envelope.sign(*key);
    test::write_file(game_.root() / filetable::root_path(root.version), envelope.serialise());
  };
  write_root({1, first, heads}, {&game_.key()});
  write_root({2, second, heads}, {&game_.key(), &second_root});
  NativeTree v2 = next_release();
  v2.head.root_version = 2;
  v2.write(game_.root());
  v2.announce(game_.root(), 2, {&publisher});
  {
    Vfs vfs = game_.open();
    EXPECT_EQ(vfs.release_id(), "stable-2");
  }
  // The pinned key speaks no more, not even for a head that asks for no root.
  v1_.announce(game_.root(), 3, {&game_.key()});
  Vfs vfs = game_.open();
  EXPECT_EQ(vfs.refresh().error(), errc::bad_signature);
  EXPECT_EQ(vfs.release_id(), "stable-2");
  v2.announce(game_.root(), 4, {&publisher});
  EXPECT_TRUE(vfs.refresh());
  // A root that the second one has not signed leads nowhere.
  const auto thief = trust::PrivateKey::generate();
  write_root({3, {{thief.public_key()}, 1}, {{thief.public_key()}, 1}}, {&thief, &game_.key()});
  v2.head.root_version = 3;
  v2.announce(game_.root(), 5, {&thief});
  EXPECT_EQ(vfs.refresh().error(), errc::bad_signature);
}

TEST_F(NativeFlow, ChannelsAreApart) {
  NativeTree beta = next_release();
  beta.head.channel = "beta";
  game_.publish(beta, 1);
  Options options = game_.app();
  options.trust.channel = "beta";
  {
    Vfs vfs = NativeGame::open(options);
    expect_content(vfs, "new.txt", "new", Source::origin);
  }
  Vfs stable = game_.open();
  EXPECT_EQ(stable.read("new.txt").error(), errc::not_listed);
  // A head of one channel is none of another.
  std::filesystem::copy_file(game_.root() / "heads/beta.json", game_.root() / "heads/stable.json",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(stable.refresh().error(), errc::bad_head);
}

TEST_F(NativeFlow, ARolloutTakesItsShareOfTheClients) {
  NativeTree v2 = next_release();
  v2.head.rollout = 50;
  int took = 0;
  constexpr int kClients = 40;
  const auto options_of = [&](int client) {
    Options options = game_.app();
    options.store = game_.scratch() / ("client" + std::to_string(client));
    return options;
  };
  for (int i = 0; i < kClients; ++i) {
    Vfs vfs = NativeGame::open(options_of(i));
  }
  game_.publish(v2, 2);
  for (int i = 0; i < kClients; ++i) {
    Vfs vfs = NativeGame::open(options_of(i));
    const bool takes = vfs.release_id() == "stable-2";
    took += takes ? 1 : 0;
    EXPECT_EQ(vfs.release_info()->held_back, !takes);
    EXPECT_EQ(vfs.release_info()->newest_version, 2u);
    EXPECT_EQ(vfs.refresh()->held_back, !takes);  // and not another draw
  }
  EXPECT_GT(took, 5);
  EXPECT_LT(took, 35);
  v2.head.rollout = 100;
  v2.announce(game_.root(), 2, {&game_.key()});
  for (int i = 0; i < kClients; ++i)
    EXPECT_EQ(NativeGame::open(options_of(i)).release_id(), "stable-2");
}

TEST_F(NativeFlow, AnOlderAppKeepsWhatItHas) {
  Options options = game_.app();
  options.trust.app_version = "1.9";
  { Vfs vfs = NativeGame::open(options); }
  NativeTree v2 = next_release();
  v2.head.min_app = "1.10";
  game_.publish(v2, 2);
  {
    Vfs vfs = NativeGame::open(options);
    EXPECT_EQ(vfs.release_id(), "stable-1");
    EXPECT_TRUE(vfs.release_info()->held_back);
  }
  options.trust.app_version = "1.10";
  EXPECT_EQ(NativeGame::open(options).release_id(), "stable-2");
}

}  // namespace
}  // namespace larder
