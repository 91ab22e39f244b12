// What an old client has downloaded is taken over instead of being downloaded again.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "flow/listed_game.h"
#include "flow/native_game.h"

namespace larder {
namespace {

using test::CocosTree;
using test::expect_content;
using test::ListedGame;

class TakeOverFlow : public ::testing::Test {
 protected:
  TakeOverFlow() {
    tree_.package_url = game_.url();
    tree_.files = {{"a.png", "picture"},
                   {"big.bin", std::string(3'000'000, 'b')},
                   {"opaque.txt", "whatever"},
                   {"res/%C3%A9.txt", "accent"}};
    tree_.tags = {{"opaque.txt", "v7"}};
    game_.publish(tree_);
  }
  std::string old(const std::string& name, const std::string& content) {
    const auto file = std::filesystem::path(game_.scratch() / "old") / name;
    test::write_file(file, content);
    return file.string();
  }
  Vfs open() {
    Vfs vfs = ListedGame::open(game_.app(Layout::cocos));
    static_cast<void>(game_.fetched());
    return vfs;
  }

  CocosTree tree_;
  ListedGame game_;
};

TEST_F(TakeOverFlow, TakesWhatHasTheRightChecksumAndSaysWhatBecameOfTheRest) {
  const std::vector<LocalCopy> copies = {
      {game_.url() + "a.png", old("1.png", "picture")},
      {"big.bin", old("2.bin", tree_.files["big.bin"])},
      {"res/\xc3\xa9.txt", old("3.txt", "accen")},
      {"opaque.txt", old("4.txt", "whatever")},
      {"https://elsewhere.example/b.png", old("5.png", "b")},
      {"none.png", old("6.png", "b")},
      {"res/%C3%A9.txt", game_.scratch() / "old/none.txt"},
  };
  Vfs vfs = open();
  std::uint64_t told = 0;
  TakeOverOptions options;
  options.remove = true;
  options.on_progress = [&](std::uint64_t done, std::uint64_t files) {
    EXPECT_EQ(done, ++told);
    EXPECT_EQ(files, copies.size());
  };
  const auto taken = vfs.take_over(copies, options);
  ASSERT_TRUE(taken) << taken.error().message();
  EXPECT_EQ(told, copies.size());
  EXPECT_EQ(taken->files, copies.size());
  EXPECT_EQ(taken->taken, 2u);
  EXPECT_EQ(taken->bytes, 3'000'007u);
  EXPECT_EQ(taken->different, 1u);
  EXPECT_EQ(taken->unverified, 1u);
  EXPECT_EQ(taken->unlisted, 2u);
  EXPECT_EQ(taken->failed, 1u);
  EXPECT_EQ(taken->held, 0u);
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_EQ(std::filesystem::exists(copies[i].file), i >= 2) << copies[i].file;

  game_.stop_server();
  expect_content(vfs, "a.png", "picture", Source::store);
  expect_content(vfs, "big.bin", tree_.files["big.bin"], Source::store);
  const auto again = vfs.take_over({{"a.png", old("1.png", "picture")}});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->held, 1u);
}

TEST_F(TakeOverFlow, WithoutAStoreThereIsNowhereToPutIt) {
  Options options = game_.app(Layout::cocos);
  options.store.clear();
  Vfs vfs = ListedGame::open(options);
  EXPECT_EQ(vfs.take_over({}).error(), errc::invalid_argument);
}

TEST_F(TakeOverFlow, AFullStoreKeepsTheOldFile) {
  Options options = game_.app(Layout::cocos);
  options.store_quota_bytes = 1 << 20;
  Vfs vfs = ListedGame::open(options);
  const std::string file = old("2.bin", tree_.files["big.bin"]);
  const auto taken = vfs.take_over({{"big.bin", file}}, {.remove = true, .on_progress = {}});
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->failed, 1u);
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST(TakeOverNativeFlow, HoldsContentAgainstItsDigest) {
  test::NativeGame game;
  test::NativeTree tree = test::many_files(500);
  game.publish(tree, 1);
  Vfs vfs = game.open();
  const auto right = std::filesystem::path(game.scratch() / "right");
  const auto wrong = std::filesystem::path(game.scratch() / "wrong");
  test::write_file(right, tree.files["folder1/file1"]);
  test::write_file(wrong, "content of file number 9");
  const auto taken = vfs.take_over({{"folder1/file1", right}, {"folder2/file2", wrong}});
  ASSERT_TRUE(taken) << taken.error().message();
  EXPECT_EQ(taken->taken, 1u);
  EXPECT_EQ(taken->different, 1u);
  EXPECT_TRUE(std::filesystem::exists(right)) << "not moved";
  game.stop_server();
  expect_content(vfs, "folder1/file1", tree.files["folder1/file1"], Source::store);
}

}  // namespace
}  // namespace larder
