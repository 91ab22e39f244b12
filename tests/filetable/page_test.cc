#include "filetable/page.h"

#include <gmock/gmock.h>

#include "filetable/page_item.h"
#include "filetable/path_index.h"
#include "page_store.h"

namespace larder::filetable {
namespace {

using ::testing::HasSubstr;

Page parsed(const std::string& bytes) {
  std::string why;
  auto page = Page::parse(blob_of(bytes), &why);
  EXPECT_TRUE(page) << why;
  return std::move(*page);
}

void expect_bad(const std::string& bytes, std::string_view because) {
  std::string why;
  const auto page = Page::parse(blob_of(bytes), &why);
  ASSERT_FALSE(page) << "expected: " << because;
  EXPECT_EQ(page.error(), errc::bad_table);
  EXPECT_THAT(why, HasSubstr(because));
}

std::vector<NamedEntry> rich_entries() {
  FileEntry plain = entry_of("plain");
  FileEntry packed = entry_of("packed");
  packed.size_bytes = 70000;
  packed.encoded_bytes = 300;
  packed.encoding = Encoding::zstd;
  packed.priority = Priority::high;
  packed.executable = true;
  FileEntry early = entry_of("");
  early.bootstrap = true;
  early.priority = Priority::low;
  FileEntry gone;
  gone.tombstone = true;
  FileEntry hidden = entry_of("envelope");
  hidden.encrypted = true;
  hidden.plain_bytes = 1'000'000;
  return {{"a/early", early},   {"a/gone", gone},         {"a/hidden", hidden},
          {"a/packed", packed}, {"a/packed/more", plain}, {"a/é", plain}};
}

TEST(Page, SaysOfEntriesWhatWasWritten) {
  const auto entries = rich_entries();
  const Page page = parsed(write_leaf(entries));
  EXPECT_EQ(page.level(), 0u);
  EXPECT_EQ(page.size(), entries.size());
  EXPECT_EQ(page.entries(), entries.size());
  EXPECT_EQ(page.first_key(), "a/early");
  EXPECT_EQ(page.last_key(), "a/é");
  PageCursor cursor(page);
  for (const NamedEntry& written : entries) {
    ASSERT_TRUE(cursor.next());
    EXPECT_EQ(cursor.key(), written.path);
    EXPECT_EQ(cursor.item().entry, written.entry);
    const auto found = page.find(written.path);
    ASSERT_TRUE(found && found->exact) << written.path;
    EXPECT_EQ(found->item.entry, written.entry);
  }
  EXPECT_FALSE(cursor.next());
}

TEST(Page, FindsTheLastKeyThatIsNotGreater) {
  for (const std::size_t count : {1u, 2u, 15u, 16u, 17u, 100u, 448u}) {
    const auto entries = some_tree(count, static_cast<unsigned>(count));
    const Page page = parsed(write_leaf(entries));
    std::vector<std::string> wanted{"", "a", "zzz", "folder", "folder1/", "name-", "\x7f"};
    for (const NamedEntry& entry : entries)
      for (const std::string& other :
           {entry.path, entry.path + "0", entry.path.substr(0, entry.path.size() - 1),
            entry.path.substr(0, entry.path.size() / 2) + "m"})
        wanted.push_back(other);
    for (const std::string& key : wanted) {
      const auto behind =
          std::upper_bound(entries.begin(), entries.end(), key,
                           [](const std::string& a, const NamedEntry& b) { return a < b.path; });
      const auto found = page.find(key);
      ASSERT_EQ(found.has_value(), behind != entries.begin()) << key;
      if (!found) continue;
      const auto expected = static_cast<std::size_t>(behind - entries.begin()) - 1;
      EXPECT_EQ(found->index, expected) << key;
      EXPECT_EQ(found->exact, entries[expected].path == key) << key;
      EXPECT_EQ(found->item.entry, entries[expected].entry) << key;
    }
  }
}

TEST(Page, FindsTheChildInWhoseReachAKeyLies) {
  std::vector<NamedChild> children;
  for (const NamedEntry& entry : some_tree(100))
    children.push_back({entry.path, {entry.entry.digest, 1000, 7}});
  const Page page = parsed(write_inner(1, children));
  EXPECT_EQ(page.entries(), 700u);
  for (const NamedChild& child : children)
    for (const std::string& key : {child.first_key, child.first_key + "x",
                                   child.first_key.substr(0, 5), std::string("~"), std::string()}) {
      const auto found = page.find(key);
      const auto index = page.find_child(key);
      ASSERT_EQ(found.has_value(), index.has_value()) << key;
      if (found) {
        ASSERT_EQ(found->index, *index) << key;
        ASSERT_EQ(found->item.child, children[*index].child);
      }
    }
}

TEST(Page, OfNothingFindsNothing) {
  const Page page = parsed(write_leaf({}));
  EXPECT_EQ(page.size(), 0u);
  EXPECT_FALSE(page.find(""));
  EXPECT_FALSE(page.find("a"));
  EXPECT_FALSE(PageCursor(page).next());
}

TEST(Page, BeginsAtAnyItem) {
  const auto entries = some_tree(70);
  const Page page = parsed(write_leaf(entries));
  for (std::size_t i = 0; i <= entries.size(); ++i) {
    PageCursor cursor(page, i);
    ASSERT_EQ(cursor.next(), i < entries.size());
    if (i == entries.size()) break;
    EXPECT_EQ(cursor.key(), entries[i].path);
    EXPECT_EQ(cursor.index(), i);
  }
}

/// A page written by hand.
std::string page_of(unsigned level, unsigned count, std::string_view prefix,
                    std::string_view items) {
  std::string page = "LP";
  put_u8(page, 1);
  put_u8(page, level);
  put_u16(page, count);
  put_varint(page, prefix.size());
  return page.append(prefix).append(items);
}
std::string item(unsigned shared, std::string_view rest, std::string_view what) {
  std::string text;
  put_varint(text, shared);
  put_varint(text, rest.size());
  return text.append(rest).append(what);
}
const std::string kEmpty = std::string("\0\0", 2) + std::string(32, 'd');  // an entry of no bytes
const std::string kChild = std::string("\1\2", 2) + std::string(32, 'd');
const std::string kGone = "\x10";

TEST(HostilePage, HasABadHeader) {
  expect_bad("", "no page");
  expect_bad("LQ\1\0", "no page");
  expect_bad(std::string("LP\2\0\0\0\0", 7), "version");
  expect_bad(std::string("LP\1\0\0", 5), "cut off");
  expect_bad(std::string("LP\1\x10\2\0\0", 7), "level");
  expect_bad(std::string("LP\1\0\0\0\5ab", 9), "cut off");
  expect_bad(std::string("LP\1\0\1\0\x80\0", 8), "cut off");  // a varint longer than need be
  expect_bad(page_of(0, 0, "a", ""), "prefix");
  expect_bad(page_of(1, 1, "a", item(0, "", kChild)), "less than two");
  expect_bad(std::string(kMaxPageBytes + 1, 'x'), "longer");
}

TEST(HostilePage, HasBadKeys) {
  EXPECT_TRUE(Page::parse(blob_of(page_of(0, 2, "a", item(0, "", kEmpty) + item(0, "b", kEmpty)))));
  expect_bad(page_of(0, 2, "", item(0, "b", kEmpty) + item(0, "a", kEmpty)), "ascend");
  expect_bad(page_of(0, 2, "a", item(0, "", kEmpty) + item(0, "", kEmpty)), "ascend");
  expect_bad(page_of(0, 2, "", item(0, "ab", kEmpty) + item(0, "ac", kEmpty)), "share more");
  expect_bad(page_of(0, 2, "", item(0, "ab", kEmpty) + item(1, "c", kEmpty)), "longest");
  expect_bad(page_of(0, 1, "", item(0, "ab", kEmpty)), "longest");
  expect_bad(page_of(0, 1, "ab", item(1, "", kEmpty)), "shares more than there is");
  expect_bad(page_of(0, 2, "a", item(0, "b", kEmpty) + item(2, "c", kEmpty)),
             "shares more than there is");
  expect_bad(page_of(0, 1, "ab", item(0, "", kEmpty) + "x"), "left over");
  expect_bad(page_of(0, 2, "ab", item(0, "", kEmpty)), "cut off");
  std::string four;
  for (unsigned i = 0; i < 4; ++i) four += item(i, "b", kEmpty);
  expect_bad(page_of(0, 5, "a", four + item(4, "b", kEmpty)), "cannot begin here");
  expect_bad(page_of(0, 5, "a", four + item(0, "b", kEmpty)), "ascend");
}

TEST(HostilePage, HasPathsThatMustNotBe) {
  const std::pair<std::string, const char*> cases[] = {{"/etc/passwd", "absolute"},
                                                       {"a/../b", "dot or two"},
                                                       {"..", "dot or two"},
                                                       {"a/./b", "dot or two"},
                                                       {"a//b", "empty component"},
                                                       {"a/", "empty component"},
                                                       {std::string("a\0b", 3), "NUL"},
                                                       {"a\\b", "backslash"},
                                                       {"C:/windows", "drive"},
                                                       {"c:x", "drive"},
                                                       {"\xff", "UTF-8"},
                                                       {"a\xc0\xaf", "UTF-8"},
                                                       {std::string(1025, 'a'), "longer"},
                                                       {"", "empty"}};
  for (const auto& [path, because] : cases)
    expect_bad(page_of(0, 1, path, item(0, "", kEmpty)), because);
  EXPECT_TRUE(Page::parse(blob_of(page_of(0, 1, std::string(1024, 'a'), item(0, "", kEmpty)))));
  EXPECT_TRUE(Page::parse(blob_of(page_of(0, 1, "...", item(0, "", kEmpty)))));
  EXPECT_TRUE(Page::parse(blob_of(page_of(0, 1, "1:2/a:b", item(0, "", kEmpty)))));
}

TEST(HostilePage, HasImpossibleValues) {
  const auto leaf = [](std::string_view what) { return page_of(0, 1, "a", item(0, "", what)); };
  EXPECT_TRUE(Page::parse(blob_of(leaf(kGone))));
  expect_bad(leaf("\x11"), "impossible");  // a tombstone with more
  expect_bad(leaf(std::string("\3\0", 2) + std::string(32, 'd')), "impossible");  // priority
  expect_bad(leaf("\x80" + kEmpty), "impossible");
  expect_bad(leaf("\xc0" + kEmpty), "impossible");
  // An envelope has the length of its content beside its own, and is never encoded.
  EXPECT_TRUE(Page::parse(blob_of(leaf("\x40\x63\x05" + std::string(32, 'd')))));
  expect_bad(leaf("\x60\x63\x05\x05" + std::string(32, 'd')), "impossible");
  expect_bad(leaf("\x20\x05\x05" + std::string(32, 'd')), "impossible");  // not smaller
  expect_bad(leaf(kEmpty.substr(0, 33)), "cut off");
  const auto inner = [](std::string_view what) {
    return page_of(1, 2, "a", item(0, "", kChild) + item(0, "b", what));
  };
  EXPECT_TRUE(Page::parse(blob_of(inner(kChild))));
  expect_bad(inner(std::string("\0\2", 2) + std::string(32, 'd')), "impossible");  // no entries
  expect_bad(inner(std::string("\1\0", 2) + std::string(32, 'd')), "impossible");  // no bytes
  expect_bad(inner("\1\x81\x80\4" + std::string(32, 'd')), "impossible");          // 65537 bytes
  const std::string most = std::string(8, '\xff') + "\x7f\2" + std::string(32, 'd');
  expect_bad(page_of(1, 3, "a", item(0, "", most) + item(0, "b", most) + item(0, "c", most)),
             "too many entries");
}

TEST(HostilePage, CutAnywhereIsRefused) {
  const std::string whole = write_leaf(some_tree(40));
  for (std::size_t length = 0; length < whole.size(); ++length)
    ASSERT_EQ(Page::parse(blob_of(whole.substr(0, length))).error(), errc::bad_table) << length;
}

/// Whatever is accepted answers consistently.
void expect_consistent(const Page& page) {
  PathIndex index(page.size());
  if (page.level() == 0) {
    ASSERT_TRUE(index.add(page));
  }
  PageCursor cursor(page);
  std::string before;
  std::size_t count = 0;
  while (cursor.next()) {
    ASSERT_TRUE(count == 0 || before < cursor.key());
    ASSERT_EQ(content_path_problem(cursor.key()), nullptr);
    const auto found = page.find(cursor.key());
    ASSERT_TRUE(found && found->exact && found->index == count);
    if (page.level() == 0) {
      FileEntry entry;
      ASSERT_TRUE(index.find(cursor.key(), PathIndex::hash_of(cursor.key()), entry));
      ASSERT_EQ(entry, cursor.item().entry);
    } else {
      ASSERT_EQ(page.find_child(cursor.key()), count);
    }
    before = cursor.key();
    ++count;
  }
  ASSERT_EQ(count, page.size());
}

TEST(HostilePage, MutatedAtRandomIsRefusedOrConsistent) {
  std::mt19937 random(7);
  std::vector<std::string> wholes{write_leaf(some_tree(60)), write_leaf(rich_entries())};
  std::vector<NamedChild> children;
  for (const NamedEntry& entry : some_tree(50))
    children.push_back({entry.path, {entry.entry.digest, 1000, 7}});
  wholes.push_back(write_inner(2, children));
  unsigned accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string bytes = wholes[random() % wholes.size()];
    for (unsigned change = 1 + random() % 3; change != 0; --change) {
      const std::size_t at = random() % bytes.size();
      switch (random() % 4) {
        case 0: bytes[at] = static_cast<char>(random()); break;
        case 1: bytes[at] = static_cast<char>(bytes[at] ^ 1 << random() % 8); break;
        case 2: bytes.erase(at, 1 + random() % 40); break;
        case 3: bytes.insert(at, bytes.substr(random() % bytes.size(), random() % 40)); break;
      }
      if (bytes.empty()) bytes = "x";
    }
    const auto page = Page::parse(blob_of(bytes));
    if (!page) continue;
    ++accepted;
    expect_consistent(*page);
    if (HasFatalFailure()) return;
  }
  EXPECT_GT(accepted, 1000u);  // most digits of digests may change
}

}  // namespace
}  // namespace larder::filetable
