// Paths that differ from listed ones in letter case only.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "flow/game.h"
#include "flow/native_flow.h"

namespace larder {
namespace {

using test::expect_content;
using test::Game;
using test::LayaTree;
using test::NativeGame;
using test::NativeTree;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class IgnoreCaseFlow : public ::testing::Test {
 protected:
  template <class AnyGame>
  static Options ignoring(AnyGame& game) {
    Options options = game.app();
    options.ignore_case = true;
    return options;
  }

  NativeGame game_;
  NativeTree v1_{{{"Art/Hero.PNG", "hero"},
                  {"art/b.txt", "small"},
                  {"twins/A", "big A"},
                  {"twins/a", "small a"},
                  {"stra\u00dfe/\u00c4.txt", "umlaut"}}};
};

TEST_F(IgnoreCaseFlow, ReadsTheOneFileThatIsMeant) {
  game_.publish(v1_, 1);
  Vfs vfs = NativeGame::open(ignoring(game_));
  expect_content(vfs, "art/hero.png", "hero", Source::origin);
  expect_content(vfs, "ART/HERO.png", "hero", Source::store);
  expect_content(vfs, "Art/Hero.PNG", "hero", Source::store);
  expect_content(vfs, "ART/B.TXT", "small", Source::origin);
  expect_content(vfs, "STRA\u00dfE/\u00e4.TXT", "umlaut", Source::origin);
  EXPECT_TRUE(vfs.exists("aRT/hERO.pNG"));
  EXPECT_EQ(*vfs.stat("aRT/hERO.pNG")->size_bytes, 4u);
  EXPECT_EQ(vfs.explain("aRT/hERO.pNG")->source, "store");
  EXPECT_FALSE(vfs.exists("art/hero.jpg"));
  EXPECT_EQ(vfs.read("art/hero.jpg").error(), errc::not_listed);
  EXPECT_EQ(vfs.read("art").error(), errc::not_listed);
  EXPECT_EQ(vfs.try_read("ART/hero.PNG")->text(), "hero");
}

TEST_F(IgnoreCaseFlow, MattersUnlessAskedNotTo) {
  game_.publish(v1_, 1);
  Vfs vfs = game_.open();
  EXPECT_EQ(vfs.read("art/hero.png").error(), errc::not_listed);
  EXPECT_FALSE(vfs.exists("art/hero.png"));
}

TEST_F(IgnoreCaseFlow, TwoCandidatesAreAnErrorThatNamesThem) {
  game_.publish(v1_, 1);
  Vfs vfs = NativeGame::open(ignoring(game_));
  expect_content(vfs, "twins/a", "small a", Source::origin);
  expect_content(vfs, "twins/A", "big A", Source::origin);
  EXPECT_EQ(vfs.read("Twins/a").error(), errc::ambiguous);
  EXPECT_EQ(vfs.stat("TWINS/A").error(), errc::ambiguous);
  EXPECT_FALSE(vfs.exists("TWINS/A"));
  const auto why = vfs.explain("TWINS/A");
  ASSERT_TRUE(why);
  EXPECT_EQ(why->route, "ambiguous");
  EXPECT_THAT(why->because, HasSubstr(": twins/A, twins/a"));
}

TEST_F(IgnoreCaseFlow, FollowsTheReleaseAndItsPatches) {
  v1_.files["Art/Hero.PNG"] = std::string(20'000, 'h');
  game_.publish(v1_, 1);
  Vfs vfs = NativeGame::open(ignoring(game_));
  const auto before = vfs.read("art/hero.png");
  ASSERT_TRUE(before);
  NativeTree v2 = v1_;
  v2.head = {};
  v2.files["Art/Hero.PNG"] = std::string(20'000, 'H');
  v2.files["ART/hero.png"] = "another";
  game_.publish(v2, 2);
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(vfs.read("art/hero.png").error(), errc::ambiguous);
  expect_content(vfs, "Art/Hero.PNG", v2.files["Art/Hero.PNG"], Source::origin);
  EXPECT_EQ(before->text(), v1_.files["Art/Hero.PNG"]);
}

TEST_F(IgnoreCaseFlow, ManyThreadsMayAsk) {
  for (int i = 0; i < 200; ++i) v1_.files["Many/File" + std::to_string(i)] = std::to_string(i);
  game_.publish(v1_, 1);
  Vfs vfs = NativeGame::open(ignoring(game_));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 200; ++i) {
        const auto blob = vfs.read("many/fILE" + std::to_string(i));
        ASSERT_TRUE(blob) << blob.error().message();
        EXPECT_EQ(blob->text(), std::to_string(i));
      }
    });
  for (auto& thread : threads) thread.join();
}

class IgnoreCaseLayaFlow : public ::testing::Test {
 protected:
  Options ignoring() {
    Options options = game_.app();
    options.ignore_case = true;
    return options;
  }

  Game game_;
  LayaTree v1_{{{"Art/Hero.PNG", "hero"}, {"twins/A", "big A"}, {"twins/a", "small a"}}};
};

TEST_F(IgnoreCaseLayaFlow, ComparesWithTheNamesOfTheOrigin) {
  game_.publish(v1_);
  Vfs vfs = Game::open(ignoring());
  expect_content(vfs, "art/hero.png", "hero", Source::origin);
  expect_content(vfs, "Art/Hero.PNG", "hero", Source::store);
  EXPECT_EQ(vfs.read("TWINS/a").error(), errc::ambiguous);
  EXPECT_THAT(vfs.explain("TWINS/a")->because, HasSubstr(": twins/A, twins/a"));

  LayaTree v2 = v1_;
  v2.files["Art/Hero.PNG"] = "changed";
  v2.files["Art/New"] = "new";
  game_.publish(v2);
  ASSERT_TRUE(vfs.refresh());
  expect_content(vfs, "ART/HERO.PNG", "changed", Source::origin);
  expect_content(vfs, "art/NEW", "new", Source::origin);
  EXPECT_THAT(game_.log(), IsEmpty());
}

TEST_F(IgnoreCaseLayaFlow, SaysSoWhereTheNamesAreNotToBeHad) {
  game_.publish(v1_);
  std::filesystem::remove(game_.root() / "update/allfiles.txt");
  Vfs vfs = Game::open(ignoring());
  EXPECT_THAT(game_.log(), HasSubstr("allfiles.txt"));
  expect_content(vfs, "Art/Hero.PNG", "hero", Source::origin);
  EXPECT_EQ(vfs.read("art/hero.png").error(), errc::not_found) << "asked for as it is";
}

}  // namespace
}  // namespace larder
