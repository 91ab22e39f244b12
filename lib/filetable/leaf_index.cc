#include "filetable/leaf_index.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

#include "filetable/page_item.h"

namespace larder::filetable {
namespace {

constexpr std::size_t kLine = 64;
constexpr std::size_t kLinesAtOnce = 8;  ///< all of most leaves
constexpr std::size_t kItemBytes = 96;   ///< most are shorter
constexpr std::size_t kPrintBytes = sizeof(std::uint16_t);
constexpr std::size_t kPrintsAtOnce = 8;
constexpr std::size_t kPrintsAStep = 4 * kPrintsAtOnce;
constexpr std::size_t kLaneBits = 8 * kPrintBytes;
constexpr std::size_t kLanes = 4;  ///< in half of them
constexpr std::uint64_t kLane = 0xffff;
constexpr bool kLittle = std::endian::native == std::endian::little;
using Prints = std::uint16_t __attribute__((vector_size(kPrintBytes * kPrintsAtOnce)));

constexpr std::size_t rounded_up(std::size_t value, std::size_t to) {
  return (value + to - 1) / to * to;
}
constexpr std::size_t room_of_prefix(std::size_t bytes) {
  return rounded_up(bytes, kPrintBytes);
}
constexpr std::size_t room_of_prints(std::size_t count) {
  return rounded_up(count, kPrintsAStep) * kPrintBytes;
}

Prints load(const std::byte* at) noexcept {
  Prints prints;
  std::memcpy(&prints, at, sizeof prints);
  return prints;
}

/// As two numbers, of which the first has the lower lanes.
std::array<std::uint64_t, 2> halves_of(decltype(Prints() == Prints()) equal) noexcept {
  return std::bit_cast<std::array<std::uint64_t, 2>>(equal);
}

}  // namespace

LeafIndex::Pointer LeafIndex::make(std::span<const std::byte> page, std::string_view prefix,
                                   std::span<const std::uint16_t> prints,
                                   std::span<const std::uint16_t> offsets) {
  const std::size_t prefix_room = room_of_prefix(prefix.size());
  const std::size_t prints_room = room_of_prints(prints.size());
  const std::size_t bytes =
      sizeof(LeafIndex) + prefix_room + prints_room + offsets.size() * sizeof(std::uint16_t);
  void* const block = ::operator new(bytes, kAlignment);
  Pointer index(new (block) LeafIndex(page, prefix.size(), prints.size()));
  std::byte* at = static_cast<std::byte*>(block) + sizeof(LeafIndex);
  std::memset(at, 0, prefix_room + prints_room);
  std::ranges::copy(std::as_bytes(std::span(prefix)), at);
  at += prefix_room;
  std::ranges::copy(std::as_bytes(prints), at);
  at += prints_room;
  std::ranges::copy(std::as_bytes(offsets), at);
  return index;
}

std::uint16_t LeafIndex::print_of(std::string_view key) noexcept {
  return static_cast<std::uint16_t>(XXH3_64bits(key.data(), key.size()) >> 48);
}

inline std::size_t LeafIndex::offset_of(std::size_t item) const noexcept {
  std::uint16_t offset = 0;
  const auto* const behind = reinterpret_cast<const std::byte*>(this + 1);
  std::memcpy(
      &offset,
      behind + room_of_prefix(prefix_bytes_) + room_of_prints(count_) + item * sizeof offset,
      sizeof offset);
  return offset;
}

/// What item `item` says if its key behind the prefix is `rest`. Goes back through the keys before
/// it as far as it shares bytes with them: to the anchor at most, and all in a few lines of memory.
std::optional<FileEntry> LeafIndex::entry_if(std::size_t item,
                                             std::string_view rest) const noexcept {
  const std::span<const std::byte> page(page_, page_bytes_);
  const std::size_t offset = offset_of(item);
  for (std::size_t at = offset_of(item - item % kItemsPerAnchor); at < offset + kItemBytes;
       at += kLine)
    __builtin_prefetch(page_ + at);
  WireReader in(page.subspan(offset));
  const ItemKey last = read_item_key(in);
  if (last.shared + last.rest.size() != rest.size() || !rest.ends_with(last.rest))
    return std::nullopt;
  for (std::size_t wanted = last.shared; wanted != 0;) {
    if (item-- % kItemsPerAnchor == 0) return std::nullopt;  // the bytes changed, as below
    WireReader before(page.subspan(offset_of(item)));
    const ItemKey key = read_item_key(before);
    if (key.shared >= wanted) continue;
    if (key.rest.substr(0, wanted - key.shared) != rest.substr(key.shared, wanted - key.shared))
      return std::nullopt;
    wanted = key.shared;
  }
  FileEntry entry;
  if (!read_entry(in, entry)) return std::nullopt;  // the bytes changed since they were checked
  return entry;
}

std::optional<FileEntry> LeafIndex::find(std::string_view key, std::uint16_t print) const noexcept {
  const auto* const behind = reinterpret_cast<const std::byte*>(this + 1);
  const std::byte* const prints = behind + room_of_prefix(prefix_bytes_);
  const std::string_view prefix(reinterpret_cast<const char*>(behind), prefix_bytes_);
  for (std::size_t line = 1; line < kLinesAtOnce; ++line)
    __builtin_prefetch(reinterpret_cast<const std::byte*>(this) + line * kLine);
  Prints wanted;
  for (unsigned k = 0; k < kPrintsAtOnce; ++k) wanted[k] = print;
  for (std::size_t i = 0; i < count_; i += kPrintsAStep) {
    const std::byte* const at = prints + i * kPrintBytes;
    const auto first = load(at) == wanted;
    const auto second = load(at + sizeof wanted) == wanted;
    const auto third = load(at + 2 * sizeof wanted) == wanted;
    const auto fourth = load(at + 3 * sizeof wanted) == wanted;
    const auto any = halves_of((first | second) | (third | fourth));
    if ((any[0] | any[1]) == 0) continue;
    std::size_t item = i;
    for (const auto& equal : {first, second, third, fourth})
      for (std::uint64_t half : halves_of(equal)) {
        for (; half != 0; half &= ~(kLane << std::countr_zero(half))) {
          const auto lane = static_cast<std::size_t>(std::countr_zero(half)) / kLaneBits;
          const std::size_t candidate = item + (kLittle ? lane : kLanes - 1 - lane);
          if (candidate >= count_ || !key.starts_with(prefix)) break;
          if (const auto entry = entry_if(candidate, key.substr(prefix.size()))) return entry;
        }
        item += kLanes;
      }
  }
  return std::nullopt;
}

}  // namespace larder::filetable
