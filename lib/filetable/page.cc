#include "filetable/page.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <exception>
#include <limits>
#include <utility>

#include "filetable/page_item.h"

namespace larder::filetable {
namespace {

/// The first bytes as a big-endian number, so that it compares as they do; zeros behind the end.
std::uint64_t head_of(std::string_view key) noexcept {
  std::uint64_t head = 0;
  if (key.size() >= sizeof head)
    std::memcpy(&head, key.data(), sizeof head);
  else
    std::memcpy(&head, key.data(), key.size());
  if constexpr (std::endian::native == std::endian::little) head = __builtin_bswap64(head);
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
  if (level_ != 0) index_children();
  return true;
}

void Page::index_children() {
  for (PageCursor cursor(*this); cursor.next();) {
    const std::string_view rest = cursor.key().substr(prefix_.size());
    heads_.push_back(head_of(rest));
    child_keys_ += rest;
    child_ends_.push_back(static_cast<std::uint32_t>(child_keys_.size()));
  }
  heads_.shrink_to_fit();
  child_keys_.shrink_to_fit();
  child_ends_.shrink_to_fit();
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
    if (leaf)
      skip_entry(in);
    else
      skip_child(in);
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

std::string_view Page::child_key(std::size_t child) const noexcept {
  const std::uint32_t begin = child == 0 ? 0 : child_ends_[child - 1];
  return std::string_view(child_keys_).substr(begin, child_ends_[child] - begin);
}

std::optional<std::size_t> Page::find_child(std::string_view key) const noexcept {
  const std::string_view start = key.substr(0, prefix_.size());
  if (start != prefix_) {
    if (start < prefix_) return std::nullopt;
    return heads_.size() - 1;
  }
  const std::string_view rest = key.substr(prefix_.size());
  const std::uint64_t head = head_of(rest);
  // Without branches, which nobody could predict: how many heads are not greater.
  const std::uint64_t* at = heads_.data();
  for (std::size_t left = heads_.size(); left > 1;) {
    const std::size_t half = left / 2;
    at = at[half] <= head ? at + half : at;
    left -= half;
  }
  if (*at > head) return std::nullopt;
  const auto child = static_cast<std::size_t>(at - heads_.data());
  if (*at != head || child_key(child) <= rest) return child;
  // Of those with the same head, the last ones are greater.
  std::size_t low = std::lower_bound(heads_.data(), at, head) - heads_.data();
  for (std::size_t high = child; low != high;) {
    const std::size_t middle = low + (high - low) / 2;
    if (child_key(middle) <= rest)
      low = middle + 1;
    else
      high = middle;
  }
  if (low == 0) return std::nullopt;
  return low - 1;
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
  const std::size_t anchor = index / kItemsPerAnchor;
  next_ = anchor * kItemsPerAnchor;
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
