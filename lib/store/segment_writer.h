// SegmentWriter: a segment that this process has locked and appends to. Extent: a part of it that
// one writer fills. Store-internal.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>

#include <larder/result.h>

#include "store/index_row.h"
#include "store/partial_note.h"
#include "store/record.h"
#include "store/segment.h"
#include "sys/file_system.h"

namespace larder::store {

class Extent;
class Index;

/// The lock is held as long as the object lives. Threads: any.
class SegmentWriter : public std::enable_shared_from_this<SegmentWriter> {
 public:
  /// Makes the file. `size_bytes` is the file's size, or 0 for one that grows.
  /// errc::busy if a file of that number exists or somebody else has locked it.
  static Result<std::shared_ptr<SegmentWriter>> create(sys::FileSystem& fs,
                                                       const std::string& directory, SegmentId id,
                                                       SegmentKind kind, std::uint64_t size_bytes);
  /// Goes on with a shared segment that is idle, and makes it active. errc::busy if somebody else
  /// has it, errc::no_space if it has no room for `bytes`.
  static Result<std::shared_ptr<SegmentWriter>> adopt(sys::FileSystem& fs,
                                                      const std::string& directory, SegmentId id,
                                                      std::uint64_t bytes, Index& index);

  /// Goes on with a single segment whose object did not come to its end, and says what is in it.
  /// errc::busy if somebody else has it, errc::not_found if it is no such segment any more.
  static Result<std::pair<std::shared_ptr<SegmentWriter>, PartialNote>> resume(
      sys::FileSystem& fs, const std::string& directory, SegmentId id, Index& index);

  [[nodiscard]] SegmentId id() const noexcept { return header_.id; }
  [[nodiscard]] SegmentKind kind() const noexcept { return header_.kind; }
  [[nodiscard]] std::uint64_t nonce() const noexcept { return header_.nonce; }

  /// Room for `bytes`, which is a multiple of kAlignBytes. None if there is no such room. What
  /// comes there lies in large pages of memory where the system has them: readers need less time.
  std::optional<Extent> reserve(std::uint64_t bytes);
  /// All the room that is left; seals the segment.
  Extent reserve_all();
  /// What readers see. For a segment that grew, as far as it has grown at the first call.
  Result<std::shared_ptr<const Segment>> readable();

  /// Replaces the note of a single segment.
  Result<void> write_note(const PartialNote& note) noexcept {
    return file_->write_at(kNoteOffset, encode(note, header_.nonce));
  }

  /// No more reservations.
  void seal() noexcept;
  /// Sealed, but extents are still being filled.
  [[nodiscard]] bool closing() const noexcept;
  /// Seals, and has the next open() of the store look at every record: rows may be missing.
  void distrust() noexcept;
  /// Everything written so far becomes durable, the file itself included.
  Result<void> sync() noexcept;
  /// The row that is true once everything closed so far has its row. `last`: nobody will append.
  [[nodiscard]] SegmentRow row(bool last) const noexcept;

 private:
  friend class Extent;
  SegmentWriter(sys::FileSystem& fs, std::string directory, std::unique_ptr<sys::File> file,
                const SegmentHeader& header, std::uint64_t tail) noexcept;
  void close(std::uint64_t offset, std::uint64_t capacity, std::uint64_t used) noexcept;

  sys::FileSystem& fs_;
  const std::string directory_;
  const std::unique_ptr<sys::File> file_;
  const SegmentHeader header_;
  const std::uint64_t capacity_;  ///< end of the room for records

  mutable std::mutex mutex_;      // guards all below
  std::uint64_t tail_;            // the next reservation begins here
  std::set<std::uint64_t> open_;  // offsets of extents that are being filled
  std::shared_ptr<const Segment> readable_;
  bool sealed_ = false;
  bool distrusted_ = false;
  bool directory_synced_ = false;
};

/// Abandoned on destruction unless closed. Threads: one at a time.
class Extent {
 public:
  Extent(std::shared_ptr<SegmentWriter> writer, std::uint64_t offset,
         std::uint64_t capacity) noexcept
      : writer_(std::move(writer)), offset_(offset), capacity_(capacity) {}
  Extent(Extent&&) noexcept = default;
  Extent& operator=(Extent&&) = delete;
  ~Extent();

  /// Null once closed.
  [[nodiscard]] const std::shared_ptr<SegmentWriter>& writer() const noexcept { return writer_; }
  /// In the segment.
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }

  /// `at` is relative to the extent. errc::no_space beyond its end.
  Result<void> write(std::uint64_t at, std::span<const std::byte> bytes) noexcept;
  /// All of `into`, or errc::io.
  Result<void> read(std::uint64_t at, std::span<std::byte> into) noexcept;
  /// Reads the record at the beginning: errc::damaged unless it is of this object, and its payload
  /// has this fast_checksum(). A mapping would bring it into this process' memory.
  Result<void> check_object(const Digest& digest, std::uint64_t length, std::uint64_t fast);
  /// The first `used` bytes are whole records, and their changes are on their way to the index.
  void close(std::uint64_t used) noexcept;

 private:
  std::shared_ptr<SegmentWriter> writer_;  // null when closed or moved from
  std::uint64_t offset_;
  std::uint64_t capacity_;
};

}  // namespace larder::store
