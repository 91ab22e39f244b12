// Appender: gives writers room in segments that this process has locked. Store-internal.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include <larder/result.h>

#include "store/index.h"
#include "store/segment_writer.h"
#include "sys/file_system.h"

namespace larder::store {

/// Threads: any. A segment is made or taken over under the lock: whoever waits needs it too.
class Appender {
 public:
  /// `touched` is told of segments whose row has to be written again.
  using Touched = std::function<void(std::shared_ptr<SegmentWriter>)>;

  Appender(sys::FileSystem& fs, std::string directory, Index& index, SegmentSet& segments,
           std::uint64_t segment_bytes, Touched touched);

  /// Room for `bytes` in a shared segment; `bytes` is a multiple of kAlignBytes and fits an empty
  /// segment.
  Result<Extent> reserve(std::uint64_t bytes);
  /// Room for one object in a segment of its own. The object is of `length` bytes or grows.
  Result<Extent> reserve_single(std::optional<std::uint64_t> length);
  /// Gives an extent back; a single segment goes with it.
  void abandon(Extent extent) noexcept;

  /// The shared segment in use, or null.
  [[nodiscard]] std::shared_ptr<SegmentWriter> current() noexcept;
  /// Stops using it; see SegmentWriter::distrust().
  void retire() noexcept;
  /// No more extents. Returns the shared segment in use, or null.
  std::shared_ptr<SegmentWriter> close() noexcept;

  /// Of all segment files that are there.
  [[nodiscard]] static SegmentId highest_segment(sys::FileSystem& fs, const std::string& directory);

 private:
  Result<std::shared_ptr<SegmentWriter>> take_idle(std::uint64_t bytes);
  Result<std::shared_ptr<SegmentWriter>> make(SegmentKind kind, std::uint64_t size_bytes);

  sys::FileSystem& fs_;
  const std::string directory_;
  Index& index_;
  SegmentSet& segments_;
  const std::uint64_t segment_bytes_;
  const Touched touched_;
  std::mutex mutex_;
  std::shared_ptr<SegmentWriter> current_;  // guarded by mutex_
  bool closed_ = false;                     // guarded by mutex_
};

}  // namespace larder::store
