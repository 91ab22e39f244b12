// Native bundles and the origin behind them.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bundle/bundle_writer.h"
#include "filetable/laya_writer.h"
#include "flow/native_game.h"

namespace larder {
namespace {

using test::expect_content;
using test::NativeGame;
using test::NativeTree;

class NativeBundleFlow : public ::testing::Test {
 protected:
  NativeBundleFlow() { game_.publish(v1_, 1); }

  /// A bundle of `tree` as it was published last, with the content of some of its files.
  std::string bundle(const NativeTree& tree, const std::vector<std::string>& included,
                     bool stamped = true) {
    const std::string file = game_.scratch() / ("app" + std::to_string(++bundles_) + ".larder");
    auto writer = *bundle::BundleWriter::create(file);
    for (const auto& [page, bytes] : tree.pages)
      EXPECT_TRUE(writer->add(page.digest, test::bytes_of(bytes)));
    for (const std::string& path : included)
      EXPECT_TRUE(writer->add(tree.entries.at(path).digest, test::bytes_of(tree.files.at(path))));
    const auto& table = tree.head.table;
    EXPECT_TRUE(writer->finish({table.digest, static_cast<std::uint32_t>(table.bytes), table.files},
                               stamped ? test::read_file(game_.root() / "heads/stable.json") : ""));
    return file;
  }
  Options app(const std::vector<std::string>& bundles) {
    Options options = game_.app();
    options.bundles = bundles;
    return options;
  }
  NativeTree next_release() {
    NativeTree tree = v1_;
    tree.head = {};
    tree.files["b.txt"] = "beta, second edition";
    tree.files["new.txt"] = "new";
    return tree;
  }

  NativeGame game_;
  NativeTree v1_{{{"a.txt", "alpha"}, {"b.txt", "beta"}, {"c.txt", std::string(100'000, 'c')}}};
  int bundles_ = 0;
};

TEST_F(NativeBundleFlow, LendsWhatItHoldsAndTheOriginHasTheRest) {
  const std::string file = bundle(v1_, {"a.txt", "c.txt"});
  Vfs vfs = NativeGame::open(app({file}));
  game_.targets();
  expect_content(vfs, "a.txt", "alpha", Source::bundle);
  expect_content(vfs, "c.txt", v1_.files["c.txt"], Source::bundle);
  EXPECT_EQ(game_.requests(), 0u);
  expect_content(vfs, "b.txt", "beta", Source::origin);
  EXPECT_EQ(vfs.release_info()->bundle_version, 1u);
}

TEST_F(NativeBundleFlow, WorksAloneWithoutAnyOriginOrKey) {
  Options options;
  options.bundles = {bundle(v1_, {"a.txt"}, false)};
  Vfs vfs = NativeGame::open(options);
  expect_content(vfs, "a.txt", "alpha", Source::bundle);
  EXPECT_EQ(vfs.read("b.txt").error(), errc::offline);
  EXPECT_EQ(vfs.read("none").error(), errc::not_listed);
  EXPECT_EQ(vfs.list("")->size(), 3u);
  EXPECT_EQ(vfs.stat("b.txt")->size_bytes, 4u);
}

TEST_F(NativeBundleFlow, KnowsEveryNameBeforeTheNetworkWasAsked) {
  Options options = app({bundle(v1_, {})});
  options.refresh_at = RefreshAt::demand;
  game_.targets();
  Vfs vfs = NativeGame::open(options);
  EXPECT_TRUE(vfs.exists("b.txt"));
  EXPECT_FALSE(vfs.exists("none"));
  EXPECT_EQ(game_.requests(), 0u);
  EXPECT_EQ(vfs.release_id(), "stable-1");
}

TEST_F(NativeBundleFlow, IsReadFromInsideAnArchive) {
  const std::string bytes = test::read_file(bundle(v1_, {"a.txt"}));
  test::write_file(game_.scratch() / "base.apk", "head" + bytes + "tail");
  Vfs vfs =
      NativeGame::open(app({game_.scratch() / ("base.apk@4+" + std::to_string(bytes.size()))}));
  expect_content(vfs, "a.txt", "alpha", Source::bundle);
}

TEST_F(NativeBundleFlow, AnUpdateGoesOnUsingWhatTheBundleHas) {
  Options options = app({bundle(v1_, {"a.txt", "b.txt"})});
  NativeTree v2 = next_release();
  game_.publish(v2, 2);
  Vfs vfs = NativeGame::open(options);
  expect_content(vfs, "a.txt", "alpha", Source::bundle);
  expect_content(vfs, "b.txt", "beta, second edition", Source::origin);
  EXPECT_EQ(vfs.release_info()->version, 2u);
  EXPECT_EQ(vfs.release_info()->newest_version, 2u);
  EXPECT_EQ(vfs.release_info()->bundle_version, 1u);
}

TEST_F(NativeBundleFlow, ANewerAppTakesItsOwnTableAndKeepsTheStore) {
  {
    Vfs vfs = NativeGame::open(app({bundle(v1_, {"a.txt"})}));
    expect_content(vfs, "c.txt", v1_.files["c.txt"], Source::origin);
  }
  NativeTree v2 = next_release();
  game_.publish(v2, 2);
  Options options = app({bundle(v2, {"new.txt"})});
  options.refresh_at = RefreshAt::demand;
  Vfs vfs = NativeGame::open(options);
  EXPECT_EQ(vfs.release_id(), "stable-2");
  expect_content(vfs, "new.txt", "new", Source::bundle);
  expect_content(vfs, "c.txt", v1_.files["c.txt"], Source::store);
}

TEST_F(NativeBundleFlow, AnOlderBundleDoesNotBringBackThePast) {
  Options options = app({bundle(v1_, {"a.txt", "b.txt"})});
  NativeTree v2 = next_release();
  game_.publish(v2, 2);
  { Vfs vfs = NativeGame::open(options); }
  options.refresh_at = RefreshAt::demand;
  Vfs vfs = NativeGame::open(options);
  EXPECT_EQ(vfs.release_id(), "stable-2");
  expect_content(vfs, "b.txt", "beta, second edition", Source::origin);
}

TEST_F(NativeBundleFlow, AnOriginBehindTheBundleIsNoRollBack) {
  NativeTree v2 = next_release();
  game_.publish(v2, 2);
  Options options = app({bundle(v2, {"new.txt"})});
  game_.publish(v1_, 1);  // an edge that has not caught up
  Vfs vfs = NativeGame::open(options);
  EXPECT_EQ(vfs.release_id(), "stable-2");
  const auto refreshed = vfs.refresh();
  ASSERT_TRUE(refreshed) << refreshed.error().message();
  EXPECT_FALSE(refreshed->changed);
  EXPECT_FALSE(refreshed->held_back);
  game_.publish(v2, 3);
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(vfs.release_id(), "stable-3");
}

TEST_F(NativeBundleFlow, SeveralBundlesStandInForEachOther) {
  const std::string older = bundle(v1_, {"a.txt"});
  NativeTree v2 = next_release();
  game_.publish(v2, 2);
  Options options = app({older, bundle(v2, {"new.txt"})});
  options.refresh_at = RefreshAt::demand;
  Vfs vfs = NativeGame::open(options);
  EXPECT_EQ(vfs.release_id(), "stable-2");
  expect_content(vfs, "a.txt", "alpha", Source::bundle);
  expect_content(vfs, "new.txt", "new", Source::bundle);
}

TEST_F(NativeBundleFlow, ALayaDccCacheDirectoryIsABundle) {
  const auto directory = std::filesystem::path(game_.scratch() / "cache/game.com");
  const auto put = [&](const std::string& path, const std::string& content) {
    test::write_file(directory / filetable::laya_content_name(filetable::laya_path_id(path)),
                     content);
  };
  test::write_file(directory / "filetable.bin", "old");
  put("a.txt", "alpha");
  put("b.txt", "atad");  // of the right size
  Vfs vfs = NativeGame::open(app({game_.scratch() / "."}));
  game_.targets();
  EXPECT_TRUE(vfs.stat("a.txt")->local);
  EXPECT_FALSE(vfs.stat("b.txt")->local);
  EXPECT_TRUE(vfs.explain("a.txt")->in_bundle);
  expect_content(vfs, "a.txt", "alpha", Source::bundle);
  EXPECT_EQ(game_.requests(), 0u);
  expect_content(vfs, "b.txt", "beta", Source::origin);
  expect_content(vfs, "b.txt", "beta", Source::store);
  expect_content(vfs, "c.txt", v1_.files["c.txt"], Source::origin);

  NativeTree v2 = next_release();
  v2.files["a.txt"] = "ALPHA";
  game_.publish(v2, 2);
  ASSERT_TRUE(vfs.refresh());
  expect_content(vfs, "a.txt", "ALPHA", Source::origin);
  game_.publish(v1_, 3);
  ASSERT_TRUE(vfs.refresh());
  expect_content(vfs, "a.txt", "alpha", Source::bundle);
  EXPECT_EQ(vfs.stats().damaged, 0u);
}

TEST_F(NativeBundleFlow, WhatIsNoBundleIsRefused) {
  test::write_file(game_.scratch() / "junk", "no bundle at all, though long enough to be one");
  EXPECT_EQ(Vfs::open(app({game_.scratch() / "junk"})).error(), errc::bad_bundle);
  EXPECT_EQ(Vfs::open(app({game_.scratch() / "nothing"})).error(), errc::bad_bundle);
  std::filesystem::create_directories(game_.scratch() / "folder");
  EXPECT_EQ(Vfs::open(app({game_.scratch() / "folder"})).error(), errc::bad_bundle);
}

}  // namespace
}  // namespace larder
