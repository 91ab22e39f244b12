// Snapshots: who holds one sees the releases of its moment, whatever comes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <larder/snapshot.h>

#include "base/heap_blob.h"
#include "flow/game.h"
#include "flow/mount_game.h"
#include "flow/native_flow.h"

namespace larder {
namespace {

using test::expect_content;
using test::NativeGame;
using test::NativeTree;

class SnapshotFlow : public NativeFlow {};
class SnapshotOfMounts : public test::MountGame {};

void expect_text(const Result<Blob>& blob, std::string_view text) {
  ASSERT_TRUE(blob) << blob.error().message();
  EXPECT_EQ(blob->text(), text);
}

/// Reads and waits for the callback.
template <class From>
Result<Blob> read_async(From& from, const std::string& path) {
  std::promise<Result<Blob>> promise;
  from.read_async(path, [&](Result<Blob> blob) { promise.set_value(std::move(blob)); });
  return promise.get_future().get();
}

TEST_F(SnapshotFlow, GoesOnWithTheReleaseThatItWasTakenFrom) {
  Vfs vfs = game_.open();
  const Snapshot before = vfs.snapshot();
  NativeTree v2 = next_release();
  game_.publish(v2, 2);
  ASSERT_TRUE(vfs.refresh()->changed);
  const Snapshot after = vfs.snapshot();

  expect_text(before.read("a.txt"), "alpha");
  expect_text(after.read("a.txt"), "alpha, second edition");
  expect_content(vfs, "a.txt", "alpha, second edition", Source::store);
  expect_text(before.try_read("a.txt"), "alpha");
  expect_text(read_async(before, "dir/old.txt"), "old");
  EXPECT_EQ(read_async(after, "dir/old.txt").error(), errc::not_listed);
  EXPECT_EQ(before.read("new.txt").error(), errc::not_listed);
  auto file = before.open_file("big/compressible.txt");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->whole()->text(), v1_.files["big/compressible.txt"]);

  EXPECT_TRUE(before.exists("dir/old.txt"));
  EXPECT_FALSE(after.exists("dir/old.txt"));
  EXPECT_EQ(before.stat("a.txt")->size_bytes, 5u);
  EXPECT_EQ(after.stat("a.txt")->size_bytes, 21u);
  EXPECT_EQ(before.list("dir")->size(), 2u);
  EXPECT_EQ(after.list("dir")->size(), 1u);
  EXPECT_EQ(before.explain("dir/old.txt")->source, "store");
  EXPECT_EQ(after.explain("dir/old.txt")->route, "not_listed");
  EXPECT_EQ(before.release_id(), "stable-1");
  EXPECT_EQ(after.release_id(), "stable-2");
  EXPECT_EQ(before.file_count(), v1_.files.size());
  const Snapshot copy = before;
  expect_text(copy.read("a.txt"), "alpha");
}

TEST_F(SnapshotFlow, FetchesPagesOfItsOwnRelease) {
  NativeTree tree = test::many_files(3000);
  game_.publish(tree, 2);
  Vfs vfs = game_.open();
  const Snapshot before = vfs.snapshot();
  for (auto& [path, content] : tree.files) content += ", changed";
  game_.publish(tree, 3);
  ASSERT_TRUE(vfs.refresh()->changed);
  for (const int i : {7, 1007, 2999}) {
    const std::string name = "folder" + std::to_string(i % 20) + "/file" + std::to_string(i);
    const std::string text = "content of file number " + std::to_string(i);
    expect_text(read_async(before, name), text);
    expect_text(vfs.read(name), text + ", changed");
  }
  EXPECT_EQ(before.try_read("folder1/file1").error(), errc::would_fetch);
  EXPECT_EQ(before.try_read("folder1/file1", {.start_fetching = true}).error(), errc::would_fetch);
  while (!before.try_read("folder1/file1")) std::this_thread::yield();
  expect_text(before.try_read("folder1/file1"), "content of file number 1");
}

TEST_F(SnapshotFlow, WhatTheOriginHasNoMoreIsAnErrorAndNeverAnotherRelease) {
  Vfs vfs = game_.open();
  const Snapshot before = vfs.snapshot();
  ASSERT_TRUE(before.exists("a.txt"));
  std::filesystem::remove(game_.root() /
                          filetable::object_path(v1_.entries["a.txt"].digest, Encoding::identity));
  NativeTree v2 = next_release();
  game_.publish(v2, 2);
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(before.read("a.txt").error(), errc::not_found);
  EXPECT_EQ(before.read("a.txt").error(), condition::absent);
  expect_content(vfs, "a.txt", "alpha, second edition", Source::origin);
  EXPECT_EQ(read_async(before, "a.txt").error(), errc::not_found);
}

TEST(SnapshotOfLaya, AChangedFileIsAnErrorAndNeverAnotherRelease) {
  test::Game game;
  test::LayaTree tree;
  tree.files = {{"held.txt", "held"}, {"same.txt", "same"}, {"changes.txt", "first"}};
  game.publish(tree);
  Options options = game.app();
  options.attempts = 1;
  Vfs vfs = test::Game::open(std::move(options));
  ASSERT_TRUE(vfs.read("held.txt"));
  const Snapshot before = vfs.snapshot();
  ASSERT_EQ(before.list("")->size(), 3u);
  tree.files = {{"held.txt", "let go"}, {"same.txt", "same"}, {"changes.txt", "second"}};
  game.publish(tree);
  ASSERT_TRUE(vfs.refresh()->changed);
  expect_text(before.read("held.txt"), "held");
  expect_text(before.read("same.txt"), "same");
  EXPECT_EQ(before.read("changes.txt").error(), errc::damaged);
  EXPECT_EQ(read_async(before, "changes.txt").error(), errc::damaged);
  EXPECT_EQ(before.list("")->size(), 3u);
  expect_content(vfs, "changes.txt", "second", Source::origin);
  expect_content(vfs, "held.txt", "let go", Source::origin);
}

/// A native origin of which one page is not sent before a gate opens.
class LatePage : public ::testing::Test {
 protected:
  LatePage() {
    tree_.write(game_.root());
    tree_.announce(game_.root(), 1, {&key_});
    // Any leaf: children come first.
    const auto& [page, bytes] = tree_.pages.front();
    name_ = first_path_of(bytes);
    game_.follow([this, target = filetable::object_path(page.digest, Encoding::identity),
                  body = bytes](const std::string& path) -> std::optional<test::Reply> {
      if (path != target) return std::nullopt;
      return test::Reply().tell(asked_).wait_for(gate_).send(
          "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    });
  }
  static std::string first_path_of(const std::string& page) {
    const auto bytes = test::bytes_of(page);
    return filetable::Page::parse(make_heap_blob({bytes.begin(), bytes.end()}, Source::origin))
        ->first_key();
  }
  Vfs open() {
    Options options = game_.app();
    options.trust.keys = {trust::to_text(key_.public_key())};
    return test::Game::open(std::move(options));
  }
  void publish_changed() {
    NativeTree next = tree_;
    next.head = {};
    for (auto& [path, content] : next.files) content += ", changed";
    next.write(game_.root());
    next.announce(game_.root(), 2, {&key_});
  }

  const trust::PrivateKey key_ = trust::PrivateKey::generate();
  test::Game game_;
  NativeTree tree_ = test::many_files(3000);
  std::string name_;
  test::Gate asked_;
  test::Gate gate_;
};

TEST_F(LatePage, AnAsynchronousReadGoesOnWithTheReleaseThatItBeganWith) {
  Vfs vfs = open();
  std::promise<Result<Blob>> promise;
  vfs.read_async(name_, [&](Result<Blob> blob) { promise.set_value(std::move(blob)); });
  ASSERT_TRUE(test::ScriptedServer::eventually([&] { return asked_.is_open(); }));
  publish_changed();
  ASSERT_TRUE(vfs.refresh()->changed);
  gate_.open();
  expect_text(promise.get_future().get(), tree_.files[name_]);
  expect_text(vfs.read(name_), tree_.files[name_] + ", changed");
}

TEST_F(SnapshotFlow, OutlivesItsVfs) {
  std::optional<Vfs> vfs = game_.open();
  const Snapshot snapshot = vfs->snapshot();
  ASSERT_TRUE(snapshot.read("a.txt"));
  vfs.reset();
  EXPECT_EQ(snapshot.read("a.txt").error(), errc::cancelled);
  EXPECT_EQ(snapshot.try_read("a.txt").error(), errc::cancelled);
  EXPECT_EQ(read_async(snapshot, "a.txt").error(), errc::cancelled);
  EXPECT_EQ(snapshot.open_file("a.txt").error(), errc::cancelled);
  EXPECT_EQ(snapshot.stat("a.txt").error(), errc::cancelled);
  EXPECT_EQ(snapshot.list("").error(), errc::cancelled);
  EXPECT_EQ(snapshot.explain("a.txt").error(), errc::cancelled);
  EXPECT_FALSE(snapshot.exists("a.txt"));
  EXPECT_EQ(snapshot.release_id(), "stable-1");
}

TEST_F(SnapshotOfMounts, HoldsTheMountsOfItsMoment) {
  Vfs vfs = open();
  const Snapshot before = vfs.snapshot();
  ASSERT_TRUE(vfs.unmount("dlc1"));
  expect_mount(vfs, "dlc2", mount_of(dlc_));
  expect_content(vfs, "dlc1/a.txt", "covered", Source::origin);
  expect_text(before.read("dlc1/a.txt"), "alpha of the dlc");
  expect_text(before.read("dlc1/big.txt"), dlc_tree_.files["big.txt"]);
  EXPECT_EQ(before.read("dlc1/only-here.txt").error(), errc::not_listed);
  EXPECT_EQ(before.read("dlc2/a.txt").error(), errc::not_listed);
  EXPECT_EQ(before.explain("dlc1/maps/3.map")->mount, "dlc1/");
  EXPECT_EQ(before.list("dlc1")->size(), 3u);
  EXPECT_FALSE(before.exists("dlc2/maps/3.map"));
  EXPECT_TRUE(vfs.exists("dlc2/maps/3.map"));
}

TEST_F(SnapshotOfMounts, AStormOfReadersRefreshesAndMounts) {
  // In version n of either origin every file says n. Who holds a snapshot reads one number from it.
  const auto publish = [](NativeGame& game, std::uint64_t version) {
    NativeTree tree;
    for (int i = 0; i < 8; ++i)
      tree.files["f" + std::to_string(i)] = std::to_string(version) + " of f" + std::to_string(i);
    game.publish(tree, version);
  };
  publish(base_, 2);
  publish(dlc_, 8);
  Vfs vfs = open();
  std::atomic<bool> over{false};
  std::atomic<int> wrong{0};
  std::atomic<std::uint64_t> rounds{0};
  const auto read_all = [&](const Snapshot& snapshot, const std::string& prefix, int turn) {
    std::string version;
    for (int i = 0; i < 8; ++i) {
      const std::string name = "f" + std::to_string((i + turn) % 8);
      const auto blob =
          i % 3 == 2 ? read_async(snapshot, prefix + name) : snapshot.read(prefix + name);
      if (!blob && blob.error() == errc::not_listed && i == 0) return;  // not mounted then
      const std::string text(blob ? blob->text() : blob.error().message());
      const std::string said = text.substr(0, text.find(' '));
      if (version.empty()) version = said;
      if (said != version || text != said + " of " + name) ++wrong;
    }
    if (prefix.empty() && snapshot.release_id() != "stable-" + version) ++wrong;
    const auto names = snapshot.list(prefix);
    if (!names || names->size() < 8 || !snapshot.exists(prefix + "f3")) ++wrong;
  };
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t)
    readers.emplace_back([&, t] {
      std::optional<Snapshot> kept;
      for (int turn = t; !over; ++turn) {
        const Snapshot now = vfs.snapshot();
        if (turn % 5 == 0) kept = now;  // of some refreshes and mounts ago
        for (const Snapshot& one : {now, kept.value_or(now)})
          for (const char* prefix : {"", "dlc1/", "dlc2/"}) read_all(one, prefix, turn);
        ++rounds;
      }
    });
  for (std::uint64_t round = 0; round < 6; ++round) {
    publish(base_, 3 + round);
    publish(dlc_, 9 + round);
    EXPECT_TRUE(vfs.refresh());
    EXPECT_TRUE(vfs.mount("dlc2", mount_of(dlc_)));
    EXPECT_TRUE(vfs.unmount("dlc1"));
    const auto until = rounds.load() + 6;
    while (rounds < until) std::this_thread::yield();
    EXPECT_TRUE(vfs.mount("dlc1", mount_of(dlc_)));
    EXPECT_TRUE(vfs.unmount("dlc2"));
  }
  over = true;
  for (auto& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace larder
