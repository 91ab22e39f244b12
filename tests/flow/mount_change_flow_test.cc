// Mounts that come and go, and newer releases of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "flow/mount_game.h"

namespace larder {
namespace {

using test::expect_content;
using test::NativeGame;
using test::NativeTree;
using ::testing::HasSubstr;

class MountChangeFlow : public test::MountGame {
 protected:
  static void publish_next(NativeGame& game, const NativeTree& tree, std::uint64_t version) {
    NativeTree next = tree;
    next.head = {};
    next.files["a.txt"] += " in version " + std::to_string(version);
    game.publish(next, version);
  }
};

TEST_F(MountChangeFlow, ARefreshTakesOverWhatIsNewEverywhere) {
  Vfs vfs = open();
  EXPECT_FALSE(vfs.refresh()->changed);
  publish_next(dlc_, dlc_tree_, 8);
  auto refreshed = vfs.refresh();
  ASSERT_TRUE(refreshed) << refreshed.error().message();
  EXPECT_TRUE(refreshed->changed);
  EXPECT_EQ(refreshed->id, "stable-1") << "of the root";
  expect_content(vfs, "dlc1/a.txt", "alpha of the dlc in version 8", Source::origin);
  publish_next(base_, base_tree_, 2);
  publish_next(dlc_, dlc_tree_, 9);
  ASSERT_TRUE(vfs.refresh());
  expect_content(vfs, "a.txt", "alpha in version 2", Source::origin);
  expect_content(vfs, "dlc1/a.txt", "alpha of the dlc in version 9", Source::origin);
}

TEST_F(MountChangeFlow, AnOriginThatFailsKeepsNoOtherFromSwitching) {
  Vfs vfs = open();
  publish_next(base_, base_tree_, 2);
  publish_next(dlc_, dlc_tree_, 6);  // a roll-back
  const auto refreshed = vfs.refresh();
  ASSERT_TRUE(refreshed) << refreshed.error().message();
  EXPECT_TRUE(refreshed->changed);
  EXPECT_EQ(refreshed->id, "stable-2");
  ASSERT_EQ(refreshed->failures.size(), 1u);
  EXPECT_EQ(refreshed->failures[0].mount, "dlc1/");
  EXPECT_EQ(refreshed->failures[0].error, errc::rolled_back);
  EXPECT_THAT(base_.log(), HasSubstr("mount dlc1/: "));
  expect_content(vfs, "dlc1/a.txt", "alpha of the dlc", Source::origin);
  expect_content(vfs, "a.txt", "alpha in version 2", Source::origin);
  publish_next(base_, base_tree_, 1);
  EXPECT_EQ(vfs.refresh().error(), errc::rolled_back) << "every origin fails";
}

TEST_F(MountChangeFlow, WhatCannotBeMountedChangesNothing) {
  Vfs vfs = open();
  const auto before = vfs.mounts()->size();
  EXPECT_EQ(vfs.mount("../x", mount_of(base_)).error(), errc::bad_path);
  EXPECT_EQ(vfs.mount("x", {}).error(), errc::invalid_argument);
  MountOptions strangers = mount_of(dlc_);
  strangers.trust = base_.app().trust;
  EXPECT_EQ(vfs.mount("x", strangers).error(), errc::bad_signature);
  EXPECT_THAT(base_.log(), HasSubstr("mount x/: "));
  MountOptions untrusting = mount_of(dlc_);
  untrusting.trust = {};
  EXPECT_EQ(vfs.mount("x", untrusting).error(), errc::bad_signature);
  EXPECT_EQ(vfs.unmount("x").error(), errc::invalid_argument);
  EXPECT_EQ(vfs.mounts()->size(), before);
  expect_content(vfs, "dlc1/a.txt", "alpha of the dlc", Source::origin);
}

TEST_F(MountChangeFlow, EachOriginIsRememberedForItself) {
  {
    Vfs vfs = open();
    ASSERT_TRUE(vfs.read("a.txt") && vfs.read("dlc1/a.txt"));
  }
  Options options = base_.app();
  options.offline = true;
  Vfs vfs = open(std::move(options));
  expect_content(vfs, "a.txt", "alpha", Source::store);
  expect_content(vfs, "dlc1/a.txt", "alpha of the dlc", Source::store);
  EXPECT_EQ(vfs.read("dlc1/maps/3.map").error(), errc::offline);
  EXPECT_EQ(vfs.refresh().error(), errc::offline);
}

TEST_F(MountChangeFlow, FiguresOutliveTheMount) {
  Vfs vfs = open();
  ASSERT_TRUE(vfs.read("dlc1/a.txt"));
  const Stats before = vfs.stats();
  ASSERT_TRUE(vfs.unmount("dlc1/"));
  const Stats after = vfs.stats();
  EXPECT_EQ(before.table_bytes, after.table_bytes);
  EXPECT_EQ(before.table_requests, after.table_requests);
  EXPECT_EQ(after.from_origin, 1u);
}

TEST_F(MountChangeFlow, WhatHasBegunIsFinishedAfterTheMountIsGone) {
  test::Gate gate;
  test::Game laya;
  test::LayaTree tree;
  tree.files = {{"slow.bin", std::string(3000, 's')}, {"b.bin", "b"}};
  laya.publish(tree);
  laya.follow([&](const std::string& path) -> std::optional<test::Reply> {
    const std::string& body = tree.files.at(path);
    return test::Reply().wait_for(gate).send(
        "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  });
  Vfs vfs = open();
  expect_mount(vfs, "laya", mount_of(laya));
  auto file = vfs.open_file("laya/slow.bin");
  ASSERT_TRUE(file);
  auto job = vfs.prefetch({"laya/b.bin"});
  ASSERT_TRUE(job);
  ASSERT_TRUE(test::ScriptedServer::eventually([&] { return laya.connections() >= 2; }));
  ASSERT_TRUE(vfs.unmount("laya"));
  EXPECT_EQ(vfs.read("laya/slow.bin").error(), errc::not_listed);
  gate.open();
  const auto whole = file->whole();
  ASSERT_TRUE(whole) << whole.error().message();
  EXPECT_EQ(whole->text(), tree.files["slow.bin"]);
  EXPECT_EQ(job->wait()->fetched, 1u);
}

TEST_F(MountChangeFlow, ReadersGoOnWhileMountsComeAndGo) {
  Options options = base_.app();
  options.refresh_every = std::chrono::seconds(1);
  Vfs vfs = open(std::move(options));
  ASSERT_TRUE(vfs.read("a.txt") && vfs.read("dlc1/a.txt"));
  std::atomic<bool> over{false};
  std::atomic<int> wrong{0};
  std::atomic<std::uint64_t> reads{0};
  const auto look = [&](const std::string& path, const std::vector<std::string>& contents) {
    const auto blob = vfs.read(path);
    ++reads;
    if (!blob && blob.error() == errc::not_listed && contents.front().empty()) return;
    bool right = false;
    for (const std::string& content : contents) right = right || (blob && blob->text() == content);
    if (!right) ++wrong;
  };
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i)
    readers.emplace_back([&] {
      while (!over) {
        look("a.txt", {"alpha", "alpha of the dlc"});
        look("dlc1/a.txt", {"alpha of the dlc", "covered"});
        look("dlc2/maps/3.map", {"", "three"});
        look("maps/1.map", {"one"});
        static_cast<void>(vfs.list(""));
        static_cast<void>(vfs.stat("dlc2"));
        static_cast<void>(vfs.explain("dlc2/a.txt"));
      }
    });
  for (int round = 0; round < 10; ++round) {
    EXPECT_TRUE(vfs.mount("dlc2", mount_of(dlc_)));
    EXPECT_TRUE(vfs.mount("", mount_of(dlc_)));
    EXPECT_TRUE(vfs.unmount("dlc1"));
    static_cast<void>(vfs.stats());
    EXPECT_TRUE(vfs.mount("dlc1", mount_of(dlc_)));
    EXPECT_TRUE(vfs.unmount(""));
    EXPECT_TRUE(vfs.unmount("dlc2"));
    const auto until = reads.load() + 30;
    while (reads < until) std::this_thread::yield();
  }
  over = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(vfs.mounts()->size(), 2u);
}

}  // namespace
}  // namespace larder
