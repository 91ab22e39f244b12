#include "filetable/page_writer.h"

#include <gmock/gmock.h>

#include "digest/hex.h"
#include "filetable/page.h"
#include "page_store.h"

namespace larder::filetable {
namespace {

std::set<Digest> pages_of(const std::vector<NamedEntry>& entries, PageReference* root = nullptr) {
  PageStore store;
  const PageReference reference = store.put(entries);
  if (root) *root = reference;
  std::set<Digest> pages;
  for (const auto& [digest, bytes] : store.pages) pages.insert(digest);
  return pages;
}

std::size_t new_pages(const std::set<Digest>& before, const std::set<Digest>& after) {
  std::size_t count = 0;
  for (const Digest& page : after) count += before.contains(page) ? 0 : 1;
  return count;
}

TEST(PageWriter, MakesPagesOfModerateSizeThatAreValid) {
  PageStore store;
  store.put(some_tree(60000));
  std::size_t items = 0;
  for (const auto& [digest, bytes] : store.pages) {
    const auto page = Page::parse(blob_of(bytes));
    ASSERT_TRUE(page);
    EXPECT_LE(page->size(), 449u);
    items += page->size();
  }
  EXPECT_GT(items / store.pages.size(), 90u);
  EXPECT_LT(items / store.pages.size(), 140u);
}

TEST(PageWriter, EqualTreesHaveEqualPages) {
  PageReference one;
  PageReference two;
  EXPECT_EQ(pages_of(some_tree(3000), &one), pages_of(some_tree(3000), &two));
  EXPECT_EQ(one, two);
}

TEST(PageWriter, ChangedContentMovesNoBoundary) {
  auto entries = some_tree(20000);
  const auto before = pages_of(entries);
  entries[9876].entry = entry_of("something else");
  entries[9876].entry.size_bytes = 1 << 30;
  EXPECT_EQ(new_pages(before, pages_of(entries)), 3u);  // a leaf and what is above it
}

TEST(PageWriter, AnAddedOrRemovedFileChangesFewPages) {
  const auto entries = some_tree(20000);
  const auto before = pages_of(entries);
  for (std::size_t at = 100; at < entries.size(); at += 997) {
    auto more = entries;
    more.insert(more.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                {entries[at].path + "+", entry_of("+")});
    EXPECT_LE(new_pages(before, pages_of(more)), 12u) << at;
    auto less = entries;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(at));
    EXPECT_LE(new_pages(before, pages_of(less)), 12u) << at;
  }
}

TEST(PageWriter, LongPathsFitTheLargestPage) {
  std::vector<NamedEntry> entries;
  for (int i = 1000; i < 3000; ++i) {
    const std::string number = std::to_string(i);
    std::string path = number;
    while (path.size() < 1000) path += "/" + number + std::string(90, 'x');
    path.resize(1024, 'y');
    entries.push_back({path, entry_of(path)});
  }
  PageStore store;
  store.put(entries);
  for (const auto& [digest, bytes] : store.pages) EXPECT_TRUE(Page::parse(blob_of(bytes)));
}

TEST(PageWriter, RefusesWhatMayNotStandInATable) {
  const auto refuse = [](const PageReference&, std::string_view) -> Result<void> {
    ADD_FAILURE() << "a page was written";
    return {};
  };
  const std::vector<NamedEntry> bad{{"a/../b", {}}};
  EXPECT_EQ(write_tree(bad, refuse).error(), errc::bad_path);
  const std::vector<NamedEntry> unordered{{"b", {}}, {"a", {}}};
  EXPECT_EQ(write_tree(unordered, refuse).error(), errc::invalid_argument);
  const std::vector<NamedEntry> twice{{"b", {}}, {"b", {}}};
  EXPECT_EQ(write_tree(twice, refuse).error(), errc::invalid_argument);
}

TEST(PageWriter, EndsWithTheErrorOfItsReceiver) {
  const auto entries = some_tree(500);
  const auto full = [](const PageReference&, std::string_view) -> Result<void> {
    return errc::no_space;
  };
  EXPECT_EQ(write_tree(entries, full).error(), errc::no_space);
}

// What a stranger's publisher must come to as well.
TEST(PageWriter, WritesTheSameRootsForever) {
  PageReference empty;
  pages_of({}, &empty);
  EXPECT_EQ(empty.bytes, 7u);
  PageStore store;
  std::vector<NamedEntry> entries;
  for (int i = 1000; i < 9000; ++i)
    entries.push_back({"some/path/" + std::to_string(i), entry_of(std::to_string(i))});
  const PageReference root = store.put(entries);
  EXPECT_EQ(digest::to_hex(root.digest.bytes),
            "a05d820b3fb9c56e091c2389c51615e530aa9cd42e30d2c42428f584c4d2272b");
}

}  // namespace
}  // namespace larder::filetable
