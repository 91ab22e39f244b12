// Appender: gives writers room in segments that this process has locked. Store-internal.
#pragma once

#include <array>
#include <cstddef>
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

/// Objects are kept apart by size: large ones are dropped sooner, small ones live longer, and a
/// segment of which all dies at about the same time need not be cleaned.
///
/// Threads: any. A segment is made or taken over under the lock: whoever waits needs it too.
class Appender {
 public:
  /// `touched` is told of segments whose row has to be written again.
  using Touched = std::function<void(std::shared_ptr<SegmentWriter>)>;
  /// What all segments of the store together may reserve at this moment, in bytes.
  using Limit = std::function<std::uint64_t()>;

  Appender(sys::FileSystem& fs, std::string directory, Index& index, SegmentSet& segments,
           std::uint64_t segment_bytes, std::size_t streams, Limit limit, Touched touched);

  /// At most as many segments are filled at the same time.
  static constexpr std::size_t kMostStreams = 4;

  /// Room for `bytes` in a shared segment; `bytes` is a multiple of kAlignBytes and fits an empty
  /// segment. errc::too_large: a new segment is needed, and the limit does not allow one.
  Result<Extent> reserve(std::uint64_t bytes);
  /// Room for one object in a segment of its own. The object is of `length` bytes, or grows; it may
  /// then grow to kGrowthBytes before enlarge() is asked for more. errc::too_large as above.
  Result<Extent> reserve_single(std::optional<std::uint64_t> length);
  /// Lets the growing object of `extent` reach `length` bytes. errc::too_large as above.
  Result<void> enlarge(const Extent& extent, std::uint64_t length);
  static constexpr std::uint64_t kGrowthBytes = 512u << 10;
  /// Gives an extent back; a single segment goes with it.
  void abandon(Extent extent) noexcept;

  /// Stops using the shared segments in use; see SegmentWriter::distrust().
  void retire() noexcept;
  /// As retire(), for one of them if it is one.
  void retire(const SegmentWriter& writer) noexcept;
  /// Stops using them, as if they were full.
  void finish();
  /// No more extents; the shared segments in use are left as they are.
  void close();

  /// Of all segment files that are there.
  [[nodiscard]] static SegmentId highest_segment(sys::FileSystem& fs, const std::string& directory);

 private:
  Result<std::shared_ptr<SegmentWriter>> take_idle(std::uint64_t bytes);
  Result<std::shared_ptr<SegmentWriter>> make(SegmentKind kind, std::uint64_t size_bytes,
                                              std::uint64_t reserved_bytes);

  sys::FileSystem& fs_;
  const std::string directory_;
  Index& index_;
  SegmentSet& segments_;
  const std::uint64_t segment_bytes_;
  const Limit limit_;
  const Touched touched_;
  std::mutex mutex_;
  const std::size_t streams_;
  std::array<std::shared_ptr<SegmentWriter>, kMostStreams> current_;  // guarded by mutex_
  bool closed_ = false;                                               // guarded by mutex_
};

}  // namespace larder::store
