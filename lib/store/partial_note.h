// PartialNote: what a segment says of a large object that has not come to its end. See FORMAT.md.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <larder/result.h>

#include "base/object_key.h"
#include "store/record.h"
#include "sys/file_system.h"

namespace larder::store {

struct PartialNote {
  ObjectKey key;                    ///< by which the object was missed
  std::uint64_t size_bytes = 0;     ///< of the object
  std::uint64_t written_bytes = 0;  ///< so many from its beginning are in the segment
  std::uint64_t fast = 0;           ///< fast_checksum() of those
  std::uint64_t seconds = 0;        ///< since 1970, when they were
  std::string validator;            ///< of the origin's copy; not empty
};

/// Where the note is in its segment.
inline constexpr std::uint64_t kNoteOffset = 1024;
inline constexpr std::size_t kNoteBytes = 592;
inline constexpr std::size_t kMostValidatorBytes = 512;

using NoteBytes = std::array<std::byte, kNoteBytes>;

/// `nonce` is that of the segment. The validator must not be longer than kMostValidatorBytes.
[[nodiscard]] NoteBytes encode(const PartialNote& note, std::uint64_t nonce) noexcept;
[[nodiscard]] std::optional<PartialNote> decode_note(const NoteBytes& bytes, std::uint64_t nonce);

/// The note of a single segment without a whole record, as far as it can be true. None if there is
/// no such note. Throws std::bad_alloc.
[[nodiscard]] Result<std::optional<PartialNote>> read_note(sys::File& file,
                                                           const SegmentHeader& header);

/// As PartialNote::seconds.
[[nodiscard]] std::uint64_t seconds_now() noexcept;

}  // namespace larder::store
