// The main job, end to end: bundle → store → origin, over real sockets and files.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "flow/game.h"

namespace larder {
namespace {

using test::expect_content;
using test::Game;
using test::LayaTree;
using Paths = std::vector<std::string>;

class LayaFlow : public ::testing::Test {
 protected:
  void SetUp() override { game_.publish(v1_); }

  Game game_;
  LayaTree v1_{{{"a.txt", "alpha"},
                {"empty.bin", ""},
                {"res/big.bin", std::string(3 << 20, 'x')},
                {"res/sub/b.json", "{\"b\":1}"},
                {"with space/f 1.js", "js"}}};
};

TEST_F(LayaFlow, DownloadsOnlyWhatIsAskedFor) {
  Vfs vfs = game_.open();
  expect_content(vfs, "a.txt", "alpha", Source::origin);
  expect_content(vfs, "/res/big.bin", v1_.files["res/big.bin"], Source::origin);
  EXPECT_EQ(game_.fetched(), (Paths{"a.txt", "res/big.bin"}));
}

TEST_F(LayaFlow, DownloadsNothingTwice) {
  {
    Vfs vfs = game_.open();
    for (const auto& [path, content] : v1_.files)
      expect_content(vfs, path, content, Source::origin);
    for (const auto& [path, content] : v1_.files) expect_content(vfs, path, content, Source::store);
    EXPECT_EQ(vfs.stats().from_origin, v1_.files.size());
    EXPECT_EQ(vfs.stats().from_store, v1_.files.size());
    EXPECT_EQ(vfs.stats().stored_objects, v1_.files.size());
    EXPECT_EQ(vfs.stats().store.hits, v1_.files.size());
    EXPECT_EQ(vfs.stats().store.stored, v1_.files.size());
    EXPECT_EQ(vfs.stats().store.miss.samples, v1_.files.size());
    EXPECT_EQ(vfs.stats().store.misses, v1_.files.size());
    EXPECT_GT(vfs.stats().store.waited.count(), 0);
  }
  game_.targets();
  Vfs second_run = game_.open();
  for (const auto& [path, content] : v1_.files)
    expect_content(second_run, path, content, Source::store);
  EXPECT_EQ(game_.targets().size(), 1u) << "one small request: is there a newer table?";
  EXPECT_EQ(second_run.stats().wire_bytes, 0u);
  EXPECT_EQ(second_run.stats().store.miss.samples, 0u);
  EXPECT_EQ(second_run.stats().store_life.miss.samples, v1_.files.size());
  EXPECT_EQ(second_run.stats().store_life.hits, 2 * v1_.files.size());
}

TEST_F(LayaFlow, DownloadsExactlyTheChangedFilesThatAreAskedFor) {
  {
    Vfs vfs = game_.open();
    for (const auto& [path, content] : v1_.files) ASSERT_TRUE(vfs.read(path));
  }
  LayaTree v2 = v1_;
  v2.files["a.txt"] = "ALPHA!";
  v2.files["res/sub/b.json"] = "{\"b\":2}";
  game_.publish(v2);
  game_.fetched();
  Vfs vfs = game_.open();
  expect_content(vfs, "a.txt", "ALPHA!", Source::origin);
  expect_content(vfs, "res/big.bin", v2.files["res/big.bin"], Source::store);
  EXPECT_EQ(game_.fetched(), Paths{"a.txt"}) << "b.json changed too, but nobody asked";
}

TEST_F(LayaFlow, ServesFromTheBundleFirst) {
  Options app = game_.app();
  app.bundles = {game_.bundle(v1_, {"a.txt", "empty.bin"})};
  Vfs vfs = Game::open(app);
  expect_content(vfs, "a.txt", "alpha", Source::bundle);
  expect_content(vfs, "empty.bin", "", Source::bundle);
  expect_content(vfs, "res/sub/b.json", "{\"b\":1}", Source::origin);
  EXPECT_EQ(game_.fetched(), Paths{"res/sub/b.json"});
}

TEST_F(LayaFlow, PrefersTheOriginsVersionToAnOlderOneInTheBundle) {
  Options app = game_.app();
  app.bundles = {game_.bundle(v1_, {"a.txt", "res/sub/b.json"})};
  LayaTree v2 = v1_;
  v2.files["a.txt"] = "beta";
  game_.publish(v2);
  Vfs vfs = Game::open(app);
  expect_content(vfs, "a.txt", "beta", Source::origin);
  expect_content(vfs, "res/sub/b.json", "{\"b\":1}", Source::bundle);
}

TEST_F(LayaFlow, FetchesWhatIsDamagedInTheBundle) {
  Options app = game_.app();
  LayaTree damaged = v1_;
  const std::string bundle = game_.bundle(v1_, {"a.txt"});
  char name[9];
  std::snprintf(name, sizeof name, "%08x", filetable::laya_path_id("a.txt"));
  test::write_file(std::filesystem::path(bundle) / name, "alphA");
  app.bundles = {bundle};
  Vfs vfs = Game::open(app);
  expect_content(vfs, "a.txt", "alpha", Source::origin);
  expect_content(vfs, "a.txt", "alpha", Source::store);
  EXPECT_EQ(vfs.stats().damaged, 1u);
}

TEST_F(LayaFlow, NeverUsesTheNetworkForAStandAlonePackage) {
  Options app;
  app.bundles = {game_.bundle(v1_, {"a.txt"})};
  Vfs vfs = Game::open(app);
  expect_content(vfs, "a.txt", "alpha", Source::bundle);
  EXPECT_EQ(vfs.read("res/sub/b.json").error(), errc::offline);
  EXPECT_EQ(vfs.read("missing").error(), errc::not_listed);
  EXPECT_EQ(vfs.refresh().error(), errc::offline);
  EXPECT_TRUE(game_.targets().empty());
}

TEST_F(LayaFlow, KeepsWhatIsStillValidAfterAnAppUpgrade) {
  Options app = game_.app();
  app.bundles = {game_.bundle(v1_, {})};
  {
    Vfs vfs = Game::open(app);
    for (const auto& [path, content] : v1_.files) ASSERT_TRUE(vfs.read(path));
  }
  LayaTree v2 = v1_;
  v2.files["a.txt"] = "new";
  game_.publish(v2);
  game_.targets();
  app.bundles = {game_.bundle(v2, {"a.txt"})};
  Vfs vfs = Game::open(app);
  expect_content(vfs, "a.txt", "new", Source::bundle);
  expect_content(vfs, "res/big.bin", v1_.files["res/big.bin"], Source::store);
  const auto targets = game_.targets();
  ASSERT_EQ(targets.size(), 1u) << "the bundle's table is the origin's: only the id is asked for";
  EXPECT_TRUE(targets[0].starts_with("/update/assetsid.txt"));
}

TEST_F(LayaFlow, ServesEverythingLocalWhenTheOriginIsUnreachable) {
  {
    Vfs vfs = game_.open();
    ASSERT_TRUE(vfs.read("a.txt"));
  }
  game_.stop_server();
  Options app = game_.app();
  app.attempts = 1;
  Vfs vfs = Game::open(app);
  expect_content(vfs, "a.txt", "alpha", Source::store);
  EXPECT_EQ(vfs.read("res/big.bin").error(), condition::retryable);
  EXPECT_TRUE(vfs.exists("res/big.bin"));
  EXPECT_FALSE(vfs.refresh());
  expect_content(vfs, "a.txt", "alpha", Source::store);
}

TEST_F(LayaFlow, OfflineSaysSoForWhatIsNotLocal) {
  {
    Vfs vfs = game_.open();
    ASSERT_TRUE(vfs.read("a.txt"));
  }
  game_.targets();
  Options app = game_.app();
  app.offline = true;
  Vfs vfs = Game::open(app);
  expect_content(vfs, "a.txt", "alpha", Source::store);
  EXPECT_EQ(vfs.read("empty.bin").error(), errc::offline);
  EXPECT_TRUE(game_.targets().empty());
}

TEST_F(LayaFlow, NeverServesOrStoresABodyWithAWrongChecksum) {
  test::write_file(game_.root() / "a.txt", "alphA");  // changed behind the table's back
  std::vector<DamageReport> reports;
  Options app = game_.app();
  app.on_damage = [&](const DamageReport& report) { reports.push_back(report); };
  {
    Vfs vfs = Game::open(app);
    EXPECT_EQ(vfs.read("a.txt").error(), errc::damaged);
    EXPECT_EQ(vfs.try_read("a.txt").error(), errc::would_fetch) << "nothing was stored";
    ASSERT_EQ(reports.size(), 2u);
    EXPECT_EQ(reports[0].path, "a.txt");
    EXPECT_EQ(reports[0].length_bytes, 5u);
    EXPECT_EQ(reports[0].server_id, v1_.id());
    EXPECT_NE(reports[0].expected, reports[0].actual);
  }
  const auto targets = game_.targets();
  EXPECT_NE(targets.back().find("larder="), std::string::npos)
      << "the last attempt went past caches: " << targets.back();
  test::write_file(game_.root() / "a.txt", "alpha");
  Vfs vfs = Game::open(app);
  expect_content(vfs, "a.txt", "alpha", Source::origin);
}

TEST_F(LayaFlow, HandsOutDamagedBytesOnlyByPolicyAndNeverStoresThem) {
  test::write_file(game_.root() / "a.txt", "alphA");
  Options app = game_.app();
  app.laya.hand_out_damaged = true;
  Vfs vfs = Game::open(app);
  expect_content(vfs, "a.txt", "alphA", Source::origin);
  EXPECT_EQ(vfs.try_read("a.txt").error(), errc::would_fetch);
}

TEST_F(LayaFlow, AnswersQuestionsFromTheTableWithoutFetchingContent) {
  Vfs vfs = game_.open();
  EXPECT_TRUE(vfs.exists("a.txt"));
  EXPECT_FALSE(vfs.exists("missing.txt"));
  EXPECT_FALSE(vfs.exists("res"));
  EXPECT_FALSE(vfs.stat("a.txt")->local);
  EXPECT_EQ(vfs.stat("missing.txt").error(), errc::not_listed);

  const auto root = vfs.list("");
  ASSERT_TRUE(root) << root.error().message();
  Paths names;
  for (const auto& entry : *root) names.push_back(entry.name + (entry.is_directory ? "/" : ""));
  EXPECT_EQ(names, (Paths{"a.txt", "empty.bin", "res/", "with space/"}));
  EXPECT_EQ(vfs.list("res/sub")->size(), 1u);
  EXPECT_EQ(vfs.list("nowhere").error(), errc::not_listed);
  EXPECT_TRUE(vfs.stat("res")->is_directory);
  EXPECT_TRUE(game_.fetched().empty());

  ASSERT_TRUE(vfs.read("a.txt"));
  EXPECT_TRUE(vfs.stat("a.txt")->local);
  EXPECT_EQ(vfs.stat("a.txt")->size_bytes, 5u);
}

TEST_F(LayaFlow, MakesOneRequestForManyThreads) {
  Vfs vfs = game_.open();
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int i = 0; i < 64; ++i)
    threads.emplace_back([&] {
      const auto blob = vfs.read("res/big.bin");
      if (blob && blob->text() == v1_.files["res/big.bin"]) ++good;
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(good, 64);
  EXPECT_EQ(game_.fetched(), Paths{"res/big.bin"});
  EXPECT_EQ(vfs.stats().requests, 1u);
}

TEST_F(LayaFlow, BypassesTheTableForQueryStrings) {
  Vfs vfs = game_.open();
  expect_content(vfs, "a.txt?x=1", "alpha", Source::origin);
  test::write_file(game_.root() / "a.txt", "other");
  expect_content(vfs, "a.txt?x=1", "other", Source::origin);
}

TEST_F(LayaFlow, KeepsTheVersionThatAQueryStringNames) {
  Options app = game_.app();
  app.laya.version_key = "v";
  {
    Vfs vfs = Game::open(app);
    expect_content(vfs, "a.txt?v=7", "alpha", Source::origin);
    expect_content(vfs, "a.txt?v=0", "alpha", Source::origin);
  }
  test::write_file(game_.root() / "a.txt", "other");
  Vfs vfs = Game::open(app);
  expect_content(vfs, "a.txt?v=7", "alpha", Source::store);
  expect_content(vfs, "a.txt?v=0", "alpha", Source::store);
  expect_content(vfs, "a.txt?v=8", "other", Source::origin);
}

TEST_F(LayaFlow, FetchesFilesOutsideTheTableWithoutStoringThem) {
  test::write_file(game_.root() / "news.json", "today");
  Vfs vfs = game_.open();
  expect_content(vfs, "news.json", "today", Source::origin);
  test::write_file(game_.root() / "news.json", "tomorrow");
  expect_content(vfs, "news.json", "tomorrow", Source::origin);
  EXPECT_EQ(vfs.read("nothing.json").error(), errc::not_found);
}

TEST_F(LayaFlow, DownloadsEachTimeInDevelopmentMode) {
  std::filesystem::remove_all(game_.root() / "update");
  Vfs vfs = game_.open();
  EXPECT_EQ(vfs.release_id(), "");
  expect_content(vfs, "a.txt", "alpha", Source::origin);
  test::write_file(game_.root() / "a.txt", "edited");
  expect_content(vfs, "a.txt", "edited", Source::origin);
}

TEST_F(LayaFlow, RefreshSwitchesAndBlobsStayValid) {
  Vfs vfs = game_.open();
  const auto before = vfs.read("a.txt");
  LayaTree v2 = v1_;
  v2.files["a.txt"] = "beta";
  v2.files["new.txt"] = "new";
  game_.publish(v2);
  expect_content(vfs, "a.txt", "alpha", Source::store);
  const auto refreshed = vfs.refresh();
  ASSERT_TRUE(refreshed);
  EXPECT_TRUE(refreshed->changed);
  EXPECT_EQ(refreshed->id, v2.id());
  EXPECT_EQ(refreshed->files, v2.files.size());
  expect_content(vfs, "a.txt", "beta", Source::origin);
  expect_content(vfs, "new.txt", "new", Source::origin);
  EXPECT_EQ(before->text(), "alpha");
  EXPECT_FALSE(vfs.refresh()->changed);
}

TEST_F(LayaFlow, ReadsFromAPlainDirectoryAsWell) {
  Options app = game_.app();
  app.origin = game_.root().string();
  Vfs vfs = Game::open(app);
  expect_content(vfs, "a.txt", "alpha", Source::origin);
  expect_content(vfs, "with space/f 1.js", "js", Source::origin);
  expect_content(vfs, "a.txt", "alpha", Source::store);
  EXPECT_TRUE(game_.targets().empty());
}

TEST_F(LayaFlow, GoesOnWithoutAStoreThatCannotBeUsed) {
  Options app = game_.app();
  app.store = game_.scratch() / "a-file";
  test::write_file(app.store, "in the way");
  Vfs vfs = Game::open(app);
  expect_content(vfs, "a.txt", "alpha", Source::origin);
  expect_content(vfs, "a.txt", "alpha", Source::origin);
  EXPECT_NE(game_.log().find("a-file"), std::string::npos);
}

TEST_F(LayaFlow, ExplainsWhyAPathComesFromWhere) {
  Options app = game_.app();
  app.bundles = {game_.bundle(v1_, {"empty.bin"})};
  Vfs vfs = Game::open(app);
  ASSERT_TRUE(vfs.read("a.txt"));
  EXPECT_EQ(vfs.explain("a.txt")->source, "store");
  EXPECT_EQ(vfs.explain("empty.bin")->source, "bundle");
  const auto missing = vfs.explain("res/big.bin");
  EXPECT_EQ(missing->source, "origin");
  EXPECT_EQ(missing->route, "listed");
  EXPECT_TRUE(missing->url.starts_with(game_.url() + "res/big.bin?")) << missing->url;
  EXPECT_EQ(vfs.explain("unknown")->route, "transient");
  EXPECT_EQ(vfs.explain("..").error(), errc::bad_path);
}

TEST_F(LayaFlow, RefusesOptionsThatMakeNoSense) {
  EXPECT_EQ(Vfs::open({}).error(), errc::invalid_argument);
  Options app = game_.app();
  app.origin = "ftp://x/";
  EXPECT_EQ(Vfs::open(app).error(), errc::invalid_argument);
  app = game_.app();
  app.bundles = {"/nonexistent"};
  EXPECT_EQ(Vfs::open(app).error(), errc::bad_bundle);
}

TEST_F(LayaFlow, SaysSoWhenNothingIsKnownAndTheOriginIsUnreachable) {
  game_.stop_server();
  EXPECT_EQ(Vfs::open(game_.app()).error(), condition::retryable);
}

}  // namespace
}  // namespace larder
