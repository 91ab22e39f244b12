// Native releases, end to end: signed head → pages → objects, over real sockets and files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <thread>
#include <vector>

#include "flow/native_flow.h"

namespace larder {
namespace {

using test::expect_content;
using test::NativeGame;
using test::NativeTree;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::StartsWith;

TEST_F(NativeFlow, ServesEveryFileAndDownloadsNothingTwice) {
  {
    Vfs vfs = game_.open();
    for (const auto& [path, content] : v1_.files)
      expect_content(vfs, path, content, Source::origin);
    for (const auto& [path, content] : v1_.files) expect_content(vfs, path, content, Source::store);
    EXPECT_EQ(vfs.release_id(), "stable-1");
    EXPECT_EQ(vfs.file_count(), v1_.files.size());
  }
  game_.targets();
  Vfs second_run = game_.open();
  for (const auto& [path, content] : v1_.files)
    expect_content(second_run, path, content, Source::store);
  EXPECT_THAT(game_.targets(), ElementsAre("/heads/stable.json"));
}

TEST_F(NativeFlow, TransfersCompressedContentCompressed) {
  Vfs vfs = game_.open();
  game_.targets();
  expect_content(vfs, "big/compressible.txt", std::string(300'000, 'x'), Source::origin);
  EXPECT_LT(game_.bytes(), 1000u);
  EXPECT_LT(vfs.stats().wire_bytes, 1000u);
}

TEST_F(NativeFlow, WorksWithoutAStore) {
  Options options = game_.app();
  options.store.clear();
  Vfs vfs = NativeGame::open(options);
  for (const auto& [path, content] : v1_.files) expect_content(vfs, path, content, Source::origin);
  EXPECT_EQ(vfs.read("nothing").error(), errc::not_listed);
}

TEST_F(NativeFlow, WorksWithADirectoryAsOrigin) {
  Options options = game_.app();
  options.origin = game_.root();
  Vfs vfs = NativeGame::open(options);
  for (const auto& [path, content] : v1_.files) expect_content(vfs, path, content, Source::origin);
}

TEST_F(NativeFlow, TakesHeadPagesAndObjectsFromAMirror) {
  Options options = game_.app();
  options.mirrors = {game_.root()};
  game_.stop_server();
  Vfs vfs = NativeGame::open(options);
  for (const auto& [path, content] : v1_.files) expect_content(vfs, path, content, Source::origin);
  EXPECT_TRUE(vfs.refresh());
}

TEST_F(NativeFlow, ServesWhatIsLocalWithoutTheOrigin) {
  { expect_content(*std::make_unique<Vfs>(game_.open()), "a.txt", "alpha", Source::origin); }
  game_.stop_server();
  Vfs vfs = game_.open();
  expect_content(vfs, "a.txt", "alpha", Source::store);
  EXPECT_FALSE(vfs.read("empty.bin"));
  Options options = game_.app();
  options.offline = true;
  Vfs offline = NativeGame::open(options);
  expect_content(offline, "a.txt", "alpha", Source::store);
  EXPECT_EQ(offline.read("dir/sub/b.json").error(), errc::offline);
  EXPECT_EQ(offline.read("nothing").error(), errc::not_listed);
  EXPECT_TRUE(offline.exists("empty.bin"));
}

TEST_F(NativeFlow, AnswersQuestionsWithoutTheNetworkOnceThePagesAreLocal) {
  Vfs vfs = game_.open();
  EXPECT_TRUE(vfs.exists("a.txt"));
  game_.targets();
  EXPECT_FALSE(vfs.exists("nothing"));
  EXPECT_EQ(vfs.read("nothing/at all").error(), errc::not_listed);
  EXPECT_EQ(vfs.stat("big/compressible.txt")->size_bytes, 300'000u);
  EXPECT_FALSE(vfs.stat("a.txt")->local);
  EXPECT_TRUE(vfs.stat("dir")->is_directory);
  EXPECT_EQ(vfs.stat("dirt").error(), errc::not_listed);
  const auto names = vfs.list("dir");
  ASSERT_TRUE(names);
  ASSERT_EQ(names->size(), 2u);
  EXPECT_EQ((*names)[0].name, "old.txt");
  EXPECT_TRUE((*names)[1].is_directory);
  EXPECT_EQ(vfs.list("nowhere").error(), errc::not_listed);
  EXPECT_EQ(vfs.explain("a.txt")->source, "origin");
  EXPECT_EQ(game_.requests(), 0u);
}

TEST_F(NativeFlow, FetchesOnlyThePagesThatALookUpNeeds) {
  NativeTree tree = test::many_files(5000);
  game_.publish(tree, 2);
  ASSERT_GT(tree.pages.size(), 20u);
  Vfs vfs = game_.open();
  game_.targets();
  expect_content(vfs, "folder3/file3", "content of file number 3", Source::origin);
  EXPECT_LE(game_.requests(), 3u);
  EXPECT_LE(game_.bytes(), 64u << 10);
  EXPECT_GT(vfs.stats().table_bytes, 0u);
  EXPECT_LT(vfs.stats().wire_bytes, 100u);
}

TEST_F(NativeFlow, ManyReadersFetchAPageOnce) {
  NativeTree tree = test::many_files(3000);
  game_.publish(tree, 2);
  Vfs vfs = game_.open();
  game_.targets();
  std::vector<std::thread> readers;
  for (int i = 0; i < 8; ++i)
    readers.emplace_back([&vfs] { EXPECT_TRUE(vfs.exists("folder7/file1007")); });
  for (auto& reader : readers) reader.join();
  auto targets = game_.targets();
  std::sort(targets.begin(), targets.end());
  EXPECT_EQ(std::adjacent_find(targets.begin(), targets.end()), targets.end());
  EXPECT_LE(targets.size(), 2u);
}

TEST_F(NativeFlow, AsynchronousReadsFetchPagesToo) {
  NativeTree tree = test::many_files(3000);
  game_.publish(tree, 2);
  Vfs vfs = game_.open();
  std::promise<Result<Blob>> promise;
  vfs.read_async("folder7/file1007",
                 [&](Result<Blob> blob) { promise.set_value(std::move(blob)); });
  const auto blob = promise.get_future().get();
  ASSERT_TRUE(blob) << blob.error().message();
  EXPECT_EQ(blob->text(), "content of file number 1007");
  std::promise<Result<Blob>> absent;
  vfs.read_async("folder9/fool", [&](Result<Blob> none) { absent.set_value(std::move(none)); });
  EXPECT_EQ(absent.get_future().get().error(), errc::not_listed);
}

TEST_F(NativeFlow, TryReadNeverBlocksButMayStartFetching) {
  NativeTree tree = test::many_files(3000);
  game_.publish(tree, 2);
  Vfs vfs = game_.open();
  game_.targets();
  EXPECT_EQ(vfs.try_read("folder7/file1007").error(), errc::would_fetch);
  EXPECT_EQ(game_.requests(), 0u);
  EXPECT_EQ(vfs.try_read("folder7/file1007", {.start_fetching = true}).error(), errc::would_fetch);
  while (!vfs.try_read("folder7/file1007")) std::this_thread::yield();
  expect_content(vfs, "folder7/file1007", "content of file number 1007", Source::store);
}

TEST_F(NativeFlow, PrefetchesByGlob) {
  NativeTree tree = test::many_files(2000);
  game_.publish(tree, 2);
  Vfs vfs = game_.open();
  auto job = vfs.prefetch({"folder1/*"});
  ASSERT_TRUE(job) << job.error().message();
  const auto done = job->wait();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->fetched, 100u);
  EXPECT_EQ(done->failed, 0u);
  expect_content(vfs, "folder1/file1", tree.files["folder1/file1"], Source::store);
  auto literal = vfs.prefetch({"folder2/file2", "folder2/none"}, {.literal = true});
  ASSERT_TRUE(literal);
  const auto few = literal->wait();
  ASSERT_TRUE(few);
  EXPECT_EQ(few->fetched, 1u);
  EXPECT_EQ(few->failed, 1u);
}

TEST_F(NativeFlow, FetchesTheWholeIndexInOneRequest) {
  NativeTree tree = test::many_files(3000);
  tree.write(game_.root());
  tree.write_pack(game_.root());
  tree.announce(game_.root(), 2, {&game_.key()});
  Vfs vfs = game_.open();
  game_.targets();
  auto job = vfs.prefetch({"**/file1999"});
  ASSERT_TRUE(job);
  ASSERT_TRUE(job->wait());
  EXPECT_EQ(game_.requests(), 2u);  // the pack, the file
  game_.targets();
  EXPECT_FALSE(vfs.exists("folder5/none"));
  EXPECT_TRUE(vfs.exists("folder19/file2999"));
  EXPECT_EQ(game_.requests(), 0u);
}

// ---------------------------------------------------------------- updates

TEST_F(NativeFlow, RefreshOfNothingNewIsOneConditionalGet) {
  Vfs vfs = game_.open();
  game_.targets();
  const auto refreshed = vfs.refresh();
  ASSERT_TRUE(refreshed) << refreshed.error().message();
  EXPECT_FALSE(refreshed->changed);
  EXPECT_THAT(game_.statuses(), ElementsAre(304u));
  EXPECT_EQ(game_.bytes(), 0u);
}

TEST_F(NativeFlow, RefreshSwitchesAsAWholeAndKeepsWhatDidNotChange) {
  Vfs vfs = game_.open();
  for (const auto& [path, content] : v1_.files) ASSERT_TRUE(vfs.read(path));
  const Blob held = *vfs.read("a.txt");
  NativeTree v2 = next_release();
  game_.publish(v2, 2);
  expect_content(vfs, "a.txt", "alpha", Source::store);
  const auto refreshed = vfs.refresh();
  ASSERT_TRUE(refreshed) << refreshed.error().message();
  EXPECT_TRUE(refreshed->changed);
  EXPECT_EQ(refreshed->id, "stable-2");
  game_.targets();
  expect_content(vfs, "a.txt", "alpha, second edition", Source::origin);
  expect_content(vfs, "new.txt", "new", Source::origin);
  expect_content(vfs, "dir/sub/b.json", "{\"b\":1}", Source::store);
  EXPECT_EQ(vfs.read("dir/old.txt").error(), errc::not_listed);
  EXPECT_EQ(game_.requests(), 2u);
  EXPECT_EQ(held.text(), "alpha");
}

TEST_F(NativeFlow, AfterARefreshAsMuchIsKnownWithoutTheNetworkAsBefore) {
  NativeTree tree = test::many_files(3000);
  game_.publish(tree, 2);
  Vfs vfs = game_.open();
  expect_content(vfs, "folder7/file1007", "content of file number 1007", Source::origin);
  for (int i = 0; i < 3000; i += 10) {
    const std::string name = "folder" + std::to_string(i % 20) + "/file" + std::to_string(i);
    tree.files[name] += " changed";
  }
  game_.publish(tree, 3);
  ASSERT_TRUE(vfs.refresh());
  game_.targets();
  expect_content(vfs, "folder7/file1007", "content of file number 1007", Source::store);
  EXPECT_EQ(game_.requests(), 0u);
}

TEST_F(NativeFlow, AFailedRefreshChangesNothing) {
  Vfs vfs = game_.open();
  ASSERT_TRUE(vfs.read("a.txt"));
  NativeTree v2 = next_release();
  game_.publish(v2, 2);
  const auto page = game_.root() / filetable::object_path(v2.head.table.digest, Encoding::identity);
  const std::string bytes = test::read_file(page);
  std::filesystem::remove(page);
  EXPECT_EQ(vfs.refresh().error(), errc::not_found);
  expect_content(vfs, "a.txt", "alpha", Source::store);
  EXPECT_EQ(vfs.release_id(), "stable-1");
  test::write_file(page, bytes);
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(vfs.release_id(), "stable-2");
}

TEST_F(NativeFlow, DamagedContentIsNeverHandedOut) {
  Options options = game_.app();
  options.laya.hand_out_damaged = true;  // of LayaDCC only
  Vfs vfs = NativeGame::open(options);
  ASSERT_TRUE(vfs.exists("a.txt"));
  test::write_file(
      game_.root() / filetable::object_path(v1_.entries["a.txt"].digest, Encoding::identity),
      "alphb");
  EXPECT_EQ(vfs.read("a.txt").error(), errc::damaged);
  const auto& big = v1_.entries["big/compressible.txt"];
  test::write_file(game_.root() / filetable::object_path(big.digest, Encoding::zstd),
                   std::string(static_cast<std::size_t>(big.encoded_bytes), 'z'));
  EXPECT_EQ(vfs.read("big/compressible.txt").error(), errc::damaged);
}

TEST_F(NativeFlow, RefreshesByItself) {
  Options options = game_.app();
  options.refresh_every = std::chrono::seconds(1);
  Vfs vfs = NativeGame::open(options);
  NativeTree v2 = next_release();
  game_.publish(v2, 2);
  while (vfs.release_id() != "stable-2") std::this_thread::sleep_for(std::chrono::milliseconds(10));
  expect_content(vfs, "new.txt", "new", Source::origin);
}

TEST_F(NativeFlow, NoReadEverMixesReleases) {
  // In release n every file says n: a reader must never see the numbers go back.
  NativeTree tree;
  const auto publish = [&](int n) {
    for (int i = 0; i < 10; ++i)
      tree.files["f" + std::to_string(i)] = std::to_string(n) + " of file " + std::to_string(i);
    game_.publish(tree, static_cast<std::uint64_t>(n));
  };
  publish(2);
  Vfs vfs = game_.open();
  std::atomic<bool> done{false};
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t)
    readers.emplace_back([&, t] {
      int last = 0;
      for (int i = t; !done; ++i) {
        const std::string name = std::to_string(i % 10);
        const auto blob = vfs.read("f" + name);
        ASSERT_TRUE(blob) << blob.error().message();
        const std::string text(blob->text());
        EXPECT_THAT(text, ::testing::EndsWith(" of file " + name));
        EXPECT_GE(std::stoi(text), last);
        last = std::stoi(text);
      }
    });
  for (int n = 3; n < 8; ++n) {
    publish(n);
    EXPECT_TRUE(vfs.refresh());
  }
  done = true;
  for (auto& reader : readers) reader.join();
}

TEST_F(NativeFlow, GoingBackToAnOlderTreeCostsNoContent) {
  Vfs vfs = game_.open();
  for (const auto& [path, content] : v1_.files) ASSERT_TRUE(vfs.read(path));
  NativeTree v2 = next_release();
  game_.publish(v2, 2);
  ASSERT_TRUE(vfs.refresh());
  ASSERT_TRUE(vfs.read("a.txt"));
  game_.publish(v1_, 3);
  ASSERT_TRUE(vfs.refresh());
  game_.targets();
  for (const auto& [path, content] : v1_.files) expect_content(vfs, path, content, Source::store);
  EXPECT_EQ(game_.requests(), 0u);
}

TEST_F(NativeFlow, PatchesAreUsedWhereTheBaseIsHeld) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::to_string(i * 7919 % 10007) + " ";
  NativeTree before = v1_;
  before.files["story.txt"] = text;
  game_.publish(before, 2);
  Vfs vfs = game_.open();
  ASSERT_TRUE(vfs.read("story.txt"));
  NativeTree after = before;
  after.head = {};
  after.files["story.txt"].replace(50000, 5, "patch");
  after.files["a.txt"] =
      "the base of this one was never fetched, and this one is no patch for that";
  after.write(game_.root());
  after.write_deltas(game_.root(), before);
  after.announce(game_.root(), 3, {&game_.key()});
  game_.targets();
  ASSERT_TRUE(vfs.refresh());
  // The head, the table of patches, and the new index as a patch against the old one.
  EXPECT_THAT(game_.targets(),
              ElementsAre("/heads/stable.json", StartsWith("/objects/"), StartsWith("/patches/")));
  expect_content(vfs, "story.txt", after.files["story.txt"], Source::origin);
  EXPECT_LT(game_.bytes(), 500u);
  EXPECT_THAT(game_.targets(), ElementsAre(StartsWith("/patches/")));
  expect_content(vfs, "a.txt", after.files["a.txt"], Source::origin);
  EXPECT_THAT(game_.targets(), Each(::testing::Not(StartsWith("/patches/"))));
  EXPECT_EQ(vfs.stats().damaged, 0u);
}

TEST_F(NativeFlow, PatchesAreStillUsedAfterARestart) {
  NativeTree before = v1_;
  before.files["story.txt"] = std::string(50'000, 's') + "1";
  game_.publish(before, 2);
  NativeTree after = before;
  {
    Vfs vfs = game_.open();
    ASSERT_TRUE(vfs.read("story.txt"));
    after.head = {};
    after.files["story.txt"].back() = '2';
    after.write(game_.root());
    after.write_deltas(game_.root(), before);
    after.announce(game_.root(), 3, {&game_.key()});
    ASSERT_TRUE(vfs.refresh());
  }
  Vfs vfs = game_.open();
  game_.targets();
  expect_content(vfs, "story.txt", after.files["story.txt"], Source::origin);
  EXPECT_THAT(game_.targets(), ElementsAre(StartsWith("/patches/")));
}

TEST_F(NativeFlow, AWrongPatchCostsTheWholeObjectAndNothingElse) {
  NativeTree before = v1_;
  before.files["story.txt"] = std::string(50'000, 's') + "1";
  game_.publish(before, 2);
  Vfs vfs = game_.open();
  ASSERT_TRUE(vfs.read("story.txt"));
  NativeTree after = before;
  after.head = {};
  after.files["story.txt"].back() = '2';
  after.write(game_.root());
  after.write_deltas(game_.root(), before);
  after.announce(game_.root(), 3, {&game_.key()});
  for (const auto& file : std::filesystem::recursive_directory_iterator(game_.root() / "patches"))
    if (file.is_regular_file()) test::write_file(file.path(), "no patch");
  ASSERT_TRUE(vfs.refresh());
  expect_content(vfs, "story.txt", after.files["story.txt"], Source::origin);
}

}  // namespace
}  // namespace larder
