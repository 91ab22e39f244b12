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
constexpr unsigned kVersionWithJoint = 2;
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

void put_joint_patch(std::string& table, const JointPatch& joint) {
  put_digest(table, joint.digest);
  put_varint(table, joint.bytes);
  put_u8(table, joint.makes_pages ? 1 : 0);
  put_varint(table, joint.longest_pair);
  put_varint(table, joint.anchors.size());
  std::uint64_t next = 0;
  for (const JointAnchor& anchor : joint.anchors) {
    put_varint(table, (anchor.number - next) * 2 + (anchor.is_base ? 1 : 0));
    next = anchor.number + 1;
  }
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
  const unsigned version = in.u8();
  if (version != kVersion && version != kVersionWithJoint)
    return fail("the delta table's version is unknown");
  if (const char* problem = table.read_rows(in)) return fail(problem);
  if (version == kVersionWithJoint)
    if (const char* problem = table.read_joint_patch(in)) return fail(problem);
  if (in.left() != 0) return fail("bytes are left over at the end");
  return table;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

const char* DeltaTable::read_rows(WireReader& in) {
  key_bytes_ = in.u8();
  rows_ = in.varint();
  if (in.failed()) return "the delta table's header is cut off";
  if (key_bytes_ < kFewestKeyBytes || key_bytes_ > sizeof(Key))
    return "the delta table's keys have an impossible length";
  std::string_view before;
  for (std::uint64_t row = 0; row < rows_; ++row) {
    if (row % kRowsPerStart == 0)
      starts_.push_back(static_cast<std::size_t>(in.position() - blob_.data()));
    const std::string_view key = in.text(key_bytes_);
    const std::uint64_t length = in.varint();
    if (in.failed()) return "a row is cut off";
    if (row != 0 && before >= key) return "rows are out of order";
    if (length == 0) return "a patch of no bytes";
    before = key;
  }
  rows_end_ = static_cast<std::size_t>(in.position() - blob_.data());
  return nullptr;
}

const char* DeltaTable::read_joint_patch(WireReader& in) {
  JointPatch joint;
  joint.digest = in.digest();
  joint.bytes = in.varint();
  const unsigned flags = in.u8();
  joint.longest_pair = in.varint();
  const std::uint64_t anchors = in.varint();
  if (in.failed() || anchors > in.left()) return "what it says of a joint patch is cut off";
  if (flags > 1) return "a joint patch of an unknown kind";
  joint.makes_pages = flags == 1;
  if (joint.bytes == 0 || joint.bytes > (joint.makes_pages ? kMaxUpdateBytes : kMaxJointMemory) ||
      joint.longest_pair > kMaxJointMemory)
    return "a joint patch of an impossible length";
  std::uint64_t next = 0;
  for (std::uint64_t i = 0; i < anchors; ++i) {
    const std::uint64_t step = in.varint();
    if (in.failed()) return "what it says of a joint patch is cut off";
    if (step / 2 > (std::uint64_t{1} << 62) - next) return "an impossible entry";
    joint.anchors.push_back({next + step / 2, step % 2 == 1});
    next += step / 2 + 1;
  }
  joint_ = std::move(joint);
  return nullptr;
}

std::optional<std::uint64_t> DeltaTable::find(const Digest& target,
                                              const Digest& base) const noexcept {
  const Key whole = key_of(target, base);
  const std::string_view key(reinterpret_cast<const char*>(whole.data()), key_bytes_);
  const auto bytes = blob_.bytes().first(rows_end_);
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

std::string write_delta_table(std::span<const PatchNote> notes, const JointPatch* joint) {
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
  put_u8(table, joint ? kVersionWithJoint : kVersion);
  put_u8(table, static_cast<unsigned>(key_bytes));
  put_varint(table, rows.size());
  for (const auto& [key, bytes] : rows) {
    table.append(reinterpret_cast<const char*>(key.data()), key_bytes);
    put_varint(table, bytes);
  }
  if (joint) put_joint_patch(table, *joint);
  return table;
}

}  // namespace larder::filetable
