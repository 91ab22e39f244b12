#include "filetable/page.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include <exception>
#include <limits>
#include <utility>

#include "filetable/page_item.h"

namespace larder::filetable {
namespace {

constexpr unsigned kPrintsAtOnce = 8;
using Prints = std::uint16_t __attribute__((vector_size(2 * kPrintsAtOnce)));

std::uint64_t head_of(std::string_view key) noexcept {
  std::uint64_t head = 0;
  for (std::size_t i = 0; i < 8; ++i)
    head = head << 8 | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0u);
  return head;
}

std::size_t common_length(std::string_view a, std::string_view b) noexcept {
  const std::size_t most = std::min(a.size(), b.size());
  std::size_t i = 0;
  while (i != most && a[i] == b[i]) ++i;
  return i;
}

/// Of keys that go on differently behind what they share.
bool goes_on_less(std::string_view a, std::string_view b) noexcept {
  if (b.empty()) return false;
  return a.empty() || static_cast<unsigned char>(a.front()) < static_cast<unsigned char>(b.front());
}

}  // namespace

Result<Page> Page::parse(Blob bytes, std::string* why) noexcept try {
  std::string ignored;
  Page page;
  page.blob_ = std::move(bytes);
  if (!page.check(why ? *why : ignored)) return errc::bad_table;
  return page;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

bool Page::check(std::string& why) {
  const auto fail = [&why](const char* sentence) {
    why = sentence;
    return false;
  };
  if (blob_.size() > kMaxPageBytes) return fail("the page is longer than 65536 bytes");
  WireReader in(blob_.bytes());
  if (in.text(kPageMagic.size()) != kPageMagic) return fail("this is no page of a filetable");
  if (in.u8() != kPageVersion) return fail("the page's version is unknown");
  level_ = in.u8();
  count_ = in.u16();
  prefix_ = in.text(in.varint());
  if (in.failed()) return fail("the page's header is cut off");
  if (level_ > kMaxPageLevel) return fail("the page's level is too high");
  if (level_ != 0 && count_ < 2) return fail("an inner page has less than two items");
  if (count_ == 0 && !prefix_.empty()) return fail("a page without items has a prefix");
  if (!check_items(why)) return false;
  index_items();
  return true;
}

void Page::index_items() {
  if (level_ == 0) {
    starts_ = (count_ + kPrintsAtOnce - 1) / kPrintsAtOnce * kPrintsAtOnce;
    prints_.resize(starts_ + count_);
  }
  PageCursor cursor(*this);
  for (std::size_t i = 0; i < count_; ++i) {
    const auto offset = static_cast<std::uint16_t>(cursor.offset());
    cursor.next();
    if (level_ == 0) {
      prints_[i] = print_of(cursor.key());
      prints_[starts_ + i] = offset;
      continue;
    }
    const std::string_view rest = cursor.key().substr(prefix_.size());
    children_.push_back({head_of(rest), static_cast<std::uint32_t>(child_keys_.size()),
                         static_cast<std::uint32_t>(rest.size())});
    child_keys_ += rest;
  }
  child_keys_.shrink_to_fit();
}

std::uint16_t Page::print_of(std::string_view key) noexcept {
  return static_cast<std::uint16_t>(XXH3_64bits(key.data(), key.size()) >> 48);
}

bool Page::check_items(std::string& why) {
  const auto fail = [&why](std::size_t item, const char* what) {
    why = "item " + std::to_string(item) + ": " + what;
    return false;
  };
  const bool leaf = level_ == 0;
  const auto bytes = blob_.bytes();
  // From behind the header, which check() has read.
  WireReader in(bytes.subspan(static_cast<std::size_t>(
      reinterpret_cast<const std::byte*>(prefix_.data()) + prefix_.size() - bytes.data())));
  offsets_.reserve(anchors());
  std::string key(prefix_);
  std::string first;
  PageItem item;
  for (std::size_t i = 0; i < count_; ++i) {
    const auto offset = static_cast<std::uint16_t>(in.position() - bytes.data());
    const ItemKey written = read_item_key(in);
    const std::string_view before = std::string_view(key).substr(prefix_.size());
    if (in.failed()) return fail(i, "cut off");
    if (written.shared > before.size()) return fail(i, "shares more than there is");
    const std::string_view left = before.substr(written.shared);
    if (i % kItemsPerAnchor == 0) {
      if (written.shared != 0) return fail(i, "a reader cannot begin here");
      if (i != 0 && before >= written.rest) return fail(i, "the keys do not ascend");
      offsets_.push_back(offset);
    } else if (!goes_on_less(left, written.rest)) {
      return fail(i, "the keys do not ascend, or share more than is said");
    }
    key.resize(prefix_.size() + written.shared);
    key += written.rest;
    if (const char* problem = content_path_problem(key)) return fail(i, problem);
    if (!(leaf ? read_entry(in, item.entry) : read_child(in, item.child)))
      return fail(i, in.failed() ? "cut off" : "impossible values");
    if (i == 0) first = key;
    const std::uint64_t entries = leaf ? 1 : item.child.entries;
    if (entries > std::numeric_limits<std::uint64_t>::max() - entries_)
      return fail(i, "too many entries");
    entries_ += entries;
  }
  if (in.left() != 0) return fail(count_, "bytes are left over");
  if (count_ != 0 && common_length(first, key) != prefix_.size())
    return fail(0, "the prefix is not the longest");
  return true;
}

std::string_view Page::anchor_key(std::size_t anchor) const noexcept {
  WireReader in(blob_.bytes().subspan(offsets_[anchor]));
  return read_item_key(in).rest;
}

std::optional<std::size_t> Page::find_anchor(std::string_view rest) const noexcept {
  std::size_t low = 0;  // anchors before it are not greater
  std::size_t high = anchors();
  while (low != high) {
    const std::size_t middle = low + (high - low) / 2;
    if (anchor_key(middle) <= rest)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return std::nullopt;
  return low - 1;
}

/// Goes through the items from an anchor on whose key is not greater than `rest`. How much of
/// `rest` the last key matches says of most keys how they compare, without a look at their bytes.
std::optional<Page::Position> Page::scan(std::size_t anchor, std::string_view rest,
                                         bool to_the_end) const noexcept {
  const bool leaf = level_ == 0;
  std::size_t index = anchor * kItemsPerAnchor;
  const std::size_t end = std::min<std::size_t>(index + kItemsPerAnchor, count_);
  WireReader in(blob_.bytes().subspan(offsets_[anchor]));
  WireReader last = in;  // behind the key of the last item that is not greater
  Position found;
  std::size_t matched = 0;
  for (; index != end; ++index) {
    const ItemKey key = read_item_key(in);
    if (!to_the_end) {
      if (key.shared < matched) break;
      if (key.shared == matched) {
        const std::string_view wanted = rest.substr(matched);
        const std::size_t more = common_length(key.rest, wanted);
        if (more != key.rest.size() && !goes_on_less(key.rest.substr(more), wanted.substr(more)))
          break;
        matched += more;
        found.exact = matched == rest.size() && more == key.rest.size();
      }
    }
    found.index = index;
    last = in;
    if (found.exact) break;
    skip_item(in, leaf);
  }
  if (!(leaf ? read_entry(last, found.item.entry) : read_child(last, found.item.child)))
    return std::nullopt;  // the bytes changed since they were checked
  return found;
}

std::optional<Page::Position> Page::find(std::string_view key) const noexcept {
  if (count_ == 0) return std::nullopt;
  const std::string_view start = key.substr(0, prefix_.size());
  if (start != prefix_) {
    if (start < prefix_) return std::nullopt;
    return scan(anchors() - 1, {}, true);
  }
  const std::string_view rest = key.substr(prefix_.size());
  const auto anchor = find_anchor(rest);
  if (!anchor) return std::nullopt;
  return scan(*anchor, rest, false);
}

/// Whether item `index` of a leaf has the key `rest` behind the prefix. `matched` is how much of it
/// the keys from the anchor on have in common with it.
bool Page::is_key(std::size_t index, std::string_view rest) const noexcept {
  std::size_t matched = 0;
  for (std::size_t i = index / kItemsPerAnchor * kItemsPerAnchor;; ++i) {
    WireReader in(blob_.bytes().subspan(prints_[starts_ + i]));
    const ItemKey key = read_item_key(in);
    if (key.shared < matched) matched = key.shared;
    const std::size_t more =
        key.shared == matched ? common_length(key.rest, rest.substr(matched)) : 0;
    matched += more;
    if (i == index)
      return key.shared <= matched && matched == rest.size() &&
             key.shared + key.rest.size() == rest.size();
  }
}

std::optional<FileEntry> Page::find_entry(std::string_view key,
                                          std::uint16_t print) const noexcept {
  __builtin_prefetch(blob_.data());  // the prefix, needed if a print agrees
  Prints wanted;
  for (unsigned k = 0; k < kPrintsAtOnce; ++k) wanted[k] = print;
  for (std::size_t i = 0; i < starts_; i += kPrintsAtOnce) {
    Prints there;
    std::memcpy(&there, &prints_[i], sizeof there);
    const auto equal = std::bit_cast<std::array<std::uint64_t, 2>>(there == wanted);
    if ((equal[0] | equal[1]) == 0) continue;
    const std::size_t end = std::min<std::size_t>(i + kPrintsAtOnce, count_);
    for (std::size_t k = i; k < end; ++k) {
      if (prints_[k] != print) continue;
      if (!key.starts_with(prefix_)) continue;
      if (!is_key(k, key.substr(prefix_.size()))) continue;
      WireReader in(blob_.bytes().subspan(prints_[starts_ + k]));
      (void)read_item_key(in);
      FileEntry entry;
      if (!read_entry(in, entry)) return std::nullopt;  // the bytes changed since they were checked
      return entry;
    }
  }
  return std::nullopt;
}

std::optional<std::size_t> Page::find_child(std::string_view key) const noexcept {
  const std::string_view start = key.substr(0, prefix_.size());
  if (start != prefix_) {
    if (start < prefix_) return std::nullopt;
    return children_.size() - 1;
  }
  const std::string_view rest = key.substr(prefix_.size());
  const std::uint64_t head = head_of(rest);
  const std::string_view keys = child_keys_;
  const auto behind = std::upper_bound(children_.begin(), children_.end(), head,
                                       [&](std::uint64_t wanted, const Child& child) {
                                         if (wanted != child.head) return wanted < child.head;
                                         return rest < keys.substr(child.begin, child.length);
                                       });
  if (behind == children_.begin()) return std::nullopt;
  return static_cast<std::size_t>(behind - children_.begin()) - 1;
}

std::string Page::first_key() const {
  return std::string(prefix_).append(anchor_key(0));
}

std::string Page::last_key() const {
  PageCursor cursor(*this, (anchors() - 1) * kItemsPerAnchor);
  while (cursor.next()) {
  }
  return std::string(cursor.key());
}

PageCursor::PageCursor(const Page& page, std::size_t index)
    : page_(&page), next_(page.size()), offset_(0), key_(page.prefix_) {
  if (index >= page.size()) return;
  const std::size_t anchor = index / Page::kItemsPerAnchor;
  next_ = anchor * Page::kItemsPerAnchor;
  offset_ = page.offsets_[anchor];
  while (next_ != index) next();
}

bool PageCursor::next() {
  if (next_ == page_->size()) return false;
  WireReader in(page_->blob_.bytes().subspan(offset_));
  const ItemKey key = read_item_key(in);
  if (key.shared > key_.size() - page_->prefix_.size()) return false;
  key_.resize(page_->prefix_.size() + key.shared);
  key_ += key.rest;
  if (!(page_->level_ == 0 ? read_entry(in, item_.entry) : read_child(in, item_.child)))
    return false;  // the bytes changed since they were checked
  offset_ = static_cast<std::uint32_t>(in.position() - page_->blob_.data());
  ++next_;
  return true;
}

}  // namespace larder::filetable
