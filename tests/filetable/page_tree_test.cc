#include "filetable/page_tree.h"

#include <gmock/gmock.h>

#include <atomic>
#include <thread>

#include "page_store.h"

namespace larder::filetable {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class PageTreeTest : public ::testing::Test {
 protected:
  void make(const std::vector<NamedEntry>& entries) {
    root_ = store_->put(entries);
    open();
  }
  void open() { tree_ = std::make_unique<PageTree>(root_, store_); }
  void make_files(std::initializer_list<const char*> paths) {
    std::map<std::string, FileEntry> files;
    for (const char* path : paths) files[path] = entry_of(path);
    std::vector<NamedEntry> entries;
    for (auto& [path, entry] : files) entries.push_back({path, entry});
    make(entries);
  }
  std::vector<std::string> names(std::string_view directory) {
    const auto listed = tree_->list(directory);
    if (!listed) return {name_of(listed.error())};
    std::vector<std::string> names;
    for (const Listed& name : *listed) names.push_back(name.name + (name.is_directory ? "/" : ""));
    return names;
  }

  std::shared_ptr<PageStore> store_ = std::make_shared<PageStore>();
  PageReference root_;
  std::unique_ptr<PageTree> tree_;
};

TEST_F(PageTreeTest, FindsWhatWasWrittenAndNothingElse) {
  for (const std::size_t count : {0u, 1u, 47u, 200u, 5000u, 60000u}) {
    const auto entries = some_tree(count);
    make(entries);
    EXPECT_EQ(root_.entries, count);
    for (const NamedEntry& entry : entries) {
      const auto found = tree_->find(entry.path);
      ASSERT_TRUE(found) << entry.path;
      ASSERT_EQ(*found, entry.entry);
      ASSERT_EQ(tree_->find(entry.path + "x").error(), errc::not_listed);
    }
    for (const char* absent : {"", "a", "zzz", "folder1", "folder1/"})
      EXPECT_EQ(tree_->find(absent).error(), errc::not_listed);
    TreeCursor cursor(*tree_);
    auto more = cursor.seek("");
    for (const NamedEntry& entry : entries) {
      ASSERT_TRUE(more && *more);
      ASSERT_EQ(cursor.path(), entry.path);
      ASSERT_EQ(cursor.entry(), entry.entry);
      more = cursor.next();
    }
    EXPECT_FALSE(*more);
  }
}

TEST_F(PageTreeTest, SeeksTheFirstPathThatIsNotLess) {
  const auto entries = some_tree(3000);
  make(entries);
  TreeCursor cursor(*tree_);
  for (std::size_t i = 0; i < entries.size(); i += 7)
    for (const bool exact : {true, false}) {
      const std::size_t expected = exact ? i : i + 1;
      const auto found = cursor.seek(exact ? entries[i].path : entries[i].path + '\x01');
      ASSERT_TRUE(found);
      ASSERT_EQ(*found, expected < entries.size());
      if (*found) {
        ASSERT_EQ(cursor.path(), entries[expected].path);
      }
    }
}

TEST_F(PageTreeTest, SmallTreesFitOnePage) {
  make(some_tree(47));
  EXPECT_THAT(store_->pages, SizeIs(1));
}

TEST_F(PageTreeTest, AsksForEachPageOnceAndOnlyForThoseOnTheWay) {
  const auto entries = some_tree(60000);
  make(entries);
  ASSERT_TRUE(tree_->find(entries[31234].path));
  EXPECT_THAT(store_->asked, SizeIs(3));
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(tree_->find(entries[31234].path));
  for (const auto& [digest, times] : store_->asked) EXPECT_EQ(times, 1);
}

TEST_F(PageTreeTest, SaysWhichPageIsMissing) {
  const auto entries = some_tree(60000);
  make(entries);
  store_->hide_all();
  open();
  int fetched = 0;
  while (true) {
    PageReference missing;
    const auto found = tree_->find(entries[500].path, &missing);
    if (found) break;
    ASSERT_EQ(found.error(), errc::would_fetch);
    ASSERT_EQ(store_->hidden.erase(missing.digest), 1u);
    ASSERT_EQ(store_->pages[missing.digest].size(), missing.bytes);
    ++fetched;
  }
  EXPECT_EQ(fetched, 3);
}

TEST_F(PageTreeTest, AnswersForMissingNamesWithoutTheLeafWhereTheyComeBeforeAll) {
  make(some_tree(5000));
  store_->hide_all();
  store_->hidden.erase(root_.digest);
  EXPECT_EQ(tree_->find("aaa").error(), errc::not_listed);
}

TEST_F(PageTreeTest, ListsNamesDirectlyBelow) {
  make_files({"a", "a-b", "a/x", "a/y/1", "a/y/2", "b/c/d", "b/c", "z"});
  EXPECT_THAT(names(""), ElementsAre("a", "a/", "a-b", "b/", "z"));
  EXPECT_THAT(names("a"), ElementsAre("x", "y/"));
  EXPECT_THAT(names("a/y"), ElementsAre("1", "2"));
  EXPECT_THAT(names("b"), ElementsAre("c", "c/"));
  EXPECT_THAT(names("z"), ElementsAre("not_listed"));
  EXPECT_THAT(names("a/"), ElementsAre("not_listed"));
  EXPECT_TRUE(*tree_->is_directory(""));
  EXPECT_TRUE(*tree_->is_directory("a/y"));
  EXPECT_FALSE(*tree_->is_directory("a-b"));
  EXPECT_FALSE(*tree_->is_directory("zz"));
}

TEST_F(PageTreeTest, AnEmptyReleaseHasAnEmptyRoot) {
  make({});
  EXPECT_THAT(names(""), IsEmpty());
  EXPECT_THAT(*tree_->missing(""), IsEmpty());
}

TEST_F(PageTreeTest, ListsNoTombstones) {
  FileEntry gone;
  gone.tombstone = true;
  make({{"a/gone", gone}, {"b/gone", gone}, {"b/there", entry_of("x")}, {"gone", gone}});
  EXPECT_THAT(names(""), ElementsAre("b/"));
  EXPECT_THAT(names("b"), ElementsAre("there"));
  EXPECT_THAT(names("a"), ElementsAre("not_listed"));
  EXPECT_FALSE(*tree_->is_directory("a"));
  EXPECT_TRUE(tree_->find("gone")->tombstone);
}

TEST_F(PageTreeTest, ListingReadsOnlyThePagesOfItsDirectory) {
  std::vector<NamedEntry> entries;
  for (int directory = 10; directory < 50; ++directory)
    for (int file = 1000; file < 2000; ++file) {
      const std::string path = "d" + std::to_string(directory) + "/f" + std::to_string(file);
      entries.push_back({path, entry_of(path)});
    }
  make(entries);
  EXPECT_THAT(names("d30"), SizeIs(1000));
  EXPECT_LE(store_->asked.size(), 1000 / 48 + 5);
  open();
  store_->asked.clear();
  EXPECT_THAT(names(""), SizeIs(40));  // one page or two of each directory
  EXPECT_LE(store_->asked.size(), 2 * 40 + 10);
}

TEST_F(PageTreeTest, CollectsTheMissingPagesOfADirectoryLevelByLevel) {
  const auto entries = some_tree(60000);
  make(entries);
  store_->hide_all();
  open();
  int rounds = 0;
  for (;; ++rounds) {
    const auto missing = tree_->missing("folder1/folder2/");
    ASSERT_TRUE(missing);
    if (missing->empty()) break;
    for (const PageReference& page : *missing) ASSERT_EQ(store_->hidden.erase(page.digest), 1u);
  }
  EXPECT_EQ(rounds, 3);
  EXPECT_TRUE(tree_->list("folder1/folder2"));
  EXPECT_GT(store_->hidden.size(), store_->pages.size() / 2);
  while (!tree_->missing("")->empty()) {
    const auto missing = *tree_->missing("");
    for (const PageReference& page : missing) ASSERT_EQ(store_->hidden.erase(page.digest), 1u);
  }
  EXPECT_THAT(store_->hidden, IsEmpty());
}

TEST_F(PageTreeTest, FindsWithoutRegardToCase) {
  make_files({"Art/Hero.PNG", "art/hero.png", "Art/other", "Straße/Ä.txt"});
  EXPECT_THAT(*tree_->find_ignoring_case("art/hero.png"),
              ElementsAre("Art/Hero.PNG", "art/hero.png"));
  EXPECT_THAT(*tree_->find_ignoring_case("ART/HERO.png"),
              ElementsAre("Art/Hero.PNG", "art/hero.png"));
  EXPECT_THAT(*tree_->find_ignoring_case("art/OTHER"), ElementsAre("Art/other"));
  EXPECT_THAT(*tree_->find_ignoring_case("sTRAßE/ä.TXT"), ElementsAre("Straße/Ä.txt"));
  EXPECT_EQ(tree_->find_ignoring_case("art/hero").error(), errc::not_listed);
  EXPECT_EQ(tree_->find_ignoring_case("art").error(), errc::not_listed);
  EXPECT_EQ(tree_->find_ignoring_case("").error(), errc::not_listed);
}

TEST_F(PageTreeTest, KnowsThePageAroundAKey) {
  const auto entries = some_tree(60000);
  make(entries);
  const std::string& key = entries[777].path;
  EXPECT_EQ(tree_->page_around(key, 2), root_);
  EXPECT_FALSE(tree_->page_around(key, 3));
  const auto leaf = tree_->page_around(key, 0);
  ASSERT_TRUE(leaf);
  const auto page = Page::parse(blob_of(store_->pages[leaf->digest]));
  ASSERT_TRUE(page);
  EXPECT_EQ(page->level(), 0u);
  EXPECT_TRUE(page->find(key)->exact);
  EXPECT_EQ(tree_->page_around("a", 0), tree_->page_around(entries[0].path, 0));  // before all
  std::optional<PageReference> next;
  EXPECT_EQ(tree_->page_around(key, 0, &next), leaf);
  ASSERT_TRUE(next);
  EXPECT_EQ(tree_->page_around(Page::parse(blob_of(store_->pages[next->digest]))->first_key(), 0),
            next);
  EXPECT_TRUE(tree_->page_around(entries.back().path, 0, &next));
  EXPECT_FALSE(next);  // it is the last
}

TEST_F(PageTreeTest, KnowsTheFilesBesideAPath) {
  FileEntry gone;
  gone.tombstone = true;
  make({{"a", entry_of("a")}, {"c", entry_of("c")}, {"e", gone}, {"g", entry_of("g")}});
  const FileEntry a = entry_of("a");
  const FileEntry c = entry_of("c");
  const FileEntry g = entry_of("g");
  EXPECT_THAT(tree_->files_beside("0"), ElementsAre(a));
  EXPECT_THAT(tree_->files_beside("b"), ElementsAre(a, c));
  EXPECT_THAT(tree_->files_beside("d"), ElementsAre(c));
  EXPECT_THAT(tree_->files_beside("f"), ElementsAre(g));
  EXPECT_THAT(tree_->files_beside("h"), ElementsAre(g));
  EXPECT_THAT(tree_->files_beside("a"), IsEmpty()) << "it is listed";

  const auto entries = some_tree(20000);
  make(entries);
  EXPECT_THAT(tree_->files_beside(entries[777].path + "x"), Contains(entries[777].entry));
  store_->hide_all();
  const PageTree without_pages(root_, store_);
  EXPECT_THAT(without_pages.files_beside("x"), IsEmpty());
}

TEST_F(PageTreeTest, NumbersItsEntries) {
  for (const std::size_t count : {0u, 1u, 47u, 200u, 30000u}) {
    const auto entries = some_tree(count);
    make(entries);
    std::vector<PageReference> way;
    for (std::size_t i = 0; i < count; i += 1 + i % 17) {
      EXPECT_EQ(*tree_->entry_at(i, &way), entries[i].entry);
      EXPECT_EQ(way.front(), root_);
      EXPECT_EQ(way.back(), *tree_->page_around(entries[i].path, 0));
      EXPECT_EQ(*tree_->count_before(entries[i].path), i);
      EXPECT_EQ(*tree_->count_before(entries[i].path + '\1'), i + 1);
    }
    EXPECT_EQ(*tree_->count_before(""), 0u);
    EXPECT_EQ(*tree_->count_before("zzz"), count);
    EXPECT_EQ(tree_->entry_at(count).error(), errc::not_listed);
    EXPECT_EQ(tree_->entry_at(count + (std::uint64_t{1} << 60)).error(), errc::not_listed);
  }
  store_->hide_all();
  const PageTree cold(root_, store_);
  EXPECT_EQ(cold.entry_at(7).error(), errc::would_fetch);
  EXPECT_EQ(cold.count_before("x").error(), errc::would_fetch);
}

TEST_F(PageTreeTest, ManyThreadsMayLookUpAtOnce) {
  const auto entries = some_tree(20000);
  make(entries);
  store_->asked.clear();
  class Locked final : public PageSource {
   public:
    explicit Locked(std::shared_ptr<PageStore> below) : below_(std::move(below)) {}
    Result<Blob> page(const PageReference& page) noexcept override {
      std::lock_guard lock(mutex_);
      return below_->page(page);
    }
    std::mutex mutex_;
    std::shared_ptr<PageStore> below_;
  };
  PageTree tree(root_, std::make_shared<Locked>(store_));
  std::atomic<int> wrong = 0;
  {
    std::vector<std::jthread> threads;
    for (unsigned t = 0; t < 4; ++t)
      threads.emplace_back([&, t] {
        for (std::size_t i = t; i < entries.size(); i += 3) {
          const auto found = tree.find(entries[i].path);
          if (!found || *found != entries[i].entry) ++wrong;
          if (tree.find(entries[i].path + "x").error() != errc::not_listed) ++wrong;
        }
      });
  }
  EXPECT_EQ(wrong, 0);
}

/// Trees whose pages do not fit together.
class LyingTree : public PageTreeTest {
 protected:
  PageReference put_page(const std::string& bytes, std::uint64_t entries) {
    const Digest digest = digest::sha256(std::as_bytes(std::span(bytes)));
    store_->pages[digest] = bytes;
    return {digest, static_cast<std::uint32_t>(bytes.size()), entries};
  }
  PageReference leaf(std::initializer_list<const char*> paths) {
    std::vector<NamedEntry> entries;
    for (const char* path : paths) entries.push_back({path, entry_of(path)});
    return put_page(write_leaf(entries), entries.size());
  }
  void open_above(std::vector<NamedChild> children, unsigned level = 1) {
    std::uint64_t entries = 0;
    for (const NamedChild& child : children) entries += child.child.entries;
    root_ = put_page(write_inner(level, children), entries);
    open();
  }
};

TEST_F(LyingTree, IsRefusedWhereItLies) {
  const PageReference good = leaf({"a", "b"});
  const PageReference other = leaf({"m", "n"});
  open_above({{"a", good}, {"m", other}});
  EXPECT_TRUE(tree_->find("b"));
  EXPECT_TRUE(tree_->find("n"));

  open_above({{"a", good}, {"l", other}});  // begins with another key than is said
  EXPECT_TRUE(tree_->find("b"));
  EXPECT_EQ(tree_->find("n").error(), errc::bad_table);
  EXPECT_EQ(tree_->find("l").error(), errc::bad_table);

  open_above({{"a", leaf({"a", "x"})}, {"m", other}});  // reaches into the next page
  EXPECT_EQ(tree_->find("a").error(), errc::bad_table);
  EXPECT_TRUE(tree_->find("n"));

  PageReference wrong = good;
  wrong.entries = 3;
  open_above({{"a", wrong}, {"m", other}});
  EXPECT_EQ(tree_->find("a").error(), errc::bad_table);

  wrong = good;
  wrong.bytes += 1;
  open_above({{"a", wrong}, {"m", other}});
  EXPECT_EQ(tree_->find("a").error(), errc::bad_table);

  open_above({{"a", good}, {"m", other}}, 2);  // a level is left out
  EXPECT_EQ(tree_->find("a").error(), errc::bad_table);
  EXPECT_EQ(tree_->list("").error(), errc::bad_table);
  EXPECT_EQ(tree_->missing("").error(), errc::bad_table);
}

TEST_F(LyingTree, APageMustEndBeforeThePageBehindTheOneAbove) {
  const PageReference wide = leaf({"c", "x"});
  const PageReference below_a =
      put_page(write_inner(1, std::vector<NamedChild>{{"a", leaf({"a", "b"})}, {"c", wide}}), 4);
  const PageReference below_m = put_page(
      write_inner(1, std::vector<NamedChild>{{"m", leaf({"m"})}, {"n", leaf({"n", "x"})}}), 3);
  open_above({{"a", below_a}, {"m", below_m}}, 2);
  EXPECT_TRUE(tree_->find("a"));
  EXPECT_EQ(tree_->find("c").error(), errc::bad_table) << "its leaf reaches beyond m";
  EXPECT_TRUE(tree_->find("x"));

  const PageReference too_far = put_page(
      write_inner(1, std::vector<NamedChild>{{"a", leaf({"a", "b"})}, {"p", leaf({"p"})}}), 3);
  open_above({{"a", too_far}, {"m", below_m}}, 2);
  EXPECT_EQ(tree_->find("a").error(), errc::bad_table);
}

TEST_F(LyingTree, TheRootMustHaveTheEntriesThatTheHeadNames) {
  root_ = leaf({"a", "b"});
  root_.entries = 1;
  open();
  EXPECT_EQ(tree_->find("a").error(), errc::bad_table);
}

}  // namespace
}  // namespace larder::filetable
