// ObjectCheck: reads every object of a store and holds it against its digest. Store-internal.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include <larder/result.h>

#include "store/index.h"
#include "sys/file_system.h"

namespace larder::store {

/// One pass over all segments. Reads files instead of mapping them: a failing disk is then a
/// damaged object, not a signal.
class ObjectCheck {
 public:
  struct Damage {
    SegmentId segment = 0;
    HeaderState header = HeaderState::good;  ///< of the segment; if not good: all of `objects`
    std::vector<Found> objects;
  };

  ObjectCheck(sys::FileSystem& fs, std::string directory, Index& index)
      : fs_(fs), directory_(std::move(directory)), index_(index) {}

  /// Checks the objects of `segments` with `threads` threads. `progress` is told of bytes read,
  /// on the caller's thread. errc::bad_store if the index is damaged.
  Result<std::vector<Damage>> run(const std::vector<SegmentId>& segments, unsigned threads,
                                  const std::function<void(std::uint64_t)>& progress);

  [[nodiscard]] std::uint64_t objects() const noexcept { return objects_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  void work(const std::vector<SegmentId>& segments);
  Result<void> check_segment(SegmentId id);
  /// Whether the bytes at the place are the object.
  Result<bool> is_whole(sys::File& file, const SegmentHeader& header, const Found& found);
  /// Whether the index still says so: others may have dropped or moved the object.
  Result<bool> is_still_there(const Found& found);

  sys::FileSystem& fs_;
  const std::string directory_;
  Index& index_;
  std::atomic<std::size_t> next_{0};
  std::atomic<std::uint64_t> objects_{0};
  std::atomic<std::uint64_t> bytes_{0};
  std::mutex mutex_;
  std::vector<Damage> damages_;  // guarded by mutex_
  std::error_code error_;        // guarded by mutex_
};

}  // namespace larder::store
