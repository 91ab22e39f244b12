#include "filetable/path_index.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstring>
#include <exception>
#include <utility>
#include <vector>

#include "base/content_path.h"
#include "filetable/page_item.h"

namespace larder::filetable {
namespace {

// A slot: a print of the path, the number of its leaf, the offset there of the anchor before it,
// and how many items it stands behind that.
constexpr unsigned kBehindBits = 2;
constexpr unsigned kOffsetBits = 16;
constexpr unsigned kLeafBits = 24;
constexpr unsigned kLeafShift = kBehindBits + kOffsetBits;
constexpr unsigned kPrintShift = kLeafShift + kLeafBits;
constexpr unsigned kPrintBits = 64 - kPrintShift;
constexpr std::uint64_t kMostLeaves = std::uint64_t{1} << kLeafBits;
static_assert(kItemsPerAnchor == 1u << kBehindBits && kMaxPageBytes <= 1u << kOffsetBits);

constexpr std::uint64_t kEntriesPerBucket = 6;  ///< of eight, on average
constexpr std::uint64_t kMostBuckets = std::uint64_t{1} << 32;
constexpr std::uint64_t kFirstShelf = 64;  ///< leaves
constexpr std::size_t kLine = 64;
constexpr std::size_t kLinesAhead = 5;  ///< all that an anchor leads to, mostly
constexpr std::size_t kShortBytes = 32;

constexpr std::uint64_t low_bits(std::uint64_t value, unsigned bits) noexcept {
  return value & ((std::uint64_t{1} << bits) - 1);
}

std::uint64_t slot_of(std::uint64_t hash, std::uint64_t leaf, std::uint64_t offset,
                      std::uint64_t behind) noexcept {
  return low_bits(hash, kPrintBits) << kPrintShift | leaf << kLeafShift | offset << kBehindBits |
         behind;
}

/// Where leaf `number` stands: on shelf log2(number / kFirstShelf + 1).
struct LeafPlace {
  explicit LeafPlace(std::uint64_t number) noexcept
      : shelf(static_cast<std::size_t>(std::bit_width(number + kFirstShelf) -
                                       std::bit_width(kFirstShelf))),
        shelf_size(kFirstShelf << shelf),
        on_shelf(number + kFirstShelf - shelf_size) {}
  std::size_t shelf;
  std::uint64_t shelf_size;
  std::uint64_t on_shelf;
};

/// Another one in each process, so that nobody can write a table whose paths collide.
std::uint64_t seed() noexcept {
  static const std::uint64_t kSeed = [] {
    static int place;
    const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
    return static_cast<std::uint64_t>(now) * 0x9e3779b97f4a7c15ULL ^
           reinterpret_cast<std::uintptr_t>(&place);
  }();
  return kSeed;
}

}  // namespace

PathIndex::~PathIndex() {
  for (auto& shelf : shelves_) delete[] shelf.load(std::memory_order_relaxed);
}

std::uint64_t PathIndex::hash_of(std::string_view path) noexcept {
  return XXH3_64bits_withSeed(path.data(), path.size(), seed());
}

std::uint64_t PathIndex::home_of(std::uint64_t hash) const noexcept {
  return (hash >> 32) * buckets_ >> 32;
}

bool PathIndex::make_table() noexcept {
  const std::uint64_t buckets = entries_ / kEntriesPerBucket + 1;
  if (buckets > std::min<std::uint64_t>(kMostBuckets, SIZE_MAX / sizeof(Bucket) - 1)) return false;
  std::size_t room = (buckets + 1) * sizeof(Bucket);
  memory_.reset(std::calloc(1, room));  // zeros that cost nothing before they are used
  if (!memory_) return false;
  void* at = memory_.get();
  at = std::align(alignof(Bucket), buckets * sizeof(Bucket), at, room);
  buckets_ = buckets;
  table_.store(static_cast<Bucket*>(at), std::memory_order_release);
  return true;
}

PathIndex::Leaf* PathIndex::make_leaf(std::uint64_t number) noexcept {
  const LeafPlace place(number);
  Leaf* leaves = shelves_[place.shelf].load(std::memory_order_relaxed);
  if (!leaves) {
    leaves = new (std::nothrow) Leaf[place.shelf_size];
    shelves_[place.shelf].store(leaves, std::memory_order_release);
  }
  return leaves ? leaves + place.on_shelf : nullptr;
}

const PathIndex::Leaf& PathIndex::leaf(std::uint64_t number) const noexcept {
  const LeafPlace place(number);
  return shelves_[place.shelf].load(std::memory_order_relaxed)[place.on_shelf];
}

void PathIndex::put(std::uint64_t hash, std::uint64_t slot) noexcept {
  Bucket* const table = table_.load(std::memory_order_relaxed);
  for (std::uint64_t at = home_of(hash);; at = at + 1 == buckets_ ? 0 : at + 1)
    for (Slot& place : table[at].slots)
      if (place.load(std::memory_order_relaxed) == 0)
        return place.store(slot, std::memory_order_release);
}

bool PathIndex::add(const Page& page) noexcept try {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> slots;  // of the entries, with their hashes
  slots.reserve(page.size());
  std::lock_guard lock(mutex_);
  if (leaves_ == kMostLeaves || page.size() > entries_ - added_) return false;
  if (!memory_ && !make_table()) return false;
  Leaf* const leaf = make_leaf(leaves_);
  if (!leaf) return false;
  Bucket* const table = table_.load(std::memory_order_relaxed);
  PageCursor cursor(page);
  for (std::uint64_t offset = 0; slots.size() < page.size();) {
    const std::uint64_t behind = slots.size() % kItemsPerAnchor;
    if (behind == 0) offset = cursor.offset();
    if (!cursor.next()) return false;  // the bytes changed since they were checked
    const std::uint64_t hash = hash_of(cursor.key());
    slots.emplace_back(hash, slot_of(hash, leaves_, offset, behind));
    __builtin_prefetch(&table[home_of(hash)]);
  }
  leaf->bytes = page.bytes().data();
  leaf->size_bytes = static_cast<std::uint32_t>(page.bytes().size());
  leaf->prefix_begin =
      static_cast<std::uint16_t>(page.prefix().data() - reinterpret_cast<const char*>(leaf->bytes));
  leaf->prefix_bytes = static_cast<std::uint16_t>(page.prefix().size());
  ++leaves_;
  for (const auto& [hash, slot] : slots) put(hash, slot);
  added_ += page.size();
  if (added_ == entries_) complete_.store(true, std::memory_order_release);
  return true;
} catch (const std::exception&) {
  return false;
}

/// What the entry in `slot` says if its path is `path`. Puts the key together from the anchor on:
/// it shares bytes with those before it.
bool PathIndex::read(std::uint64_t slot, std::string_view path, FileEntry& entry) const noexcept {
  const Leaf& in_leaf = leaf(low_bits(slot >> kLeafShift, kLeafBits));
  const std::byte* const bytes = in_leaf.bytes;
  const std::uint64_t offset = low_bits(slot >> kBehindBits, kOffsetBits);
  const std::uint64_t behind = low_bits(slot, kBehindBits);
  __builtin_prefetch(bytes + in_leaf.prefix_begin);
  for (std::size_t line = 0; line < kLinesAhead; ++line)
    __builtin_prefetch(bytes + offset + line * kLine);
  const std::string_view prefix(reinterpret_cast<const char*>(bytes) + in_leaf.prefix_begin,
                                in_leaf.prefix_bytes);
  std::array<char, kMaxContentPathBytes + kShortBytes> key;
  WireReader in(std::span(bytes, in_leaf.size_bytes).subspan(offset));
  std::size_t length = 0;
  for (std::uint64_t left = behind;; --left) {
    const ItemKey part = read_item_key(in);
    if (part.shared > length || part.shared + part.rest.size() > kMaxContentPathBytes) return false;
    // Most are short: a copy of known size is no call.
    if (part.rest.size() <= kShortBytes && in.left() >= kShortBytes)
      std::memcpy(key.data() + part.shared, part.rest.data(), kShortBytes);
    else if (!part.rest.empty())
      std::memcpy(key.data() + part.shared, part.rest.data(), part.rest.size());
    length = part.shared + part.rest.size();
    if (left == 0) break;
    skip_entry(in);
  }
  return path.size() == prefix.size() + length && path.starts_with(prefix) &&
         path.substr(prefix.size()) == std::string_view(key.data(), length) &&
         read_entry(in, entry);
}

bool PathIndex::find(std::string_view path, std::uint64_t hash, FileEntry& entry) const noexcept {
  const Bucket* const table = table_.load(std::memory_order_acquire);
  if (!table) return false;
  const std::uint64_t print = low_bits(hash, kPrintBits);
  for (std::uint64_t at = home_of(hash);; at = at + 1 == buckets_ ? 0 : at + 1) {
    const auto& slots = table[at].slots;
    unsigned alike = 0;
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kSlots; ++i)
      alike |= unsigned{slots[i].load(std::memory_order_acquire) >> kPrintShift == print} << i;
    for (; alike != 0; alike &= alike - 1) {
      const auto slot =
          slots[static_cast<std::size_t>(std::countr_zero(alike))].load(std::memory_order_acquire);
      if (slot != 0 && read(slot, path, entry)) return true;
    }
    if (slots.back().load(std::memory_order_acquire) == 0) return false;
  }
}

}  // namespace larder::filetable
