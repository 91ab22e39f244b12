#include "filetable/page_writer.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

#include "digest/hash.h"
#include "filetable/page_item.h"

namespace larder::filetable {
namespace {

// Between kFewest and kMost items a page, most often little more than kUsual. See the format's
// description; changing anything here changes every root.
constexpr std::size_t kFewest = 48;
constexpr std::size_t kUsual = 112;
constexpr std::size_t kMost = 448;
constexpr std::size_t kMostKeyBytes = 24 << 10;
constexpr std::uint64_t kRarely = ~std::uint64_t{0} / 256;
constexpr std::uint64_t kOften = ~std::uint64_t{0} / 16;

std::size_t common_length(std::string_view a, std::string_view b) noexcept {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first -
                                  a.begin());
}

template <class Item, class KeyOf, class PutRest>
std::string write_page(unsigned level, std::span<const Item> items, KeyOf key_of,
                       PutRest put_rest) {
  std::string page(kPageMagic);
  put_u8(page, kPageVersion);
  put_u8(page, level);
  put_u16(page, static_cast<unsigned>(items.size()));
  const std::string_view prefix =
      items.empty() ? std::string_view()
                    : key_of(items.front())
                          .substr(0, common_length(key_of(items.front()), key_of(items.back())));
  put_varint(page, prefix.size());
  page += prefix;
  std::string_view before;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const std::string_view rest = key_of(items[i]).substr(prefix.size());
    const std::size_t shared = i % kItemsPerAnchor == 0 ? 0 : common_length(before, rest);
    put_varint(page, shared);
    put_varint(page, rest.size() - shared);
    page += rest.substr(shared);
    put_rest(page, items[i]);
    before = rest;
  }
  return page;
}

std::string_view key_of_entry(const NamedEntry& item) noexcept {
  return item.path;
}
std::string_view key_of_child(const NamedChild& item) noexcept {
  return item.first_key;
}

/// Writes one level; returns what the level above names.
template <class Item, class KeyOf, class Write, class Count>
Result<std::vector<NamedChild>> write_level(unsigned level, std::span<const Item> items,
                                            KeyOf key_of, Write write, Count entries_of,
                                            const PageReceiver& receive) {
  std::vector<NamedChild> above;
  std::size_t start = 0;
  for (const std::size_t end :
       page_ends(level, items.size(), [&](std::size_t i) { return key_of(items[i]); })) {
    const auto part = items.subspan(start, end - start);
    const std::string page = write(part);
    PageReference reference{digest::sha256(std::as_bytes(std::span(page))),
                            static_cast<std::uint32_t>(page.size()), 0};
    for (const Item& item : part) reference.entries += entries_of(item);
    if (const auto received = receive(reference, page); !received) return received.error();
    above.push_back({part.empty() ? std::string() : std::string(key_of(part.front())), reference});
    start = end;
  }
  return above;
}

}  // namespace

std::string write_leaf(std::span<const NamedEntry> items) {
  return write_page(0, items, key_of_entry,
                    [](std::string& page, const NamedEntry& item) { put_entry(page, item.entry); });
}

std::string write_inner(unsigned level, std::span<const NamedChild> items) {
  return write_page(level, items, key_of_child,
                    [](std::string& page, const NamedChild& item) { put_child(page, item.child); });
}

std::vector<std::size_t> page_ends(unsigned level, std::size_t count,
                                   const std::function<std::string_view(std::size_t)>& key_of) {
  std::vector<std::size_t> ends;
  std::size_t start = 0;
  std::size_t key_bytes = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view key = key_of(i);
    const std::size_t items = i - start;
    bool begins = items == kMost || (items >= 2 && key_bytes + key.size() > kMostKeyBytes);
    if (!begins && items >= kFewest)
      begins =
          XXH3_64bits_withSeed(key.data(), key.size(), level) < (items < kUsual ? kRarely : kOften);
    if (begins) {
      ends.push_back(i);
      start = i;
      key_bytes = 0;
    }
    key_bytes += key.size();
  }
  // An inner page has two items at least.
  if (level != 0 && !ends.empty() && ends.back() + 1 == count) ends.pop_back();
  ends.push_back(count);
  return ends;
}

Result<PageReference> write_tree(std::span<const NamedEntry> entries, const PageReceiver& receive) {
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (content_path_problem(entries[i].path)) return errc::bad_path;
    if (i != 0 && entries[i - 1].path >= entries[i].path) return errc::invalid_argument;
  }
  auto level = write_level(
      0, entries, key_of_entry, write_leaf, [](const NamedEntry&) { return std::uint64_t{1}; },
      receive);
  for (unsigned height = 1; level && level->size() > 1; ++height) {
    const std::vector<NamedChild> below = std::move(*level);
    level = write_level(
        height, std::span(below), key_of_child,
        [height](std::span<const NamedChild> part) { return write_inner(height, part); },
        [](const NamedChild& item) { return item.child.entries; }, receive);
  }
  if (!level) return level.error();
  return level->front().child;
}

}  // namespace larder::filetable
