// Archives of a Cocos manifest: their members are served beside them, and never unpacked to disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <string>
#include <vector>

#include "flow/listed_game.h"
#include "support/zip_builder.h"

namespace larder {
namespace {

using test::CocosTree;
using test::expect_content;
using test::ListedGame;
using test::zip_of;
using test::ZipPart;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Paths = std::vector<std::string>;

class ArchiveFlow : public ::testing::Test {
 protected:
  ArchiveFlow() {
    tree_.package_url = game_.url();
    tree_.files = {{"main.js", "code"},
                   {"res/level.zip", zip_of({{"maps/one.map", large_, true},
                                             {"maps/\xc3\xa9 b.map", "two", false},
                                             {"note.txt", "in the archive", false}})},
                   {"res/note.txt", "beside it"},
                   {"other/more.zip", zip_of({{"x", "x of more", true}})}};
    game_.publish(tree_);
  }
  Options app() { return game_.app(Layout::cocos); }
  Vfs open() {
    Vfs vfs = ListedGame::open(app());
    static_cast<void>(game_.fetched());
    return vfs;
  }
  Paths names(Vfs& vfs, const std::string& directory) {
    Paths names;
    const auto listed = vfs.list(directory);
    EXPECT_TRUE(listed) << listed.error().message();
    if (listed)
      for (const auto& one : *listed) names.push_back(one.name + (one.is_directory ? "/" : ""));
    return names;
  }

  const std::string large_ = std::string(200'000, 'm') + "end";
  CocosTree tree_;
  ListedGame game_;
};

TEST_F(ArchiveFlow, MembersLieBesideTheArchiveWhichIsDownloadedOnce) {
  {
    Vfs vfs = open();
    expect_content(vfs, "res/maps/one.map", large_, Source::store);
    EXPECT_THAT(game_.fetched(), ElementsAre("res/level.zip"));
    expect_content(vfs, "res/maps/one.map", large_, Source::store);
    expect_content(vfs, "res/maps/\xc3\xa9 b.map", "two", Source::store);
    expect_content(vfs, "res/maps/%C3%A9%20b.map", "two", Source::store);
    expect_content(vfs, "res/note.txt", "beside it", Source::origin);
    EXPECT_EQ(vfs.read("res/maps/none.map").error(), errc::not_listed);
    EXPECT_EQ(vfs.read("maps/one.map").error(), errc::not_listed);
    EXPECT_THAT(game_.fetched(), ElementsAre("res/note.txt"));
  }
  game_.stop_server();
  Options offline = app();
  offline.offline = true;
  Vfs vfs = ListedGame::open(offline);
  const auto member = vfs.try_read("res/maps/one.map");
  ASSERT_TRUE(member) << member.error().message();
  EXPECT_EQ(member->text(), large_);
  EXPECT_EQ(vfs.read("other/x").error(), errc::offline);
}

TEST_F(ArchiveFlow, AnswersQuestionsAboutMembers) {
  Vfs vfs = open();
  EXPECT_EQ(vfs.try_read("res/maps/one.map").error(), errc::would_fetch);
  EXPECT_TRUE(vfs.exists("res/maps/one.map"));
  EXPECT_THAT(game_.fetched(), ElementsAre("res/level.zip"));
  EXPECT_EQ(vfs.stat("res/maps/one.map")->size_bytes, large_.size());
  EXPECT_TRUE(vfs.stat("res/maps/one.map")->local);
  EXPECT_TRUE(vfs.stat("res/maps")->is_directory);
  EXPECT_FALSE(vfs.exists("res/maps/none"));
  EXPECT_THAT(names(vfs, ""), ElementsAre("main.js", "other/", "res/"));
  EXPECT_THAT(names(vfs, "res"), ElementsAre("level.zip", "maps/", "note.txt"));
  EXPECT_THAT(names(vfs, "res/maps"), ElementsAre("one.map", "\xc3\xa9 b.map"));
  EXPECT_THAT(game_.fetched(), IsEmpty());
  EXPECT_THAT(names(vfs, "other"), ElementsAre("more.zip", "x"));
  EXPECT_THAT(game_.fetched(), ElementsAre("other/more.zip"));
  const auto explained = vfs.explain("res/maps/one.map");
  ASSERT_TRUE(explained);
  EXPECT_EQ(explained->route, "member");
  EXPECT_EQ(explained->source, "bundle");
}

TEST_F(ArchiveFlow, AsynchronousReadsAndFilesWaitForTheArchive) {
  Vfs vfs = open();
  std::promise<Result<Blob>> promise;
  vfs.read_async("res/maps/one.map", [&](Result<Blob> got) { promise.set_value(std::move(got)); });
  const auto got = promise.get_future().get();
  ASSERT_TRUE(got) << got.error().message();
  EXPECT_EQ(got->text(), large_);
  const auto file = vfs.open_file("other/x");
  ASSERT_TRUE(file) << file.error().message();
  EXPECT_THAT(game_.fetched(), ElementsAre("other/more.zip", "res/level.zip"));
}

TEST_F(ArchiveFlow, PrefetchKnowsMembers) {
  Vfs vfs = open();
  auto job = vfs.prefetch({"res/**", "other/x"});
  ASSERT_TRUE(job) << job.error().message();
  const auto done = job->wait();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->files, 5u);
  EXPECT_EQ(done->failed, 0u);
  EXPECT_THAT(game_.fetched(), ElementsAre("other/more.zip", "res/level.zip", "res/note.txt"));
  game_.stop_server();
  expect_content(vfs, "other/x", "x of more", Source::store);
}

TEST_F(ArchiveFlow, ANewVersionHasItsOwnMembers) {
  Vfs vfs = open();
  const auto before = vfs.read("res/maps/one.map");
  tree_.version = "1.1.0";
  tree_.files["res/level.zip"] = zip_of({{"maps/three.map", "three", true}});
  game_.publish(tree_);
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(vfs.read("res/maps/one.map").error(), errc::not_listed);
  expect_content(vfs, "res/maps/three.map", "three", Source::store);
  EXPECT_EQ(before->text(), large_);
}

TEST_F(ArchiveFlow, APackageMayHaveTheArchive) {
  Options options = app();
  options.bundles = {game_.package(tree_)};
  options.ignore_case = true;
  Vfs vfs = ListedGame::open(options);
  static_cast<void>(game_.fetched());
  expect_content(vfs, "res/maps/one.map", large_, Source::bundle);
  expect_content(vfs, "RES/Maps/ONE.map", large_, Source::bundle);
  EXPECT_THAT(game_.fetched(), IsEmpty());
}

TEST_F(ArchiveFlow, ABadArchiveHasNoMembers) {
  tree_.files["res/level.zip"] = zip_of({{"../escape", "x"}, {"fine", "x"}});
  tree_.files["other/more.zip"] = "no zip at all";
  game_.publish(tree_);
  Vfs vfs = open();
  EXPECT_EQ(vfs.read("res/fine").error(), errc::not_listed);
  EXPECT_EQ(vfs.read("escape").error(), errc::not_listed);
  EXPECT_EQ(vfs.read("other/x").error(), errc::not_listed);
  EXPECT_THAT(game_.log(), HasSubstr("the archive res/level.zip is not unpacked: "));
  EXPECT_THAT(game_.log(), HasSubstr("the archive other/more.zip is not unpacked: "));
  expect_content(vfs, "res/note.txt", "beside it", Source::origin);
  expect_content(vfs, "other/more.zip", "no zip at all", Source::store);
}

TEST_F(ArchiveFlow, AMemberWithAnotherChecksumIsDamaged) {
  ZipPart stored{"stored", "content"};
  stored.crc = 1;
  ZipPart packed{"packed", "content", true};
  packed.crc = 2;
  tree_.files["res/level.zip"] = zip_of({stored, packed, {"good", "good"}});
  game_.publish(tree_);
  Vfs vfs = open();
  EXPECT_EQ(vfs.read("res/stored").error(), errc::damaged);
  EXPECT_EQ(vfs.read("res/packed").error(), errc::damaged);
  expect_content(vfs, "res/good", "good", Source::store);
  EXPECT_THAT(game_.fetched(), ElementsAre("res/level.zip"));
}

}  // namespace
}  // namespace larder
