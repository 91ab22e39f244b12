#include "store/partial_note.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cstring>

namespace larder::store {
namespace {

constexpr std::array<char, 4> kMagic{'L', 'D', 'R', 'P'};
constexpr std::size_t kKeyAt = 40;
constexpr std::size_t kValidatorAt = 72;
constexpr std::size_t kChecksumAt = kNoteBytes - 8;
static_assert(kValidatorAt + kMostValidatorBytes == kChecksumAt);
static_assert(kNoteOffset + kNoteBytes <= kFirstRecord);

void put(NoteBytes& bytes, std::size_t at, std::uint64_t value, std::size_t count = 8) noexcept {
  for (std::size_t i = 0; i < count; ++i) bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
}

std::uint64_t get(const NoteBytes& bytes, std::size_t at, std::size_t count = 8) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i)
    value |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  return value;
}

std::uint64_t checksum_of(const NoteBytes& bytes, std::uint64_t nonce) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), kChecksumAt, nonce + kNoteOffset);
}

}  // namespace

NoteBytes encode(const PartialNote& note, std::uint64_t nonce) noexcept {
  NoteBytes bytes{};
  std::memcpy(bytes.data(), kMagic.data(), kMagic.size());
  put(bytes, 4, static_cast<std::uint64_t>(note.key.kind), 1);
  put(bytes, 6, note.validator.size(), 2);
  put(bytes, 8, note.size_bytes);
  put(bytes, 16, note.written_bytes);
  put(bytes, 24, note.fast);
  put(bytes, 32, note.seconds);
  std::copy(note.key.bytes.begin(), note.key.bytes.end(), bytes.begin() + kKeyAt);
  std::memcpy(bytes.data() + kValidatorAt, note.validator.data(),
              std::min(note.validator.size(), kMostValidatorBytes));
  put(bytes, kChecksumAt, checksum_of(bytes, nonce));
  return bytes;
}

std::optional<PartialNote> decode_note(const NoteBytes& bytes, std::uint64_t nonce) {
  const std::uint64_t kind = get(bytes, 4, 1);
  const std::uint64_t length = get(bytes, 6, 2);
  if (std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0 ||
      get(bytes, kChecksumAt) != checksum_of(bytes, nonce) || (kind != 1 && kind != 2) ||
      length == 0 || length > kMostValidatorBytes)
    return std::nullopt;
  PartialNote note;
  note.key.kind = static_cast<ObjectKey::Kind>(kind);
  std::copy_n(bytes.begin() + kKeyAt, note.key.bytes.size(), note.key.bytes.begin());
  note.size_bytes = get(bytes, 8);
  note.written_bytes = get(bytes, 16);
  note.fast = get(bytes, 24);
  note.seconds = get(bytes, 32);
  note.validator.assign(reinterpret_cast<const char*>(bytes.data() + kValidatorAt), length);
  return note;
}

Result<std::optional<PartialNote>> read_note(sys::File& file, const SegmentHeader& header) {
  if (header.kind != SegmentKind::single || header.size_bytes == 0)
    return std::optional<PartialNote>();
  NoteBytes bytes{};
  const auto read = file.read_at(kNoteOffset, bytes);
  if (!read) return read.error();
  auto note = decode_note(bytes, header.nonce);
  if (*read != bytes.size() || !note) return std::optional<PartialNote>();
  const auto size = file.size();
  if (!size) return size.error();
  HeaderBytes record{};
  if (const auto more = file.read_at(kFirstRecord, record); !more) return more.error();
  // One that has a record came to its end.
  if (decode_record(record, header.nonce, kFirstRecord) || *size != header.size_bytes ||
      note->size_bytes > *size || note->written_bytes > note->size_bytes ||
      kFirstRecord + record_bytes(note->size_bytes) != *size)
    return std::optional<PartialNote>();
  return note;
}

std::uint64_t seconds_now() noexcept {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(now).count());
}

}  // namespace larder::store
