// Segment: a segment file as readers see it. SegmentSet: those that this process has mapped.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <larder/result.h>

#include "base/digest.h"
#include "store/index_row.h"
#include "store/record.h"
#include "sys/file_system.h"

namespace larder::store {

/// `<directory>/segments`.
[[nodiscard]] std::string segments_directory(const std::string& directory);
[[nodiscard]] std::string segment_path(const std::string& directory, SegmentId id);
/// None for a file that is not a segment.
[[nodiscard]] std::optional<SegmentId> segment_id_of(std::string_view file_name) noexcept;

/// Reads the header of a segment file. errc::bad_store if it is damaged or names another segment,
/// errc::unsupported if it is of a newer version.
Result<SegmentHeader> read_segment_header(sys::File& file, SegmentId id) noexcept;

/// Reads an object's record from the file of its segment and hands out its payload in pieces.
/// errc::damaged unless it is of this object and has the checksum that it names, which is returned.
Result<std::uint64_t> read_object(
    sys::File& file, std::uint64_t nonce, const Place& place, const Digest& digest,
    const std::function<void(std::span<const std::byte>)>& each = nullptr);

/// An object's payload and what its record says of it.
struct Payload {
  std::span<const std::byte> bytes;
  std::uint64_t fast = 0;
};

/// Mapped once, as a whole, read-only; lives as long as any blob of it.
/// Threads: any.
class Segment {
 public:
  /// errc::not_found, errc::bad_store, errc::io.
  static Result<std::shared_ptr<const Segment>> open(sys::FileSystem& fs, const std::string& path,
                                                     SegmentId id);
  /// The same, of an open file, which may be closed then.
  static Result<std::shared_ptr<const Segment>> map(sys::File& file, SegmentId id);

  [[nodiscard]] SegmentId id() const noexcept { return header_.id; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return mapping_->bytes().size(); }

  /// Where the payload at `place` lies, which nobody looks at; errc::damaged beyond the mapping.
  [[nodiscard]] Result<std::span<const std::byte>> payload_at(const Place& place) const noexcept;
  /// The object at `place`, if its record is there, whole, and of `digest`; else errc::damaged.
  /// Its payload is not checked.
  [[nodiscard]] Result<Payload> object_at(const Place& place, const Digest& digest) const noexcept;

 private:
  Segment(const SegmentHeader& header, std::unique_ptr<sys::Mapping> mapping) noexcept;

  const SegmentHeader header_;
  const std::unique_ptr<sys::Mapping> mapping_;
};

/// Threads: any. No lock is held while a file is opened.
class SegmentSet {
 public:
  SegmentSet(sys::FileSystem& fs, std::string directory);

  struct Located {
    std::shared_ptr<const Segment> segment;
    Payload payload;
  };
  /// As Segment::object_at(), after asking the file system that the file still reaches that far:
  /// touching a mapping beyond the end of its file is fatal. errc::not_found for a missing file
  /// that was not mapped before.
  Result<Located> locate(const Place& place, const Digest& digest);

  void add(std::shared_ptr<const Segment> segment);
  void forget(SegmentId id) noexcept;
  /// All that are mapped.
  [[nodiscard]] std::vector<SegmentId> ids() const;

 private:
  /// Files that are kept open to be asked for their size, in a third of the time that a path takes.
  static constexpr std::size_t kMostOpenFiles = 32;
  struct Mapped {
    std::shared_ptr<const Segment> segment;
    std::shared_ptr<sys::File> file;  ///< of the first ones; else null
  };
  Result<Mapped> get(SegmentId id);
  [[nodiscard]] Result<std::uint64_t> size_of(SegmentId id, sys::File* file);

  sys::FileSystem& fs_;
  const std::string directory_;
  mutable std::mutex mutex_;
  std::unordered_map<SegmentId, Mapped> segments_;  // guarded by mutex_
  std::size_t open_files_ = 0;                      // guarded by mutex_
};

}  // namespace larder::store
