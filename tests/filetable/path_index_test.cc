// The hash table of the entries of a tree's leaves.
#include "filetable/path_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <deque>
#include <thread>

#include "page_store.h"

namespace larder::filetable {
namespace {

/// `entries` in leaves of `each`.
std::deque<Page> leaves_of(const std::vector<NamedEntry>& entries, std::size_t each) {
  std::deque<Page> leaves;
  for (std::size_t at = 0; at < entries.size(); at += each) {
    auto page = Page::parse(
        blob_of(write_leaf(std::span(entries).subspan(at, std::min(each, entries.size() - at)))));
    EXPECT_TRUE(page);
    if (page) leaves.push_back(std::move(*page));
  }
  return leaves;
}

std::optional<FileEntry> found(const PathIndex& index, std::string_view path) {
  FileEntry entry;
  if (!index.find(path, PathIndex::hash_of(path), entry)) return std::nullopt;
  return entry;
}

/// Entries with everything an entry can say, and keys that share much and little.
std::vector<NamedEntry> rich_tree() {
  std::vector<NamedEntry> entries = some_tree(700);
  for (std::size_t i = 0; i < 300; ++i)
    entries.push_back({"long/" + std::string(40 + i, 'x') + std::to_string(i), entry_of("long")});
  entries.push_back({"zz" + std::string(1000, 'y'), entry_of("longest")});
  std::ranges::sort(entries, {}, &NamedEntry::path);
  for (std::size_t i = 0; i < entries.size(); ++i) {
    FileEntry& entry = entries[i].entry;
    entry.size_bytes = entry.encoded_bytes = std::uint64_t{1} << i % 50;
    if (i % 7 == 1) {
      entry.encoding = Encoding::zstd;
      entry.encoded_bytes = entry.size_bytes / 2;
    }
    if (i % 7 == 2) {
      entry.encrypted = true;
      entry.plain_bytes = i;
    }
    if (i % 7 == 3) entry = {.tombstone = true};
  }
  for (NamedEntry& named : entries)
    if (named.entry.encoding == Encoding::zstd && named.entry.size_bytes == 1)
      named.entry.encoding = Encoding::identity, named.entry.encoded_bytes = 1;
  return entries;
}

TEST(PathIndexTest, FindsEveryEntryAndNothingElse) {
  const auto entries = rich_tree();
  for (const std::size_t each : {1u, 3u, 64u, 65u, 200u, 2000u}) {
    const auto leaves = leaves_of(entries, each);
    PathIndex index(entries.size());
    EXPECT_FALSE(found(index, entries[0].path)) << "nothing was added";
    for (const Page& leaf : leaves) ASSERT_TRUE(index.add(leaf));
    for (const NamedEntry& entry : entries) {
      ASSERT_EQ(found(index, entry.path), entry.entry) << entry.path << " in leaves of " << each;
      for (const std::string& other :
           {entry.path + "x", entry.path.substr(1), entry.path.substr(0, entry.path.size() - 1)})
        ASSERT_EQ(found(index, other).has_value(),
                  std::ranges::binary_search(entries, other, {}, &NamedEntry::path))
            << other;
    }
    EXPECT_FALSE(found(index, ""));
    EXPECT_FALSE(found(index, std::string(5000, 'a')));
  }
}

TEST(PathIndexTest, TakesNoPathForAnotherOneOfTheSameHash) {
  const auto entries = rich_tree();
  const auto leaves = leaves_of(entries, 100);
  PathIndex index(entries.size());
  for (const Page& leaf : leaves) ASSERT_TRUE(index.add(leaf));
  FileEntry entry;
  for (const NamedEntry& named : entries) {
    const std::uint64_t hash = PathIndex::hash_of(named.path);
    std::string other = named.path;
    for (const std::size_t at : {std::size_t{0}, other.size() / 2, other.size() - 1}) {
      other[at] ^= 1;
      ASSERT_FALSE(index.find(other, hash, entry)) << other;
      other[at] ^= 1;
    }
    ASSERT_FALSE(index.find(other + "x", hash, entry));
    ASSERT_FALSE(index.find(other.substr(1), hash, entry));
    ASSERT_FALSE(index.find("", hash, entry));
    ASSERT_TRUE(index.find(other, hash, entry));
  }
}

TEST(PathIndexTest, KnowsWhenItHasAllOfTheTree) {
  const auto entries = some_tree(500);
  const auto leaves = leaves_of(entries, 100);
  PathIndex index(entries.size());
  for (const Page& leaf : leaves) {
    EXPECT_FALSE(index.complete());
    EXPECT_FALSE(found(index, leaf.last_key()));
    ASSERT_TRUE(index.add(leaf));
    EXPECT_TRUE(found(index, leaf.last_key()));
  }
  EXPECT_TRUE(index.complete());

  const auto empty = leaves_of({{"a", entry_of("a")}}, 1);
  auto page = Page::parse(blob_of(write_leaf({})));
  ASSERT_TRUE(page);
  PathIndex of_nothing(0);
  EXPECT_FALSE(of_nothing.add(empty.front())) << "more than the tree says that it has";
  EXPECT_TRUE(of_nothing.add(*page));
  EXPECT_TRUE(of_nothing.complete());
  EXPECT_FALSE(found(of_nothing, "a"));
}

TEST(PathIndexTest, GivesUpWhereATreeClaimsMoreThanMemoryHolds) {
  const auto leaves = leaves_of(some_tree(10), 10);
  PathIndex index(std::uint64_t{1} << 60);
  EXPECT_FALSE(index.add(leaves.front()));
  EXPECT_FALSE(index.complete());
  EXPECT_FALSE(found(index, leaves.front().first_key()));
}

TEST(PathIndexTest, IsReadWhileItGrows) {
  const auto entries = some_tree(20000);
  const auto leaves = leaves_of(entries, 50);
  PathIndex index(entries.size());
  std::atomic<std::size_t> added{0};
  std::atomic<int> wrong{0};
  {
    std::vector<std::jthread> readers;
    for (unsigned seed = 0; seed < 3; ++seed)
      readers.emplace_back([&, seed] {
        std::mt19937 random(seed);
        while (added < leaves.size()) {
          const std::size_t before = added * 50;
          const bool complete = index.complete();
          const std::size_t i = random() % entries.size();
          const auto entry = found(index, entries[i].path);
          if (entry ? *entry != entries[i].entry : i < before || complete) ++wrong;
          if (found(index, entries[i].path + "x")) ++wrong;
        }
      });
    for (const Page& leaf : leaves) {
      if (!index.add(leaf)) ++wrong;
      ++added;
    }
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_TRUE(index.complete());
}

}  // namespace
}  // namespace larder::filetable
