// larder bundle, and what is read from what it writes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "program.h"
#include "support/native_tree.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::test {
namespace {

using ::testing::HasSubstr;

class BundleCommand : public ::testing::Test {
 protected:
  BundleCommand() {
    tree_.files = {{"a.txt", "alpha"}, {"ui/b.png", "beta"}, {"ui/deep/c.png", "gamma"}};
    for (const auto& [path, content] : tree_.files) write_file(game() + "/" + path, content);
    tree_.write(origin());
    tree_.announce(origin(), 4, {&key_});
    write_file(folder_ / "key.pub", trust::to_pem(key_.public_key()));
  }
  [[nodiscard]] std::string game() const { return folder_ / "game"; }
  [[nodiscard]] std::string origin() const { return folder_ / "origin"; }
  [[nodiscard]] std::string bundle() const { return folder_ / "app.larder"; }
  Said run(std::vector<std::string> more) {
    std::vector<std::string> words = {"bundle", game(), "-o", bundle(), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    return larder(words);
  }
  std::string source_of(const std::string& path, std::vector<std::string> more = {}) {
    std::vector<std::string> words = {"get", "--json", "--bundle", bundle(), path};
    words.insert(words.end(), more.begin(), more.end());
    const auto line = larder(words).objects().front();
    return line.contains("source") ? text(line, "source") : text(line, "error");
  }

  TempDirectory folder_;
  const trust::PrivateKey key_ = trust::PrivateKey::generate();
  NativeTree tree_;
};

TEST_F(BundleCommand, TakesWhatTheGlobsNameAndListsEverything) {
  const Said said = run({"--include", "ui/**", "--exclude", "**/c.png"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(number(said.objects().front(), "files"), 1);
  EXPECT_EQ(number(said.objects().front(), "table_files"), 3);
  EXPECT_EQ(source_of("ui/b.png"), "bundle");
  EXPECT_EQ(source_of("ui/deep/c.png"), "offline");
  EXPECT_EQ(source_of("nothing"), "not_listed");
}

TEST_F(BundleCommand, IsStampedWithARelease) {
  const Said said =
      run({"--include", "a.txt", "--release", origin(), "--trust", folder_ / "key.pub"});
  ASSERT_EQ(said.status, 0) << said.err;
  const std::vector<std::string> with_origin = {"--origin", origin(), "--trust",
                                                folder_ / "key.pub"};
  EXPECT_EQ(source_of("a.txt", with_origin), "bundle");
  EXPECT_EQ(source_of("ui/b.png", with_origin), "origin");
}

TEST_F(BundleCommand, RefusesAFolderThatIsNotTheRelease) {
  write_file(game() + "/a.txt", "changed");
  write_file(game() + "/extra.txt", "not published");
  const Said said = run({"--release", origin(), "--trust", folder_ / "key.pub"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("a.txt differs from the release's"));
  EXPECT_THAT(said.err, HasSubstr("extra.txt is not in the release"));
  EXPECT_FALSE(std::filesystem::exists(bundle()));
}

TEST_F(BundleCommand, TrustsNoReleaseWithoutItsKey) {
  EXPECT_EQ(run({"--release", origin()}).status, 1);
  const auto stranger = trust::PrivateKey::generate();
  write_file(folder_ / "stranger.pub", trust::to_pem(stranger.public_key()));
  EXPECT_EQ(run({"--release", origin(), "--trust", folder_ / "stranger.pub"}).status, 1);
  EXPECT_EQ(run({"--release", origin(), "--allow-unsigned"}).status, 0);
}

TEST_F(BundleCommand, LeavesTheOldBundleWhenItFails) {
  ASSERT_EQ(run({}).status, 0);
  const std::string before = read_file(bundle());
  std::filesystem::create_symlink("nowhere", game() + "/dangling");
  EXPECT_EQ(run({}).status, 1);
  EXPECT_EQ(read_file(bundle()), before);
}

// The reading commands on a native origin.

TEST_F(BundleCommand, NativeOriginsAreReadWithTheirKey) {
  const std::vector<std::string> from = {"--origin",        origin(),  "--store",
                                         folder_ / "store", "--trust", folder_ / "key.pub"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.begin() + 1, from.begin(), from.end());
    return larder(words);
  };
  EXPECT_EQ(with({"get", "--cat", "ui/b.png"}).out, "beta");
  EXPECT_EQ(with({"ls", "-R"}).out, "a.txt\nui/\nui/b.png\nui/deep/\nui/deep/c.png\n");
  EXPECT_EQ(with({"prefetch", "ui/**"}).status, 0);
  const auto why = with({"explain", "--json", "ui/deep/c.png"}).objects().front();
  EXPECT_EQ(text(why, "source"), "store");
  const Said stranger = larder({"get", "--origin", origin(), "--layout", "native", "a.txt"});
  EXPECT_EQ(stranger.status, 1);
  EXPECT_THAT(stranger.err, HasSubstr("no key"));
  EXPECT_EQ(larder({"get", "--origin", origin(), "--allow-unsigned", "a.txt"}).status, 0);
}

}  // namespace
}  // namespace larder::test
