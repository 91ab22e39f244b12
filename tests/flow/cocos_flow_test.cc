// Cocos Creator's hot update as an origin, over real sockets.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "flow/listed_game.h"

namespace larder {
namespace {

using test::CocosTree;
using test::expect_content;
using test::ListedGame;
using Paths = std::vector<std::string>;

class CocosFlow : public ::testing::Test {
 protected:
  CocosFlow() {
    tree_.package_url = game_.url();
    tree_.files = {{"src/main.js", "let x = 1;"},
                   {"src/settings.js", "window._CCSettings={}"},
                   {"assets/main/a.png", std::string("\x89PNG\0\xff", 6)},
                   {"assets/res/%E4%BD%A0.txt", "hello"}};
  }
  Vfs open() { return ListedGame::open(game_.app(Layout::cocos)); }

  CocosTree tree_;
  ListedGame game_;
};

TEST_F(CocosFlow, DownloadsWhatIsAskedForOnceAndVerified) {
  game_.publish(tree_);
  {
    Vfs vfs = open();
    EXPECT_EQ(vfs.release_id(), "1.0.0");
    EXPECT_EQ(vfs.file_count(), 4u);
    EXPECT_EQ(game_.targets(), (Paths{"/version.manifest", "/project.manifest"}));
    expect_content(vfs, "src/main.js", "let x = 1;", Source::origin);
    EXPECT_EQ(game_.targets(), Paths{"/src/main.js?md5=" + test::raw_md5("let x = 1;")});
    expect_content(vfs, "src/main.js", "let x = 1;", Source::store);
    EXPECT_EQ(vfs.read("src/none.js").error(), errc::not_listed);
    EXPECT_TRUE(game_.targets().empty());
  }
  Vfs again = open();
  EXPECT_EQ(game_.targets(), Paths{"/version.manifest"});
  expect_content(again, "src/main.js", "let x = 1;", Source::store);
}

TEST_F(CocosFlow, TakesNamesAsTheyAreAndAsTheListEncodesThem) {
  game_.publish(tree_);
  Vfs vfs = open();
  expect_content(vfs, "assets/res/\xe4\xbd\xa0.txt", "hello", Source::origin);
  expect_content(vfs, "assets/res/%E4%BD%A0.txt", "hello", Source::store);
  const auto names = vfs.list("assets");
  ASSERT_TRUE(names);
  ASSERT_EQ(names->size(), 2u);
  EXPECT_EQ((*names)[0].name, "main");
  EXPECT_EQ(vfs.stat("assets/main/a.png")->size_bytes, 6u);
}

TEST_F(CocosFlow, LooksFilesUpInTheSearchPathsOfTheManifest) {
  tree_.files = {{"a.png", "plain a"},         {"b.png", "plain b"}, {"common/b.png", "common b"},
                 {"common/c.png", "common c"}, {"hd/a.png", "hd a"}, {"hd/sub/c.png", "hd c"}};
  tree_.search_paths = {"./hd/", "../out", "/etc/", "common"};
  game_.publish(tree_);
  {
    Vfs vfs = open();
    expect_content(vfs, "a.png", "hd a", Source::origin);
    EXPECT_EQ(game_.fetched(), (Paths{"hd/a.png", "project.manifest", "version.manifest"}));
    expect_content(vfs, "b.png", "common b", Source::origin);
    expect_content(vfs, "sub/c.png", "hd c", Source::origin);
    expect_content(vfs, "hd/a.png", "hd a", Source::store);
    EXPECT_EQ(vfs.stat("c.png")->size_bytes, 8u);
    EXPECT_EQ(vfs.read("d.png").error(), errc::not_listed);
    EXPECT_EQ(vfs.list("")->size(), 4u) << "listings have files where they are";
    EXPECT_NE(game_.log().find("search path ../out is not used"), std::string::npos);
    EXPECT_NE(game_.log().find("search path /etc/ is not used"), std::string::npos);
  }
  game_.stop_server();  // the order is remembered with the list
  {
    Vfs vfs = open();
    expect_content(vfs, "a.png", "hd a", Source::store);
  }
  Options options = game_.app(Layout::cocos);
  options.lists.search_paths = false;
  Vfs vfs = ListedGame::open(options);
  EXPECT_EQ(vfs.explain("a.png")->source, "origin") << "that one was not asked for before";
}

TEST_F(CocosFlow, TellsBeforehandWhatUpdatingEverythingCosts) {
  tree_.files = {{"a", "1234567890"}, {"same as a", "1234567890"}, {"b", "123"}, {"held", "12"}};
  game_.publish(tree_);
  test::Gate gate;
  game_.follow_requests([gate](const test::SeenRequest& request) -> std::optional<test::Reply> {
    if (gate.is_open() || !request.target.starts_with("/a")) return std::nullopt;
    return test::Reply().wait_for(gate).send(
        "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n1234567890");
  });
  Vfs vfs = open();
  expect_content(vfs, "held", "12", Source::origin);
  auto job = vfs.prefetch({"**"});
  ASSERT_TRUE(job);
  while (!job->progress().total_bytes) std::this_thread::yield();
  EXPECT_EQ(job->progress().total_bytes, 13u);
  EXPECT_LT(job->progress().bytes, 13u);
  gate.open();
  const auto done = job->wait();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->bytes, 13u);
  EXPECT_EQ(done->total_bytes, 13u);
}

TEST_F(CocosFlow, VerifiesEachOfTheHistoricalChecksums) {
  const std::string high("caf\xc3\xa9 \xff", 7);
  digest::CocosMd5 md5;
  md5.update(std::as_bytes(std::span(high)));
  const auto values = md5.finish();
  tree_.files = {{"raw", high}, {"binary", high + ""}, {"utf8", high}};
  tree_.tags = {{"raw", digest::to_hex(values.raw)},
                {"binary", digest::to_hex(values.binary)},
                {"utf8", digest::to_hex(values.utf8)}};
  game_.publish(tree_);
  Vfs vfs = open();
  for (const char* path : {"raw", "binary", "utf8"})
    expect_content(vfs, path, high, Source::origin);
}

TEST_F(CocosFlow, HandsOutNothingThatIsNotWhatTheManifestSays) {
  game_.publish(tree_);
  test::write_file(game_.root() / "src/main.js", "let x = 2;");
  test::write_file(game_.root() / "src/settings.js", "longer than what the manifest says");
  Vfs vfs = open();
  EXPECT_EQ(vfs.read("src/main.js").error(), errc::damaged);
  EXPECT_EQ(vfs.read("src/settings.js").error(), errc::damaged);
  EXPECT_FALSE(vfs.try_read("src/main.js"));
}

TEST_F(CocosFlow, TakesOpaqueTagsForWhatTheyAre) {
  tree_.tags["src/main.js"] = "v7";
  game_.publish(tree_);
  {
    Vfs vfs = open();
    expect_content(vfs, "src/main.js", "let x = 1;", Source::origin);
    expect_content(vfs, "src/main.js", "let x = 1;", Source::store);
  }
  tree_.version = "1.0.1";
  tree_.tags["src/main.js"] = "v8";
  tree_.files["src/main.js"] = "let x = 8;";
  game_.publish(tree_);
  Vfs vfs = open();
  expect_content(vfs, "src/main.js", "let x = 8;", Source::origin);
}

TEST_F(CocosFlow, UpdatesToHigherVersionsOnly) {
  tree_.version = "1.9";
  game_.publish(tree_);
  Vfs vfs = open();
  ASSERT_TRUE(vfs.read("src/main.js"));
  ASSERT_TRUE(vfs.read("src/settings.js"));

  tree_.version = "1.8.7";
  tree_.files["src/main.js"] = "older";
  game_.publish(tree_);
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(vfs.release_id(), "1.9");

  tree_.version = "1.10";
  tree_.files["src/main.js"] = "newer";
  tree_.files["src/moved.js"] = tree_.files["src/settings.js"];
  tree_.files.erase("src/settings.js");
  game_.publish(tree_);
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(vfs.release_id(), "1.10");
  expect_content(vfs, "src/main.js", "newer", Source::origin);
  expect_content(vfs, "src/moved.js", "window._CCSettings={}", Source::store);
  EXPECT_EQ(vfs.read("src/settings.js").error(), errc::not_listed) << "a removed file is gone";
}

TEST_F(CocosFlow, ComparesVersionsAsTheCallerSays) {
  game_.publish(tree_);
  Options options = game_.app(Layout::cocos);
  options.lists.is_update = [](std::string_view held, std::string_view offered) {
    return held != offered;
  };
  Vfs vfs = ListedGame::open(options);
  tree_.version = "0.9";
  game_.publish(tree_);
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(vfs.release_id(), "0.9");
}

TEST_F(CocosFlow, StaysWithWhatItHasWhenTheListIsBrokenOrOld) {
  game_.publish(tree_);
  Vfs vfs = open();
  tree_.version = "1.1.0";
  const std::string newer = tree_.manifest(false);
  test::write_file(game_.root() / "version.manifest", newer);
  EXPECT_EQ(vfs.refresh().error(), errc::table_mismatch) << "the list was not uploaded yet";
  test::write_file(game_.root() / "project.manifest", "{\"version\":\"1.1.0\",\"assets\":{\"../x");
  EXPECT_EQ(vfs.refresh().error(), errc::bad_table);
  test::write_file(game_.root() / "version.manifest", "<html>log in</html>");
  EXPECT_EQ(vfs.refresh().error(), errc::bad_table);
  EXPECT_EQ(vfs.release_id(), "1.0.0");
  expect_content(vfs, "src/main.js", "let x = 1;", Source::origin);
}

TEST_F(CocosFlow, DoesWithoutAVersionFile) {
  game_.publish(tree_);
  std::filesystem::remove(game_.root() / "version.manifest");
  Vfs vfs = open();
  EXPECT_EQ(vfs.release_id(), "1.0.0");
  game_.targets();
  ASSERT_TRUE(vfs.refresh());
  tree_.version = "1.0.1";
  game_.publish(tree_);
  std::filesystem::remove(game_.root() / "version.manifest");
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(vfs.release_id(), "1.0.1");
}

TEST_F(CocosFlow, FollowsThePackageUrl) {
  ListedGame elsewhere;
  elsewhere.publish(tree_);
  tree_.package_url = elsewhere.url();
  game_.publish(tree_);
  Vfs vfs = open();
  game_.targets();
  expect_content(vfs, "src/main.js", "let x = 1;", Source::origin);
  EXPECT_TRUE(game_.targets().empty());
  EXPECT_EQ(elsewhere.targets().size(), 1u);
}

TEST_F(CocosFlow, ServesThePackageFirst) {
  const std::string package = game_.package(tree_, {"src/settings.js"});
  tree_.version = "1.1";
  tree_.files["src/main.js"] = "let x = 2;";
  tree_.files.erase("assets/main/a.png");
  game_.publish(tree_);
  Options options = game_.app(Layout::automatic);
  options.bundles = {package};
  options.refresh_at = RefreshAt::demand;
  Vfs vfs = ListedGame::open(options);
  EXPECT_EQ(vfs.release_id(), "1.0.0");
  EXPECT_TRUE(game_.targets().empty());
  expect_content(vfs, "src/main.js", "let x = 1;", Source::bundle);
  expect_content(vfs, "assets/res/\xe4\xbd\xa0.txt", "hello", Source::bundle);
  expect_content(vfs, "src/settings.js", "window._CCSettings={}", Source::origin);
  ASSERT_TRUE(vfs.refresh());
  expect_content(vfs, "src/main.js", "let x = 2;", Source::origin);
  expect_content(vfs, "assets/res/\xe4\xbd\xa0.txt", "hello", Source::bundle);
  EXPECT_EQ(vfs.read("assets/main/a.png").error(), errc::not_listed)
      << "what was removed does not shine through";

  options.lists.package_shows_through = true;
  options.store += "-2";
  Vfs through = ListedGame::open(options);
  ASSERT_TRUE(through.refresh());
  expect_content(through, "assets/main/a.png", std::string("\x89PNG\0\xff", 6), Source::bundle);
}

TEST_F(CocosFlow, HandsOutNoDamagedFileOfThePackage) {
  const std::string package = game_.package(tree_);
  test::write_file(std::filesystem::path(package) / "src/main.js", "let x = 9;");
  game_.publish(tree_);
  Options options = game_.app(Layout::cocos);
  options.bundles = {package};
  Vfs vfs = ListedGame::open(options);
  expect_content(vfs, "src/main.js", "let x = 1;", Source::origin);
}

TEST_F(CocosFlow, AnAppUpgradeDropsTheListButNotTheContent) {
  game_.publish(tree_);
  Options options = game_.app(Layout::cocos);
  CocosTree shipped = tree_;
  shipped.version = "0.9";
  options.bundles = {game_.package(shipped, {"src/main.js"})};
  {
    Vfs vfs = ListedGame::open(options);
    ASSERT_TRUE(vfs.read("src/main.js"));
    EXPECT_EQ(vfs.release_id(), "1.0.0");
  }
  shipped.version = "2.0";
  options.bundles = {game_.package(shipped, {"src/main.js"})};
  options.refresh_at = RefreshAt::demand;
  Vfs vfs = ListedGame::open(options);
  EXPECT_EQ(vfs.release_id(), "2.0");
  expect_content(vfs, "src/main.js", "let x = 1;", Source::store);
}

TEST_F(CocosFlow, FindsOutTheLayoutByItself) {
  game_.publish(tree_);
  {
    Vfs vfs = ListedGame::open(game_.app(Layout::automatic));
    EXPECT_EQ(vfs.release_id(), "1.0.0");
    expect_content(vfs, "src/main.js", "let x = 1;", Source::origin);
    EXPECT_EQ(game_.log(), "");
  }
  game_.targets();
  Vfs again = ListedGame::open(game_.app(Layout::automatic));
  EXPECT_EQ(game_.targets(), Paths{"/version.manifest"}) << "it is remembered";
}

TEST_F(CocosFlow, ReadsWithoutANetwork) {
  game_.publish(tree_);
  {
    Vfs vfs = open();
    ASSERT_TRUE(vfs.read("src/main.js"));
  }
  game_.stop_server();
  Vfs vfs = open();
  expect_content(vfs, "src/main.js", "let x = 1;", Source::store);
  EXPECT_EQ(vfs.read("src/settings.js").error(), errc::unreachable);
}

TEST_F(CocosFlow, IgnoresCaseIfItIsTold) {
  game_.publish(tree_);
  Options options = game_.app(Layout::cocos);
  options.ignore_case = true;
  Vfs vfs = ListedGame::open(options);
  expect_content(vfs, "SRC/Main.js", "let x = 1;", Source::origin);
}

}  // namespace
}  // namespace larder
