// What mounts show, and how they are told of.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <mutex>
#include <string>
#include <vector>

#include "flow/mount_game.h"

namespace larder {
namespace {

using test::expect_content;
using test::NativeGame;
using test::NativeTree;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class MountFlow : public test::MountGame {};

TEST_F(MountFlow, EveryWayOfReadingFindsItsContent) {
  Vfs vfs = open();
  expect_content(vfs, "a.txt", "alpha", Source::origin);
  expect_content(vfs, "dlc1/a.txt", "alpha of the dlc", Source::origin);
  expect_content(vfs, "/maps/../dlc1//./a.txt", "alpha of the dlc", Source::store);
  expect_content(vfs, dlc_.url() + "a.txt", "alpha of the dlc", Source::store);
  expect_content(vfs, base_.url() + "dlc1/a.txt", "alpha of the dlc", Source::store);
  EXPECT_EQ(vfs.try_read("dlc1/maps/3.map").error(), errc::would_fetch);
  std::promise<Result<Blob>> ended;
  vfs.read_async("dlc1/maps/3.map", [&](Result<Blob> blob) { ended.set_value(std::move(blob)); });
  const auto blob = ended.get_future().get();
  ASSERT_TRUE(blob) << blob.error().message();
  EXPECT_EQ(blob->text(), "three");
  EXPECT_TRUE(vfs.try_read("dlc1/maps/3.map"));
  const auto file = vfs.open_file("dlc1/big.txt");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->size_bytes(), 200'000u);
  EXPECT_EQ(vfs.read("dlc1/none").error(), errc::not_listed);
  EXPECT_EQ(vfs.stats().failed, 0u);
}

TEST_F(MountFlow, TellsWhatIsThereWithoutReadingIt) {
  Vfs vfs = open();
  EXPECT_TRUE(vfs.exists("dlc1/a.txt"));
  EXPECT_FALSE(vfs.exists("dlc1/only-here.txt")) << "the mount covers it";
  EXPECT_EQ(vfs.stat("dlc1/big.txt")->size_bytes, 200'000u);
  for (const char* directory : {"dlc1", "dlc1/maps", "maps"})
    EXPECT_TRUE(vfs.stat(directory)->is_directory) << directory;
  EXPECT_EQ(vfs.stat("dlc1/none").error(), errc::not_listed);
  ASSERT_TRUE(vfs.unmount("dlc1"));
  EXPECT_TRUE(vfs.exists("dlc1/only-here.txt"));
  expect_content(vfs, "dlc1/a.txt", "covered", Source::origin);
}

TEST_F(MountFlow, TheLongestPrefixDecides) {
  Vfs vfs = open();
  expect_mount(vfs, "dlc1/maps/", mount_of(base_));
  expect_content(vfs, "dlc1/maps/maps/1.map", "one", Source::origin);
  EXPECT_EQ(vfs.read("dlc1/maps/3.map").error(), errc::not_listed);
  expect_content(vfs, "dlc1/a.txt", "alpha of the dlc", Source::origin);
  EXPECT_THAT(names(vfs, "dlc1"), ElementsAre("a.txt", "big.txt", "maps/"));
  EXPECT_THAT(names(vfs, "dlc1/maps"), ElementsAre("a.txt", "dlc1/", "maps/"));
}

TEST_F(MountFlow, LayersStandInForEachOtherTheLastOneFirst) {
  Vfs vfs = NativeGame::open(base_.app());
  expect_mount(vfs, "", mount_of(dlc_));
  expect_content(vfs, "a.txt", "alpha of the dlc", Source::origin);
  expect_content(vfs, "maps/1.map", "one", Source::origin);
  expect_content(vfs, "maps/3.map", "three", Source::origin);
  EXPECT_THAT(names(vfs, "maps"), ElementsAre("1.map", "2.map", "3.map"));
  EXPECT_THAT(names(vfs, ""), ElementsAre("a.txt", "big.txt", "dlc1/", "maps/"));

  NativeGame patch;
  NativeTree tree{{{"a.txt", "patched"}}};
  tree.tombstones = {"maps/1.map", "maps/3.map"};
  patch.publish(tree, 1);
  expect_mount(vfs, "/", mount_of(patch));
  expect_content(vfs, "a.txt", "patched", Source::origin);
  expect_content(vfs, "maps/2.map", "two", Source::origin);
  EXPECT_EQ(vfs.read("maps/1.map").error(), errc::not_listed) << "a tombstone ends the search";
  EXPECT_FALSE(vfs.exists("maps/3.map"));
  EXPECT_THAT(names(vfs, "maps"), ElementsAre("2.map"));
  ASSERT_TRUE(vfs.unmount(""));
  ASSERT_TRUE(vfs.unmount(""));
  EXPECT_EQ(vfs.unmount("").error(), errc::invalid_argument);
  expect_content(vfs, "a.txt", "alpha", Source::origin);
}

TEST_F(MountFlow, ShowsInListingsWhereverItIs) {
  Vfs vfs = open();
  expect_mount(vfs, "far/away", mount_of(dlc_));
  EXPECT_THAT(names(vfs, ""), ElementsAre("a.txt", "dlc1/", "far/", "maps/"));
  EXPECT_THAT(names(vfs, "far"), ElementsAre("away/"));
  EXPECT_THAT(names(vfs, "far/away/maps/"), ElementsAre("3.map"));
  EXPECT_TRUE(vfs.stat("far")->is_directory);
  EXPECT_THAT(names(vfs, "farther"), ElementsAre("not_listed"));
  const auto mounts = vfs.mounts();
  ASSERT_TRUE(mounts);
  std::vector<std::string> told;
  for (const MountInfo& mount : *mounts) told.push_back(mount.prefix + " " + mount.release.id);
  EXPECT_THAT(told, ElementsAre("far/away/ stable-7", "dlc1/ stable-7", " stable-1"));
  EXPECT_EQ(vfs.release_id(), "stable-1");
}

TEST_F(MountFlow, IsToldOfByFullPaths) {
  std::mutex mutex;
  std::vector<std::string> paths;
  Options options = base_.app();
  options.on_event = [&](const Event& event) {
    std::lock_guard lock(mutex);
    paths.emplace_back(event.path);
  };
  Vfs vfs = open(std::move(options));
  {
    std::lock_guard lock(mutex);
    paths.clear();
  }
  ASSERT_TRUE(vfs.read("dlc1/maps/3.map"));
  const auto explanation = vfs.explain("dlc1/a.txt");
  ASSERT_TRUE(explanation);
  EXPECT_EQ(explanation->path, "dlc1/a.txt");
  EXPECT_EQ(explanation->mount, "dlc1/");
  EXPECT_THAT(explanation->url, StartsWith(dlc_.url()));
  EXPECT_EQ(vfs.explain("a.txt")->mount, "");
  for (const auto& object : std::filesystem::recursive_directory_iterator(dlc_.root() / "objects"))
    if (object.is_regular_file()) std::filesystem::resize_file(object.path(), 0);
  EXPECT_FALSE(vfs.read("dlc1/a.txt"));
  EXPECT_THAT(base_.log(), HasSubstr("dlc1/a.txt"));
  std::lock_guard lock(mutex);
  EXPECT_THAT(paths, Contains("dlc1/maps/3.map"));
  EXPECT_THAT(paths, Each(StartsWith("dlc1/")));
}

TEST_F(MountFlow, GlobsReachIntoIt) {
  Vfs vfs = open();
  auto maps = vfs.prefetch({"**/*.map"});
  ASSERT_TRUE(maps) << maps.error().message();
  EXPECT_EQ(maps->wait()->fetched, 3u);
  EXPECT_EQ(vfs.try_read("dlc1/maps/3.map")->text(), "three");
  auto all = vfs.prefetch({"dlc1/**"});
  ASSERT_TRUE(all);
  const auto progress = all->wait();
  EXPECT_EQ(progress->files, 3u);
  EXPECT_EQ(progress->local, 1u);
  EXPECT_EQ(progress->fetched, 2u);
  EXPECT_EQ(*vfs.pin("dlc1/*.txt"), 2u);
  EXPECT_EQ(*vfs.evict("**", false), 6u);
  EXPECT_TRUE(vfs.try_read("dlc1/a.txt")) << "it is pinned";
  EXPECT_TRUE(test::ScriptedServer::eventually(
      [&] { return vfs.try_read("dlc1/maps/3.map").error() == errc::would_fetch; }));
}

TEST_F(MountFlow, OldAndNewOriginsGoTogether) {
  test::Game laya;
  test::LayaTree old;
  old.files = {{"Hero.PNG", "hero"}, {"common.txt", "common of LayaDCC"}};
  laya.publish(old);
  test::write_file(laya.root() / "unlisted.txt", "unlisted");
  Vfs vfs = open();
  expect_mount(vfs, "laya", mount_of(laya));
  expect_content(vfs, "laya/Hero.PNG", "hero", Source::origin);
  expect_content(vfs, "laya/Hero.PNG", "hero", Source::store);
  expect_content(vfs, "laya/unlisted.txt", "unlisted", Source::origin);
  EXPECT_THAT(names(vfs, "laya"), ElementsAre("Hero.PNG", "common.txt"));

  // Above it: what the upper one lists is taken from there, all else is as before.
  expect_mount(vfs, "laya", mount_of(dlc_));
  expect_content(vfs, "laya/a.txt", "alpha of the dlc", Source::origin);
  expect_content(vfs, "laya/Hero.PNG", "hero", Source::store);
  expect_content(vfs, "laya/unlisted.txt", "unlisted", Source::origin);

  // Below it: listed content comes before what nobody lists.
  ASSERT_TRUE(vfs.unmount("laya"));
  ASSERT_TRUE(vfs.unmount("laya"));
  expect_mount(vfs, "laya", mount_of(dlc_));
  expect_mount(vfs, "laya", mount_of(laya));
  expect_content(vfs, "laya/a.txt", "alpha of the dlc", Source::store);
  expect_content(vfs, "laya/unlisted.txt", "unlisted", Source::origin);
}

TEST_F(MountFlow, HasRulesOfItsOwnForLetterCase) {
  test::Game laya;
  test::LayaTree old;
  old.files = {{"hero.png", "hero"}};
  laya.publish(old);
  Vfs vfs = open();
  MountOptions lower = mount_of(laya);
  lower.laya.lower_case = true;
  expect_mount(vfs, "Laya", lower);
  expect_content(vfs, "Laya/HERO.png", "hero", Source::origin);
  EXPECT_EQ(vfs.read("laya/hero.png").error(), errc::not_listed);
  MountOptions ignoring = mount_of(dlc_);
  ignoring.ignore_case = true;
  expect_mount(vfs, "dlc2", ignoring);
  expect_content(vfs, "dlc2/MAPS/3.Map", "three", Source::origin);
  EXPECT_EQ(vfs.read("dlc1/MAPS/3.Map").error(), errc::not_listed);
}

}  // namespace
}  // namespace larder
