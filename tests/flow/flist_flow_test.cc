// quick-cocos2d-x's launchers as an origin, over real sockets.
#include <gtest/gtest.h>

#include <array>
#include <future>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "codec/gzip.h"
#include "codec/xxtea.h"
#include "flow/listed_game.h"

namespace larder {
namespace {

using test::expect_content;
using test::FlistTree;
using test::ListedGame;
using Paths = std::vector<std::string>;

class FlistFlow : public ::testing::Test {
 protected:
  FlistFlow() {
    tree_.files = {{"res/hero.png", std::string("\x89PNG\0", 5)},
                   {"res/a b%20c.txt", "odd name"},
                   {"lib/game.zip", "code one"}};
  }
  Vfs open() { return ListedGame::open(game_.app(Layout::flist)); }

  FlistTree tree_;
  ListedGame game_;
};

TEST_F(FlistFlow, DownloadsWhatIsAskedForOnceAndVerified) {
  game_.publish(tree_);
  {
    Vfs vfs = open();
    EXPECT_EQ(vfs.release_id(), "1.0.1");
    EXPECT_EQ(game_.targets(), (Paths{"/version", "/flist"}));
    expect_content(vfs, "lib/game.zip", "code one", Source::origin);
    EXPECT_EQ(game_.targets(), Paths{"/lib/game.zip"});
    expect_content(vfs, "res/a b%20c.txt", "odd name", Source::origin);
    EXPECT_EQ(game_.targets(), Paths{"/res/a%20b%2520c.txt"});
  }
  Vfs vfs = open();
  expect_content(vfs, "lib/game.zip", "code one", Source::store);
  test::write_file(game_.root() / "res/hero.png", "\x89PNG!");
  EXPECT_EQ(vfs.read("res/hero.png").error(), errc::damaged);
}

TEST_F(FlistFlow, GoesBackToo) {
  game_.publish(tree_);
  Vfs vfs = open();
  tree_.version = "1.0.0";
  tree_.files["lib/game.zip"] = "code zero";
  game_.publish(tree_);
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(vfs.release_id(), "1.0.0");
  expect_content(vfs, "lib/game.zip", "code zero", Source::origin);
  game_.targets();
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(game_.targets(), (Paths{"/version", "/flist"})) << "an unchanged list is not sent";
}

TEST_F(FlistFlow, ReadsTheVersionApartByPlatform) {
  tree_.version_apart = true;
  game_.publish(tree_);
  {
    Vfs vfs = open();
    EXPECT_EQ(vfs.release_id(), "1.0.1");
    game_.targets();
    ASSERT_TRUE(vfs.refresh());
    EXPECT_EQ(game_.targets(), Paths{"/version"});
  }
  Vfs again = open();
  EXPECT_EQ(again.release_id(), "1.0.1") << "remembered beside the list, which does not say it";
  Options options = game_.app(Layout::flist);
  options.lists.platform = Platform::ios;
  options.store += "-ios";
  EXPECT_EQ(ListedGame::open(options).release_id(), "ios-1.0.1");
}

TEST_F(FlistFlow, ReportsThatANewerAppIsNeeded) {
  for (const bool apart : {false, true}) {
    tree_ = FlistTree{.version_apart = apart, .files = {{"a", "1"}}};
    game_.publish(tree_);
    Options options = game_.app(Layout::flist);
    options.store += apart ? "-b" : "-a";
    options.lists.app_version = 1;
    Vfs vfs = ListedGame::open(options);
    tree_.version = "2.0.0";
    tree_.app_version = 2;
    tree_.files["a"] = "2";
    game_.publish(tree_);
    ASSERT_TRUE(vfs.refresh());
    EXPECT_EQ(vfs.release_id(), "1.0.1");
    EXPECT_TRUE(vfs.release_info()->held_back);
    EXPECT_NE(game_.log().find("needs version 2 of the app; this is 1"), std::string::npos);
    tree_.app_version = 1;
    game_.publish(tree_);
    ASSERT_TRUE(vfs.refresh());
    EXPECT_FALSE(vfs.release_info()->held_back);
    expect_content(vfs, "a", "2", Source::origin);
  }
}

TEST_F(FlistFlow, AnAppUpgradeDropsTheListButNotTheContent) {
  Options options = game_.app(Layout::automatic);
  options.bundles = {game_.package(tree_, {"lib/game.zip"})};
  FlistTree newer = tree_;
  newer.version = "1.0.2";
  newer.files["res/hero.png"] = "new hero";
  game_.publish(newer);
  {
    Vfs vfs = ListedGame::open(options);
    EXPECT_EQ(vfs.release_id(), "1.0.2");
    ASSERT_TRUE(vfs.read("lib/game.zip"));
    expect_content(vfs, "res/hero.png", "new hero", Source::origin);
    expect_content(vfs, "res/a b%20c.txt", "odd name", Source::bundle);
  }
  {
    Options later = options;
    later.refresh_at = RefreshAt::demand;
    EXPECT_EQ(ListedGame::open(later).release_id(), "1.0.2") << "the same package, started again";
  }
  FlistTree shipped = tree_;
  shipped.version = "2.0.0";
  shipped.app_version = 2;
  options.bundles = {game_.package(shipped, {"lib/game.zip"})};
  Vfs vfs = ListedGame::open(options);
  EXPECT_EQ(vfs.release_id(), "2.0.0") << "what the origin has is for the older app";
  expect_content(vfs, "lib/game.zip", "code one", Source::store);
}

TEST_F(FlistFlow, RunsNoCodeOfTheOrigin) {
  game_.publish(tree_);
  Vfs vfs = open();
  test::write_file(game_.root() / "flist", "os.execute('true') return {}");
  EXPECT_EQ(vfs.refresh().error(), errc::bad_table);
  EXPECT_EQ(vfs.release_id(), "1.0.1");
}

std::string hidden(const std::string& plain, const std::string& key, bool raw = false) {
  const auto bytes = std::as_bytes(std::span(plain));
  const codec::XxteaKey words(key);
  const auto cipher = raw ? codec::xxtea_encrypt(bytes, words) : codec::xxtea_seal(bytes, words);
  return {reinterpret_cast<const char*>(cipher->data()), cipher->size()};
}

TEST_F(FlistFlow, UndoesXxteaBehindTheChecksums) {
  tree_.files["lib/game.zip"] = hidden("code one", "ilovecocos2dx");
  const auto packed = codec::gzip(std::as_bytes(std::span(std::string_view("js code"))));
  tree_.files["main.jsc"] =
      hidden({reinterpret_cast<const char*>(packed.data()), packed.size()}, "ilovecocos2dx", true);
  tree_.files["plain.txt"] = "never hidden";
  game_.publish(tree_);
  test::write_file(game_.root() / "flist", hidden(tree_.flist(), "ilovecocos2dx"));
  Options options = game_.app(Layout::flist);
  options.read_filter = xxtea_filter({.key = "ilovecocos2dx"});
  for (const Source source : {Source::origin, Source::store}) {
    Vfs vfs = ListedGame::open(options);
    expect_content(vfs, "lib/game.zip", "code one", source);
    expect_content(vfs, "main.jsc", "js code", source);
    expect_content(vfs, "plain.txt", "never hidden", source);
    EXPECT_EQ(vfs.try_read("lib/game.zip")->text(), "code one");
    std::promise<Result<Blob>> read;
    vfs.read_async("main.jsc", [&](Result<Blob> blob) { read.set_value(std::move(blob)); });
    EXPECT_EQ(read.get_future().get()->text(), "js code");
  }
  options.store += "-2";
  Vfs vfs = ListedGame::open(options);
  for (int i = 0; i < 2; ++i) {  // while it comes, and from the store
    auto file = vfs.open_file("lib/game.zip", {.before_verified = true});
    ASSERT_TRUE(file);
    std::array<std::byte, 4> part;
    ASSERT_EQ(file->read(5, part).value_or(0), 3u);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(part.data()), 3), "one");
    EXPECT_EQ(file->size_bytes(), 8u);
    EXPECT_EQ(file->whole()->text(), "code one");
  }
  EXPECT_EQ(vfs.stat("lib/game.zip")->size_bytes, tree_.files["lib/game.zip"].size());
}

TEST_F(FlistFlow, SaysThatAKeyIsWrong) {
  tree_.files["lib/game.zip"] = hidden("code one", "a key");
  game_.publish(tree_);
  Options options = game_.app(Layout::flist);
  options.read_filter = xxtea_filter({.key = "another one"});
  Vfs vfs = ListedGame::open(options);
  EXPECT_EQ(vfs.read("lib/game.zip").error(), errc::damaged);
  test::write_file(game_.root() / "flist", hidden(tree_.flist(), "a key"));
  tree_.version = "2";
  EXPECT_EQ(vfs.refresh().error(), errc::bad_table);
  EXPECT_NE(game_.log().find("the read filter failed"), std::string::npos);
}

TEST_F(FlistFlow, FindsOutTheLayoutByItself) {
  game_.publish(tree_);
  Vfs vfs = ListedGame::open(game_.app(Layout::automatic));
  EXPECT_EQ(vfs.release_id(), "1.0.1");
  expect_content(vfs, "lib/game.zip", "code one", Source::origin);
}

}  // namespace
}  // namespace larder
