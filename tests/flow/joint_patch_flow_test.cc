// Updates in one piece: what a publisher puts into a joint patch, who fetches it, and what happens
// when that goes wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <random>
#include <string>

#include "filetable/delta_table.h"
#include "filetable/tree_compare.h"
#include "flow/published_game.h"
#include "publish/origin_pages.h"
#include "publish/prediction.h"
#include "sys/files.h"

namespace larder {
namespace {

using test::NativeGame;
using ::testing::ElementsAre;

class JointPatchFlow : public ::testing::Test {
 protected:
  JointPatchFlow() {
    for (int i = 0; i < 300; ++i)
      files_["dir" + std::to_string(i % 7) + "/file" + std::to_string(i)] = text(i, 2000);
    before_ = publish();
  }

  static std::string text(int seed, std::size_t size) {
    std::mt19937 random(static_cast<unsigned>(seed));
    std::string text;
    while (text.size() < size) text += std::to_string(random() % 10007) + " ";
    return text;
  }

  trust::Head publish() {
    test::write_tree(tree(), files_);
    const auto options = test::publish_options(game_, tree());
    std::string why;
    const auto published = publish::publish_release(options, &why);
    EXPECT_TRUE(published) << why;
    return published->head;
  }
  /// Files that change a little.
  void publish_small_update() {
    for (int i = 0; i < 300; i += 20)
      files_["dir" + std::to_string(i % 7) + "/file" + std::to_string(i)] += "and an edit";
    files_["dir3/file3-b"] = files_["dir3/file3"] + "like the one before, but new";
    files_.erase("dir2/file2");
    after_ = publish();
    read_table();
    ASSERT_TRUE(table_->joint() && table_->joint()->makes_pages);
  }
  /// Files to which two by two the same is added, too much to fetch it unasked.
  void publish_large_update() {
    for (int i = 0; i < 100; ++i)
      files_["dir" + std::to_string(i % 7) + "/file" + std::to_string(i)] +=
          text(1000 + i / 2, 5000);
    after_ = publish();
    read_table();
    ASSERT_TRUE(table_->joint() && !table_->joint()->makes_pages);
    ASSERT_GT(table_->joint()->bytes, filetable::kMaxUpdateBytes);
  }
  void read_table() {
    ASSERT_TRUE(!after_.previous.empty() && after_.previous.front().delta);
    auto table = filetable::DeltaTable::parse(
        *sys::lend_file(object(after_.previous.front().delta->digest), Source::origin));
    ASSERT_TRUE(table);
    table_ = std::move(*table);
  }
  [[nodiscard]] publish::Prediction predicted() {
    publish::OriginPages origin(game_.root());
    const auto difference = filetable::compare_trees(
        publish::reference_of(before_.table), publish::reference_of(after_.table), origin, origin);
    EXPECT_TRUE(difference);
    const filetable::PageTree old_tree(publish::reference_of(before_.table),
                                       std::make_shared<publish::OriginPages>(game_.root()));
    return publish::predict(*difference, old_tree, &*table_, [](const Digest&) { return false; });
  }
  /// Replaces the table of patches by another one, which a new head names.
  void announce_table(const std::string& table) {
    const Digest digest = digest::sha256(test::bytes_of(table));
    test::write_file(object(digest), table);
    after_.previous.front().delta = trust::ObjectRef{digest, table.size()};
    ++after_.version;
    trust::Envelope envelope{after_.serialise(), {}};
    envelope.sign(game_.key());
    test::write_file(game_.root() / filetable::head_path("stable"), envelope.serialise());
  }

  void expect_all(Vfs& vfs) {
    for (const auto& [path, content] : files_) {
      const auto blob = vfs.read(path);
      ASSERT_TRUE(blob) << path << ": " << blob.error().message();
      EXPECT_EQ(blob->text(), content) << path;
    }
  }
  static PrefetchProgress prefetch(Vfs& vfs, const std::string& glob) {
    auto job = vfs.prefetch({glob});
    EXPECT_TRUE(job) << job.error().message();
    const auto done = job->wait();
    EXPECT_TRUE(done && done->failed == 0);
    return *done;
  }
  /// What was asked for since the last time, by what its path begins with.
  std::map<std::string, int> asked() {
    std::map<std::string, int> counts;
    for (const std::string& target : game_.targets())
      ++counts[target.substr(1, target.find('/', 1) - 1)];
    return counts;
  }
  [[nodiscard]] std::filesystem::path object(const Digest& digest) const {
    return game_.root() / filetable::object_path(digest, Encoding::identity);
  }
  [[nodiscard]] std::filesystem::path joint() const { return object(table_->joint()->digest); }
  [[nodiscard]] std::filesystem::path tree() const { return game_.scratch() / "tree"; }
  [[nodiscard]] std::uint64_t head_bytes() const {
    return std::filesystem::file_size(game_.root() / filetable::head_path("stable"));
  }

  NativeGame game_;
  std::map<std::string, std::string> files_;
  trust::Head before_;
  trust::Head after_;
  std::optional<filetable::DeltaTable> table_;
};

TEST_F(JointPatchFlow, BringsASmallUpdateInOnePiece) {
  Vfs vfs = game_.open();
  expect_all(vfs);
  publish_small_update();
  game_.targets();
  ASSERT_TRUE(vfs.refresh());
  EXPECT_EQ(game_.requests(), 3u) << "the head, the table, the joint patch";
  expect_all(vfs);
  EXPECT_EQ(game_.requests(), 3u);
  EXPECT_EQ(game_.bytes(), predicted().total_bytes() + head_bytes());
  EXPECT_EQ(predicted().joint_bytes, table_->joint()->bytes);
  EXPECT_EQ(predicted().patches + predicted().objects, 0u);
  EXPECT_EQ(vfs.read("dir2/file2").error(), errc::not_listed);
}

TEST_F(JointPatchFlow, IsNotFetchedByWhomABaseIsMissing) {
  Vfs vfs = game_.open();
  for (const auto& [path, content] : files_) {
    if (path == "dir0/file280") continue;
    ASSERT_TRUE(vfs.read(path));
  }
  publish_small_update();
  ASSERT_TRUE(vfs.refresh());
  game_.targets();
  expect_all(vfs);
  const auto counts = asked();
  EXPECT_EQ(counts.at("patches"), 15) << "changed files but one, and the new one";
  EXPECT_EQ(counts.at("zstd"), 1);
  EXPECT_FALSE(counts.contains("objects"));
}

TEST_F(JointPatchFlow, IsNotFetchedByWhomHasTheNewReleaseAlready) {
  Vfs vfs = game_.open();
  expect_all(vfs);
  const auto old_files = files_;
  publish_small_update();
  ASSERT_TRUE(vfs.refresh());
  files_ = old_files;
  after_ = publish();
  read_table();
  ASSERT_TRUE(table_->joint());
  game_.targets();
  ASSERT_TRUE(vfs.refresh());
  expect_all(vfs);
  EXPECT_EQ(game_.requests(), 2u) << "the head and the table";
}

TEST_F(JointPatchFlow, IsNotFetchedWithoutAStore) {
  Options options = game_.app();
  options.store.clear();
  Vfs vfs = NativeGame::open(options);
  publish_small_update();
  ASSERT_TRUE(vfs.refresh());
  expect_all(vfs);
  for (const std::string& target : game_.targets())
    EXPECT_NE(target, "/" + filetable::object_path(table_->joint()->digest, Encoding::identity));
}

TEST_F(JointPatchFlow, CostsPatchesAndNothingElseIfItIsGone) {
  Vfs vfs = game_.open();
  expect_all(vfs);
  publish_small_update();
  std::filesystem::remove(joint());
  ASSERT_TRUE(vfs.refresh());
  game_.targets();
  expect_all(vfs);
  EXPECT_THAT(asked(), ElementsAre(std::pair("patches", 16)));
}

TEST_F(JointPatchFlow, DamagedInAnyWayItMakesNothingWrong) {
  { expect_all(*std::make_unique<Vfs>(game_.open())); }
  publish_small_update();
  const std::string bytes = test::read_file(joint());
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    std::string damaged = bytes;
    damaged[random() % damaged.size()] ^= static_cast<char>(1 + random() % 255);
    if (round % 3 == 0) damaged.resize(random() % damaged.size());
    Options options = game_.app();
    const std::filesystem::path store = game_.scratch() / ("copy" + std::to_string(round));
    std::filesystem::copy(options.store, store, std::filesystem::copy_options::recursive);
    options.store = store;
    options.refresh_at = RefreshAt::demand;
    // Once wrong for its digest, and once with a publisher's word that it is so.
    if (round % 2 == 0) {
      test::write_file(joint(), damaged);
    } else {
      filetable::JointPatch wrong = *table_->joint();
      wrong.digest = digest::sha256(test::bytes_of(damaged));
      wrong.bytes = damaged.size();
      test::write_file(object(wrong.digest), damaged);
      announce_table(filetable::write_delta_table({}, &wrong));
    }
    Vfs vfs = NativeGame::open(options);
    ASSERT_TRUE(vfs.refresh());
    expect_all(vfs);
  }
}

TEST_F(JointPatchFlow, OfATableForAnotherReleaseItMakesNothingWrong) {
  Vfs vfs = game_.open();
  expect_all(vfs);
  publish_small_update();
  filetable::JointPatch wrong = *table_->joint();
  wrong.anchors.back().number = 1 << 20;  // the release has no such entry
  announce_table(filetable::write_delta_table({}, &wrong));
  ASSERT_TRUE(vfs.refresh());
  expect_all(vfs);
  publish_small_update();
  wrong = *table_->joint();
  for (auto& anchor : wrong.anchors) ++anchor.number;  // others than it was made from
  announce_table(filetable::write_delta_table({}, &wrong));
  ASSERT_TRUE(vfs.refresh());
  expect_all(vfs);
}

TEST_F(JointPatchFlow, ALargeOneIsFetchedByAPrefetchThatWantsMostOfIt) {
  Vfs vfs = game_.open();
  expect_all(vfs);
  publish_large_update();
  game_.targets();
  ASSERT_TRUE(vfs.refresh());
  const PrefetchProgress done = prefetch(vfs, "**");
  EXPECT_EQ(done.fetched, 100u);
  EXPECT_EQ(done.local, 200u);
  EXPECT_GT(done.bytes, table_->joint()->bytes - 1);
  EXPECT_EQ(game_.bytes(), predicted().total_bytes() + head_bytes());
  EXPECT_EQ(predicted().joint_bytes, table_->joint()->bytes);
  game_.targets();
  expect_all(vfs);
  EXPECT_EQ(game_.requests(), 0u);
}

TEST_F(JointPatchFlow, ALargeOneIsNotFetchedForAFewFiles) {
  {
    Vfs vfs = game_.open();
    expect_all(vfs);
    publish_large_update();
    ASSERT_TRUE(vfs.refresh());
    game_.targets();
    ASSERT_TRUE(vfs.read("dir1/file1"));
    prefetch(vfs, "dir2/*");
    EXPECT_THAT(asked(), ElementsAre(std::pair("patches", 15)));
  }
  // After a restart most of what is left is worth it.
  Vfs again = game_.open();
  game_.targets();
  prefetch(again, "**");
  EXPECT_THAT(asked(), ElementsAre(std::pair("objects", 1)));
  expect_all(again);
}

TEST_F(JointPatchFlow, ALargeOneThatIsGoneCostsPatches) {
  Vfs vfs = game_.open();
  expect_all(vfs);
  publish_large_update();
  std::filesystem::remove(joint());
  ASSERT_TRUE(vfs.refresh());
  game_.targets();
  prefetch(vfs, "**");
  EXPECT_EQ(asked().at("patches"), 100);
  expect_all(vfs);
}

TEST_F(JointPatchFlow, APrefetchThatIsCancelledOrPausedKeepsItsPromises) {
  Vfs vfs = game_.open();
  expect_all(vfs);
  publish_large_update();
  ASSERT_TRUE(vfs.refresh());
  for (int i = 0; i < 5; ++i) {
    auto job = vfs.prefetch({"**"});
    ASSERT_TRUE(job);
    job->cancel();
    EXPECT_EQ(job->wait().error(), errc::cancelled);
  }
  auto job = vfs.prefetch({"**"});
  ASSERT_TRUE(job);
  job->pause();
  job->resume();
  const auto done = job->wait();
  ASSERT_TRUE(done);
  EXPECT_EQ(done->failed, 0u);
  expect_all(vfs);
}

}  // namespace
}  // namespace larder
