#include "bundle/laya_directory.h"

#include <gtest/gtest.h>

#include <string>

#include "digest/verifier.h"
#include "support/laya_tree.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::bundle {
namespace {

using test::LayaTree;

class LayaDirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    test::write_file(scratch_ / "filetable.bin", tree_.binary_table());
    test::write_file(scratch_ / "assetsid.txt", tree_.id() + "\n");
    for (const auto& [path, content] : tree_.files) {
      char name[9];
      std::snprintf(name, sizeof name, "%08x", filetable::laya_path_id(path));
      test::write_file(scratch_ / name, content);
    }
  }
  std::unique_ptr<LayaDirectory> open() {
    std::string why;
    auto opened = LayaDirectory::open(scratch_.path(), "", &why);
    EXPECT_TRUE(opened) << why;
    return std::move(*opened);
  }
  static Checksum checksum(std::string_view content) {
    return digest::laya_checksum(LayaTree::checksum(content));
  }

  test::TempDirectory scratch_;
  LayaTree tree_{{{"a", "alpha"}, {"empty", ""}, {"big", std::string(1 << 20, 'b')}}};
};

TEST_F(LayaDirectoryTest, LendsItsFiles) {
  const auto bundle = open();
  EXPECT_EQ(bundle->size(), 3u);
  EXPECT_EQ(bundle->id(), tree_.id());
  for (const auto& [path, content] : tree_.files) {
    const auto blob = bundle->lend(filetable::laya_path_id(path), checksum(content));
    ASSERT_TRUE(blob) << path;
    EXPECT_EQ(blob->text(), content);
    EXPECT_EQ(blob->source(), Source::bundle);
    EXPECT_EQ(bundle->size_of(filetable::laya_path_id(path)), content.size());
  }
}

TEST_F(LayaDirectoryTest, LendsTheSameBytesAgainWithoutReadingThem) {
  const auto bundle = open();
  const auto id = filetable::laya_path_id("big");
  const auto first = bundle->lend(id, checksum(tree_.files["big"]));
  const auto second = bundle->lend(id, checksum(tree_.files["big"]));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->data(), second->data());
}

TEST_F(LayaDirectoryTest, DoesNotHaveWhatIsNotThere) {
  const auto bundle = open();
  EXPECT_FALSE(bundle->holds(0x12345678));
  EXPECT_EQ(bundle->lend(0x12345678, {}).error(), errc::not_found);
  EXPECT_FALSE(bundle->size_of(0x12345678));
}

TEST_F(LayaDirectoryTest, NeverLendsDamagedBytes) {
  const auto id = filetable::laya_path_id("a");
  char name[9];
  std::snprintf(name, sizeof name, "%08x", id);
  test::write_file(scratch_ / name, "alphA");
  const auto bundle = open();
  EXPECT_EQ(bundle->lend(id, checksum("alpha")).error(), errc::damaged);
  EXPECT_EQ(bundle->lend(id, checksum("alpha")).error(), errc::not_found)
      << "damage is told once; it does not heal";
}

TEST_F(LayaDirectoryTest, KeepsBytesAliveAfterItIsClosed) {
  auto bundle = open();
  const auto blob = bundle->lend(filetable::laya_path_id("big"), checksum(tree_.files["big"]));
  bundle.reset();
  EXPECT_EQ(blob->text(), tree_.files["big"]);
}

TEST_F(LayaDirectoryTest, NamesItselfByTheTableWhenItHasNoId) {
  std::filesystem::remove(scratch_ / "assetsid.txt");
  const auto bundle = open();
  EXPECT_EQ(bundle->id().size(), 8u);
}

TEST(LayaHostPath, FollowsTheOriginalTool) {
  EXPECT_EQ(laya_host_path("http://a.com/index.html"), "a.com");
  EXPECT_EQ(laya_host_path("https://www.game.com:8080/x/y/index.html?q=1"),
            "https.__www.game.com.8080_x_y");
  EXPECT_EQ(laya_host_path("www.game.com"), "www.game.com");
  EXPECT_EQ(laya_host_path("http://a.com/?x=/y/z"), "a.com");
  EXPECT_EQ(laya_host_path("http://a.com/b/"), "a.com_b");
  EXPECT_EQ(laya_host_path("/x"), "_x");
  EXPECT_EQ(laya_host_path("?x/y"), "?x");
  EXPECT_EQ(laya_host_path("a\\b:c"), "a_b.c");
  EXPECT_EQ(laya_host_path("http://"), "");
  EXPECT_EQ(laya_host_path("x/http://y/z"), "x_y");
  EXPECT_EQ(laya_host_path("http://stand.alone.version/index.html"), "stand.alone.version");
  EXPECT_EQ(laya_host_path(""), "");
}

}  // namespace
}  // namespace larder::bundle
