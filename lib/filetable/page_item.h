// Items of pages as they are on the wire. Private to this room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "filetable/page.h"
#include "filetable/wire.h"

namespace larder::filetable {

inline constexpr std::string_view kPageMagic = "LP";
inline constexpr unsigned kPageVersion = 1;
inline constexpr unsigned kMaxPageLevel = 15;

inline constexpr unsigned kPriorityBits = 3;
inline constexpr unsigned kExecutableBit = 4;
inline constexpr unsigned kBootstrapBit = 8;
inline constexpr unsigned kTombstoneBit = 16;
inline constexpr unsigned kZstdBit = 32;
inline constexpr unsigned kEncryptedBit = 64;
inline constexpr unsigned kKnownBits = 127;

/// The key of an item as it is written.
struct ItemKey {
  std::uint64_t shared;  ///< bytes of the key before, behind the page's prefix
  std::string_view rest;
};

inline ItemKey read_item_key(WireReader& in) noexcept {
  const std::uint64_t shared = in.varint();
  const std::uint64_t length = in.varint();
  return {shared, in.text(length)};
}

/// What follows a leaf's key. False for values that no entry has.
bool read_entry(WireReader& in, FileEntry& entry) noexcept;
/// What follows an inner page's key.
bool read_child(WireReader& in, PageReference& child) noexcept;
/// Steps over what read_entry() reads.
inline void skip_entry(WireReader& in) noexcept {
  const unsigned flags = in.u8();
  if ((flags & kTombstoneBit) != 0) return;
  in.skip_varint();
  if ((flags & kZstdBit) != 0) in.skip_varint();
  if ((flags & kEncryptedBit) != 0) in.skip_varint();
  in.skip(sizeof(Digest::bytes));
}
/// Steps over what read_child() reads.
inline void skip_child(WireReader& in) noexcept {
  in.skip_varint();
  in.skip_varint();
  in.skip(sizeof(Digest::bytes));
}

void put_entry(std::string& into, const FileEntry& entry);
void put_child(std::string& into, const PageReference& child);

}  // namespace larder::filetable
