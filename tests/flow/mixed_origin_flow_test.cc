// One origin for two kinds of clients: both read every file, before and after an update.
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>

#include "flow/published_game.h"
#include "publish/mixed_origin.h"

namespace larder {
namespace {

using test::NativeGame;

class MixedOriginFlow : public ::testing::Test {
 protected:
  void publish() {
    test::write_tree(tree(), files_);
    const auto options = test::publish_options(game_, tree());
    std::string why;
    ASSERT_TRUE(publish::publish_mixed(options, &why)) << why;
  }
  /// Options of a client that knows nothing of native releases.
  Options laya_app() {
    Options options = game_.app();
    options.trust = {};
    options.store = game_.scratch() / "laya-store";
    return options;
  }
  void expect_all(Vfs& vfs) {
    for (const auto& [path, content] : files_) {
      const auto blob = vfs.read(path);
      ASSERT_TRUE(blob) << path << ": " << blob.error().message();
      EXPECT_EQ(blob->text(), content) << path;
    }
    EXPECT_EQ(vfs.file_count(), files_.size());
    EXPECT_EQ(vfs.stats().damaged, 0u);
  }
  [[nodiscard]] std::filesystem::path tree() const { return game_.scratch() / "tree"; }

  NativeGame game_;
  std::map<std::string, std::string> files_{{"a.txt", std::string(20'000, 'a')},
                                            {"empty.bin", ""},
                                            {"res/b.json", "{}"},
                                            {"res/sub/with space.js", "js"},
                                            {"res/\u00e4.txt", "umlaut"}};
};

TEST_F(MixedOriginFlow, BothKindsOfClientsReadEveryFile) {
  publish();
  Vfs native = game_.open();
  Vfs laya = NativeGame::open(laya_app());
  expect_all(native);
  expect_all(laya);
  ASSERT_TRUE(native.release_info());
  EXPECT_EQ(native.release_info()->version, 1u);

  files_["a.txt"] += "and an edit";
  files_["res/new"] = "new";
  files_.erase("res/b.json");
  publish();
  ASSERT_TRUE(native.refresh());
  ASSERT_TRUE(laya.refresh());
  expect_all(native);
  expect_all(laya);
  EXPECT_EQ(native.read("res/b.json").error(), errc::not_listed);
  EXPECT_EQ(laya.read("res/b.json").error(), errc::not_found);
}

}  // namespace
}  // namespace larder
