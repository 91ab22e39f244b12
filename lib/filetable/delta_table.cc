#include "filetable/delta_table.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <exception>
#include <utility>

#include "filetable/wire.h"

namespace larder::filetable {
namespace {

constexpr std::string_view kMagic = "LD";
constexpr unsigned kVersion = 1;
constexpr std::size_t kRowsPerStart = 32;
constexpr std::size_t kFewestKeyBytes = 2;
/// The chance to mistake a pair that nobody knew of for one of the rows is less than 2 to minus
/// that.
constexpr std::size_t kSpareBits = 12;

using Key = std::array<std::byte, 32>;

Key key_of(const Digest& target, const Digest& base) noexcept {
  Key key;
  for (std::size_t i = 0; i < key.size(); ++i) key[i] = target.bytes[i] ^ base.bytes[i];
  return key;
}

std::size_t common_length(const Key& a, const Key& b) noexcept {
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.end(), b.begin()).first - a.begin());
}

}  // namespace

Result<DeltaTable> DeltaTable::parse(Blob bytes, std::string* why) noexcept try {
  const auto fail = [why](std::string sentence) {
    if (why) *why = std::move(sentence);
    return errc::bad_table;
  };
  if (bytes.size() > kMaxDeltaTableBytes) {
    if (why) *why = "the delta table has " + std::to_string(bytes.size()) + " bytes";
    return errc::too_large;
  }
  DeltaTable table;
  table.blob_ = std::move(bytes);
  WireReader in(table.blob_.bytes());
  if (in.text(kMagic.size()) != kMagic) return fail("this is no delta table");
  if (in.u8() != kVersion) return fail("the delta table's version is unknown");
  table.key_bytes_ = in.u8();
  table.rows_ = in.varint();
  if (in.failed()) return fail("the delta table's header is cut off");
  if (table.key_bytes_ < kFewestKeyBytes || table.key_bytes_ > sizeof(Key))
    return fail("the delta table's keys have an impossible length");
  std::string_view before;
  for (std::uint64_t row = 0; row < table.rows_; ++row) {
    if (row % kRowsPerStart == 0)
      table.starts_.push_back(static_cast<std::size_t>(in.position() - table.blob_.data()));
    const std::string_view key = in.text(table.key_bytes_);
    const std::uint64_t length = in.varint();
    if (in.failed()) return fail("row " + std::to_string(row) + " is cut off");
    if (row != 0 && before >= key) return fail("row " + std::to_string(row) + ": out of order");
    if (length == 0) return fail("row " + std::to_string(row) + ": a patch of no bytes");
    before = key;
  }
  if (in.left() != 0) return fail("bytes are left over behind the last row");
  return table;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::optional<std::uint64_t> DeltaTable::find(const Digest& target,
                                              const Digest& base) const noexcept {
  const Key whole = key_of(target, base);
  const std::string_view key(reinterpret_cast<const char*>(whole.data()), key_bytes_);
  const auto bytes = blob_.bytes();
  const auto text_at = [&](std::size_t offset) {
    return WireReader(bytes.subspan(offset)).text(key_bytes_);
  };
  const auto behind = std::upper_bound(
      starts_.begin(), starts_.end(), key,
      [&](std::string_view wanted, std::size_t at) { return wanted < text_at(at); });
  if (behind == starts_.begin()) return std::nullopt;
  WireReader in(bytes.subspan(behind[-1]));
  for (std::size_t i = 0; i < kRowsPerStart && in.left() != 0; ++i) {
    const std::string_view there = in.text(key_bytes_);
    const std::uint64_t length = in.varint();
    if (there == key) return length;
    if (there > key) break;
  }
  return std::nullopt;
}

std::string write_delta_table(std::span<const PatchNote> notes) {
  std::vector<std::pair<Key, std::uint64_t>> rows;
  for (const PatchNote& note : notes) rows.emplace_back(key_of(note.target, note.base), note.bytes);
  // Of one pair the note with a patch counts.
  std::sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second > b.second;
  });
  const auto same_key = [](const auto& a, const auto& b) { return a.first == b.first; };
  rows.erase(std::unique(rows.begin(), rows.end(), same_key), rows.end());
  std::size_t key_bytes = kFewestKeyBytes;
  for (std::size_t i = 1; i < rows.size(); ++i)
    if (rows[i - 1].second != 0 || rows[i].second != 0)
      key_bytes = std::max(key_bytes, common_length(rows[i - 1].first, rows[i].first) + 1);
  std::erase_if(rows, [](const auto& row) { return row.second == 0; });
  std::size_t bits = 0;
  while (rows.size() >> bits != 0) ++bits;
  key_bytes = std::min(std::max(key_bytes, (bits + kSpareBits + 7) / 8), sizeof(Key));

  std::string table(kMagic);
  put_u8(table, kVersion);
  put_u8(table, static_cast<unsigned>(key_bytes));
  put_varint(table, rows.size());
  for (const auto& [key, bytes] : rows) {
    table.append(reinterpret_cast<const char*>(key.data()), key_bytes);
    put_varint(table, bytes);
  }
  return table;
}

}  // namespace larder::filetable
