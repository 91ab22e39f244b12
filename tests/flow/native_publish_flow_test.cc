// What the publisher writes, read by a client: whole trees, updates, and their cost as predicted.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "filetable/delta_table.h"
#include "filetable/tree_compare.h"
#include "flow/published_game.h"
#include "publish/origin_pages.h"
#include "publish/prediction.h"
#include "sys/files.h"

namespace larder {
namespace {

using test::NativeGame;

class NativePublishFlow : public ::testing::Test {
 protected:
  NativePublishFlow() {
    for (int i = 0; i < 400; ++i) {
      std::string text = "file " + std::to_string(i) + "\n";
      for (int line = 0; line < 200; ++line)
        text += std::to_string((line + 1) * (i + 7) * 7919 % 10007) + " ";
      files_["dir" + std::to_string(i % 7) + "/file" + std::to_string(i)] = text;
    }
    files_["empty"] = "";
  }

  trust::Head publish() {
    test::write_tree(tree(), files_);
    publish::PublishOptions options = test::publish_options(game_, tree());
    options.name = "game";
    std::string why;
    const auto published = publish::publish_release(options, &why);
    EXPECT_TRUE(published) << why;
    return published->head;
  }
  void expect_all(Vfs& vfs) {
    for (const auto& [path, content] : files_) {
      const auto blob = vfs.read(path);
      ASSERT_TRUE(blob) << path << ": " << blob.error().message();
      EXPECT_EQ(blob->text(), content) << path;
    }
    EXPECT_EQ(vfs.file_count(), files_.size());
  }
  void change_some() {
    for (int i = 0; i < 400; i += 40)
      files_["dir" + std::to_string(i % 7) + "/file" + std::to_string(i)] += "and an edit";
    files_["dir1/new"] = "new";
    files_["dir3/file3-b"] = files_["dir3/file3"] + "like the one before, but new";
    files_.erase("dir2/file2");
  }
  [[nodiscard]] std::filesystem::path tree() const { return game_.scratch() / "tree"; }

  NativeGame game_;
  std::map<std::string, std::string> files_;
};

TEST_F(NativePublishFlow, WhatIsPublishedIsRead) {
  publish();
  Vfs vfs = game_.open();
  expect_all(vfs);
  EXPECT_EQ(vfs.release_info()->name, "game");
  change_some();
  publish();
  ASSERT_TRUE(vfs.refresh());
  expect_all(vfs);
  EXPECT_EQ(vfs.read("dir2/file2").error(), errc::not_listed);
  EXPECT_EQ(vfs.stats().damaged, 0u);
}

TEST_F(NativePublishFlow, AnUpdateCostsWhatIsPredicted) {
  const trust::Head before = publish();
  Vfs vfs = game_.open();
  expect_all(vfs);
  change_some();
  const trust::Head after = publish();

  publish::OriginPages origin(game_.root());
  const auto difference = filetable::compare_trees(
      publish::reference_of(before.table), publish::reference_of(after.table), origin, origin);
  ASSERT_TRUE(difference);
  ASSERT_TRUE(!after.previous.empty() && after.previous.front().delta);
  const auto deltas = filetable::DeltaTable::parse(*sys::lend_file(
      game_.root() /
          filetable::object_path(after.previous.front().delta->digest, Encoding::identity),
      Source::origin));
  const filetable::PageTree old_tree(publish::reference_of(before.table),
                                     std::make_shared<publish::OriginPages>(game_.root()));
  const auto predicted =
      publish::predict(*difference, old_tree, &*deltas, [](const Digest&) { return false; });

  game_.targets();
  ASSERT_TRUE(vfs.refresh());
  expect_all(vfs);
  const std::uint64_t head_bytes =
      std::filesystem::file_size(game_.root() / filetable::head_path("stable"));
  EXPECT_EQ(game_.bytes(), predicted.total_bytes() + head_bytes);
  EXPECT_GT(predicted.joint_bytes, 0u);
}

TEST_F(NativePublishFlow, ANewFileIsMadeFromTheOneBesideIt) {
  publish();
  Vfs vfs = game_.open();
  ASSERT_TRUE(vfs.read("dir3/file3"));
  change_some();
  publish();
  ASSERT_TRUE(vfs.refresh());
  game_.targets();
  const auto blob = vfs.read("dir3/file3-b");
  ASSERT_TRUE(blob) << blob.error().message();
  EXPECT_EQ(blob->text(), files_["dir3/file3-b"]);
  const auto targets = game_.targets();
  ASSERT_EQ(targets.size(), 1u);
  EXPECT_TRUE(targets[0].starts_with("/patches/")) << targets[0];

  // Whoever does not hold that one gets the object.
  Options options = game_.app();
  options.store = game_.scratch() / "another";
  Vfs stranger = NativeGame::open(options);
  EXPECT_EQ(stranger.read("dir3/file3-b")->text(), files_["dir3/file3-b"]);
  EXPECT_EQ(stranger.stats().damaged, 0u);
}

TEST_F(NativePublishFlow, ManyClientsOfOneStoreDirectoryAgree) {
  publish();
  Vfs first = game_.open();
  Vfs second = game_.open();  // as another process would
  change_some();
  publish();
  ASSERT_TRUE(first.refresh());
  expect_all(first);
  ASSERT_TRUE(second.refresh());
  expect_all(second);
  EXPECT_EQ(first.release_id(), second.release_id());
  Options options = game_.app();
  options.offline = true;
  Vfs third = NativeGame::open(options);
  EXPECT_EQ(third.release_id(), first.release_id());
}

}  // namespace
}  // namespace larder
