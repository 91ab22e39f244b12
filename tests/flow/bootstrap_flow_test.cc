// The bootstrap group: a newer release is taken over when what the program is made of is here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "flow/listed_game.h"
#include "flow/native_game.h"

namespace larder {
namespace {

using test::answer;
using test::CocosTree;
using test::expect_content;
using test::ListedGame;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Paths = std::vector<std::string>;

/// A game whose code is in `code/`.
class BootstrapFlow : public ::testing::Test {
 protected:
  BootstrapFlow() {
    tree_.package_url = game_.url();
    tree_.files = {{"code/launcher.js", "launch 1"},
                   {"code/game.js", "game 1"},
                   {"assets/a.png", "picture 1"}};
  }
  Options app() {
    Options options = game_.app(Layout::cocos);
    options.bootstrap = {"code/**"};
    options.on_restart = [this](const Paths& paths) {
      std::lock_guard lock(mutex_);
      told_.push_back(paths);
    };
    options.post = [](std::function<void()> task) { task(); };
    return options;
  }
  void publish_next() {
    tree_.version = "1.1.0";
    tree_.files["code/game.js"] = "game 2";
    tree_.files["code/extra.js"] = "extra 2";
    tree_.files["assets/a.png"] = "picture 2";
    tree_.files.erase("code/launcher.js");
    game_.publish(tree_);
  }
  std::vector<Paths> told() {
    std::lock_guard lock(mutex_);
    return told_;
  }

  CocosTree tree_;
  ListedGame game_;

 private:
  std::mutex mutex_;
  std::vector<Paths> told_;
};

TEST_F(BootstrapFlow, IsHereBeforeTheReleaseIs) {
  game_.publish(tree_);
  {
    Vfs vfs = ListedGame::open(app());
    EXPECT_EQ(game_.fetched(),
              (Paths{"code/game.js", "code/launcher.js", "project.manifest", "version.manifest"}));
    expect_content(vfs, "code/game.js", "game 1", Source::store);
    publish_next();
    const auto refreshed = vfs.refresh();
    ASSERT_TRUE(refreshed) << refreshed.error().message();
    EXPECT_EQ(game_.fetched(),
              (Paths{"code/extra.js", "code/game.js", "project.manifest", "version.manifest"}));
    EXPECT_THAT(refreshed->restart_with,
                ElementsAre("code/extra.js", "code/game.js", "code/launcher.js"));
    EXPECT_THAT(told(), ElementsAre(refreshed->restart_with));
    expect_content(vfs, "code/game.js", "game 2", Source::store);
  }
  game_.stop_server();
  Vfs vfs = ListedGame::open(app());
  EXPECT_EQ(vfs.release_id(), "1.1.0");
  expect_content(vfs, "code/extra.js", "extra 2", Source::store);
  EXPECT_EQ(told().size(), 1u) << "open() tells nothing";
}

TEST_F(BootstrapFlow, ANewReleaseWaitsUntilItsCodeCanBeHad) {
  game_.publish(tree_);
  Vfs vfs = ListedGame::open(app());
  publish_next();
  game_.follow([](const std::string& path) {
    return path == "code/extra.js" ? std::optional(answer(404)) : std::nullopt;
  });
  const auto failed = vfs.refresh();
  EXPECT_EQ(failed.error(), errc::not_found);
  EXPECT_THAT(game_.log(), HasSubstr("1.1.0 is not taken over: its bootstrap group"));
  EXPECT_EQ(vfs.release_id(), "1.0.0");
  expect_content(vfs, "code/game.js", "game 1", Source::store);
  EXPECT_TRUE(told().empty());

  game_.follow([](const std::string&) { return std::nullopt; });
  static_cast<void>(game_.fetched());
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(vfs.release_id(), "1.1.0");
  EXPECT_EQ(game_.fetched(), (Paths{"code/extra.js", "project.manifest", "version.manifest"}))
      << "what came before stays";
}

TEST_F(BootstrapFlow, WhoeverIsToldLateNeedsNoVfs) {
  game_.publish(tree_);
  std::vector<std::function<void()>> posted;
  {
    Options options = app();
    options.post = [&](std::function<void()> task) { posted.push_back(std::move(task)); };
    Vfs vfs = ListedGame::open(options);
    publish_next();
    ASSERT_TRUE(vfs.refresh());
  }
  ASSERT_EQ(posted.size(), 1u);
  posted.front()();
  EXPECT_EQ(told().size(), 1u);
}

TEST_F(BootstrapFlow, ChangesElsewhereAskForNoRestart) {
  game_.publish(tree_);
  Vfs vfs = ListedGame::open(app());
  tree_.version = "1.2.0";
  tree_.files["assets/a.png"] = "picture 3";
  game_.publish(tree_);
  static_cast<void>(game_.fetched());
  const auto refreshed = vfs.refresh();
  ASSERT_TRUE(refreshed);
  EXPECT_TRUE(refreshed->changed);
  EXPECT_TRUE(refreshed->restart_with.empty());
  EXPECT_TRUE(told().empty());
  EXPECT_EQ(game_.fetched(), (Paths{"project.manifest", "version.manifest"}));
}

TEST_F(BootstrapFlow, APackageHasItAlready) {
  Options options = app();
  options.bundles = {game_.package(tree_)};
  game_.publish(tree_);
  Vfs vfs = ListedGame::open(options);
  EXPECT_THAT(game_.fetched(), ElementsAre("version.manifest"));
  publish_next();
  const auto refreshed = vfs.refresh();
  ASSERT_TRUE(refreshed);
  EXPECT_EQ(refreshed->restart_with.size(), 3u);
}

TEST_F(BootstrapFlow, WhatIsNotListedIsNoHindrance) {
  game_.publish(tree_);
  Options options = app();
  options.bootstrap = {"code/none.js", "nothing/**", "code/game.js"};
  Vfs vfs = ListedGame::open(options);
  EXPECT_THAT(game_.log(), HasSubstr("code/none.js is not listed in 1.0.0"));
  expect_content(vfs, "code/game.js", "game 1", Source::store);
}

TEST_F(BootstrapFlow, MountsHaveTheirOwn) {
  game_.publish(tree_);
  Options options;
  options.store = game_.scratch() / "store";
  options.bundles = {game_.package(tree_)};
  options.layout = Layout::cocos;
  Vfs vfs = ListedGame::open(options);
  MountOptions dlc;
  dlc.origin = game_.url();
  dlc.layout = Layout::cocos;
  dlc.bootstrap = {"code/*.js"};
  ASSERT_TRUE(vfs.mount("dlc", dlc));
  EXPECT_EQ(game_.fetched(),
            (Paths{"code/game.js", "code/launcher.js", "project.manifest", "version.manifest"}));
  publish_next();
  const auto refreshed = vfs.refresh();
  ASSERT_TRUE(refreshed) << refreshed.error().message();
  EXPECT_THAT(refreshed->restart_with,
              ElementsAre("dlc/code/extra.js", "dlc/code/game.js", "dlc/code/launcher.js"));
}

TEST(BootstrapNativeFlow, OfASignedRelease) {
  test::NativeGame game;
  test::NativeTree tree = test::many_files(400);
  game.publish(tree, 1);
  Options options = game.app();
  options.bootstrap = {"folder3/*", "folder4/file4"};
  Vfs vfs = test::NativeGame::open(options);
  static_cast<void>(game.targets());
  expect_content(vfs, "folder3/file3", tree.files["folder3/file3"], Source::store);
  EXPECT_EQ(game.requests(), 0u);

  test::NativeTree next = tree;
  next.head = {};
  next.files["folder3/file23"] = "another one";
  next.files["folder5/file5"] = "another one, too";
  game.publish(next, 2);
  const auto refreshed = vfs.refresh();
  ASSERT_TRUE(refreshed) << refreshed.error().message();
  EXPECT_THAT(refreshed->restart_with, ElementsAre("folder3/file23"));
  static_cast<void>(game.targets());
  expect_content(vfs, "folder3/file23", "another one", Source::store);
  EXPECT_EQ(game.requests(), 0u);
}

TEST(BootstrapLayaFlow, NeedsPathsBecauseTablesHaveNoNames) {
  test::Game game;
  test::LayaTree tree;
  tree.files = {{"js/bundle.js", "code 1"}, {"res/a.png", "picture"}};
  game.publish(tree);
  Options options = game.app();
  options.bootstrap = {"js/bundle.js"};
  Vfs vfs = game.open(options);
  expect_content(vfs, "js/bundle.js", "code 1", Source::store);
  tree.files["js/bundle.js"] = "code 2";
  game.publish(tree);
  EXPECT_THAT(vfs.refresh()->restart_with, ElementsAre("js/bundle.js"));
  expect_content(vfs, "js/bundle.js", "code 2", Source::store);

  options.bootstrap = {"js/*"};
  options.store += "-2";
  EXPECT_EQ(Vfs::open(options).error(), errc::unsupported);
  EXPECT_THAT(game.log(), HasSubstr("js/* is a glob, and this origin has no names: give paths"));
}

}  // namespace
}  // namespace larder
