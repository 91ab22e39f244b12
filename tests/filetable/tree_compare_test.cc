#include "filetable/tree_compare.h"

#include <gmock/gmock.h>

#include "page_store.h"

namespace larder::filetable {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

class TreeCompare : public ::testing::Test {
 protected:
  TreeDifference compare(const std::vector<NamedEntry>& before,
                         const std::vector<NamedEntry>& after) {
    before_ = store_.put(before);
    after_ = store_.put(after);
    store_.asked.clear();
    auto difference = compare_trees(before_, after_, store_, store_);
    EXPECT_TRUE(difference);
    return std::move(*difference);
  }
  static std::vector<std::string> paths(const std::vector<NamedEntry>& entries) {
    std::vector<std::string> paths;
    for (const NamedEntry& entry : entries) paths.push_back(entry.path);
    return paths;
  }

  PageStore store_;
  PageReference before_;
  PageReference after_;
};

TEST_F(TreeCompare, EqualTreesDifferInNothingAndNothingIsRead) {
  const auto difference = compare(some_tree(2000), some_tree(2000));
  EXPECT_EQ(difference.pages_read, 0u);
  EXPECT_THAT(store_.asked, IsEmpty());
  EXPECT_THAT(difference.new_pages, IsEmpty());
}

TEST_F(TreeCompare, TellsWhatWasDone) {
  auto before = some_tree(20000);
  auto after = before;
  after[100].entry = entry_of("new content");
  after[5000].entry.executable = true;
  const std::string removed = after[7000].path;
  after.erase(after.begin() + 7000);
  const NamedEntry moved = after[12000];
  after.erase(after.begin() + 12000);
  after.push_back({"zzz/" + moved.path, moved.entry});
  after.insert(after.begin(), {"added", entry_of("added")});
  const auto difference = compare(before, after);
  EXPECT_THAT(paths(difference.added), ElementsAre("added"));
  EXPECT_THAT(paths(difference.removed), ElementsAre(removed));
  ASSERT_EQ(difference.changed.size(), 2u);
  EXPECT_EQ(difference.changed[0].path, before[100].path);
  EXPECT_EQ(difference.changed[0].before, before[100].entry);
  EXPECT_EQ(difference.changed[0].after, entry_of("new content"));
  EXPECT_EQ(difference.changed[1].path, before[5000].path);
  ASSERT_EQ(difference.moved.size(), 1u);
  EXPECT_EQ(difference.moved[0].first, moved.path);
  EXPECT_EQ(difference.moved[0].second.path, "zzz/" + moved.path);
  // Few of about 350 pages, and each different page once.
  EXPECT_LT(difference.pages_read, 60u);
  for (const auto& [digest, times] : store_.asked) EXPECT_EQ(times, 1);
}

TEST_F(TreeCompare, NewPagesAreExactlyThoseThatTheFirstTreeLacks) {
  auto before = some_tree(30000);
  auto after = before;
  std::mt19937 random(5);
  for (int i = 0; i < 20; ++i) after[random() % after.size()].entry = entry_of(std::to_string(i));
  after.resize(after.size() - 100);
  PageStore first;
  PageStore second;
  first.put(before);
  second.put(after);
  const auto difference = compare(before, after);
  std::set<Digest> expected;
  for (const auto& [digest, bytes] : second.pages)
    if (!first.pages.contains(digest)) expected.insert(digest);
  std::set<Digest> found;
  for (const DifferentPage& page : difference.new_pages) {
    found.insert(page.page.digest);
    EXPECT_EQ(page.page.bytes, second.pages[page.page.digest].size());
    const auto parsed = Page::parse(blob_of(second.pages[page.page.digest]));
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->level(), page.level);
    EXPECT_EQ(page.first_key.empty() ? parsed->first_key() : page.first_key, parsed->first_key());
  }
  EXPECT_EQ(found, expected);
}

TEST_F(TreeCompare, TreesOfDifferentHeightCompare) {
  const auto large = some_tree(20000);
  const std::vector<NamedEntry> small(large.begin(), large.begin() + 30);
  auto difference = compare(small, large);
  EXPECT_EQ(difference.added.size(), large.size() - 30);
  EXPECT_THAT(difference.removed, IsEmpty());
  difference = compare(large, small);
  EXPECT_EQ(difference.removed.size(), large.size() - 30);
  difference = compare({}, small);
  EXPECT_EQ(difference.added.size(), 30u);
}

TEST_F(TreeCompare, TombstonesAreFilesThatAreNotThere) {
  FileEntry gone;
  gone.tombstone = true;
  const auto difference = compare({{"a", entry_of("a")}, {"b", gone}, {"c", gone}},
                                  {{"a", gone}, {"b", entry_of("b")}, {"d", gone}});
  EXPECT_THAT(paths(difference.added), ElementsAre("b"));
  EXPECT_THAT(paths(difference.removed), ElementsAre("a"));
  EXPECT_THAT(difference.changed, IsEmpty());
}

TEST_F(TreeCompare, SaysWhichPageIsMissing) {
  compare(some_tree(2000), some_tree(2001));
  store_.hide_all();
  PageReference missing;
  EXPECT_EQ(compare_trees(before_, after_, store_, store_, &missing).error(), errc::would_fetch);
  EXPECT_EQ(missing, before_);
}

}  // namespace
}  // namespace larder::filetable
