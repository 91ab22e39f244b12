// Page: one page of a native filetable; see docs/release-format.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <larder/blob.h>
#include <larder/result.h>

#include "base/content_path.h"
#include "filetable/file_entry.h"

namespace larder::filetable {

inline constexpr std::size_t kMaxPageBytes = 65536;
/// A reader can begin at each fourth item.
inline constexpr std::size_t kItemsPerAnchor = 4;

/// What an item says behind its key. Of a leaf `entry` is set, of an inner page `child`.
struct PageItem {
  FileEntry entry;
  PageReference child;
};

/// A page that has been checked wholly. Views the bytes of its Blob; besides, it has half a byte
/// for each entry of a leaf, and the keys of an inner page. Movable. Threads: any.
class Page {
 public:
  /// errc::bad_table, and `why`, if given, gets a sentence. Whether the bytes have the right digest
  /// is the business of whoever lends them.
  static Result<Page> parse(Blob bytes, std::string* why = nullptr) noexcept;

  /// 0 for a leaf.
  [[nodiscard]] unsigned level() const noexcept { return level_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }
  /// Entries in the leaves below it, or in itself.
  [[nodiscard]] std::uint64_t entries() const noexcept { return entries_; }
  /// In bytes, as stored.
  [[nodiscard]] std::size_t length() const noexcept { return blob_.size(); }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return blob_.bytes(); }
  /// What all keys begin with; views the bytes.
  [[nodiscard]] std::string_view prefix() const noexcept { return prefix_; }
  /// The lowest and the highest key; of a page with items. Throw std::bad_alloc.
  [[nodiscard]] std::string first_key() const;
  [[nodiscard]] std::string last_key() const;

  struct Position {
    std::size_t index = 0;
    bool exact = false;  ///< the item's key is the one that was looked for
    PageItem item;
  };
  /// The last item whose key is not greater than `key`; empty if all are. Allocation-free.
  [[nodiscard]] std::optional<Position> find(std::string_view key) const noexcept;

  /// Of an inner page: find()'s index only, and faster. Allocation-free.
  [[nodiscard]] std::optional<std::size_t> find_child(std::string_view key) const noexcept;

 private:
  friend class PageCursor;
  Page() = default;
  bool check(std::string& why);
  bool check_items(std::string& why);
  void index_children();
  [[nodiscard]] std::size_t anchors() const noexcept {
    return (count_ + kItemsPerAnchor - 1) / kItemsPerAnchor;
  }
  [[nodiscard]] std::string_view child_key(std::size_t child) const noexcept;
  [[nodiscard]] std::string_view anchor_key(std::size_t anchor) const noexcept;
  /// The last anchor whose key is not greater than `rest`; empty if all are.
  [[nodiscard]] std::optional<std::size_t> find_anchor(std::string_view rest) const noexcept;
  [[nodiscard]] std::optional<Position> scan(std::size_t anchor, std::string_view rest,
                                             bool to_the_end) const noexcept;

  Blob blob_;
  std::string_view prefix_;  ///< views the blob
  std::uint64_t entries_ = 0;
  std::uint16_t count_ = 0;
  std::uint8_t level_ = 0;
  std::vector<std::uint16_t> offsets_;  ///< of items 0, 4, 8, …
  /// Of an inner page: what each key behind the prefix begins with, its first bytes as a big-endian
  /// number; the keys, one after the other; and where each ends there.
  std::vector<std::uint64_t> heads_;
  std::string child_keys_;
  std::vector<std::uint32_t> child_ends_;
};

/// Goes through the items of a page, which must outlive it.
class PageCursor {
 public:
  /// Before the first item, or before item `index`. Throws std::bad_alloc.
  explicit PageCursor(const Page& page, std::size_t index = 0);

  /// Moves on; false behind the last item. Throws std::bad_alloc.
  bool next();
  [[nodiscard]] std::string_view key() const noexcept { return key_; }
  [[nodiscard]] const PageItem& item() const noexcept { return item_; }
  /// Of the next item in the page, in bytes.
  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
  /// Of the current item.
  [[nodiscard]] std::size_t index() const noexcept { return next_ - 1; }

 private:
  const Page* page_;
  std::size_t next_;
  std::uint32_t offset_;
  std::string key_;
  PageItem item_;
};

}  // namespace larder::filetable
