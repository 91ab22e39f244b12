// Cleaner: how space returns: by whole segments. Store-internal. See FORMAT.md.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <larder/result.h>

#include "base/log.h"
#include "store/appender.h"
#include "store/committer.h"
#include "store/counters.h"
#include "store/index.h"
#include "store/object_map.h"
#include "store/partials.h"
#include "store/quota.h"
#include "store/recovery.h"
#include "store/retention.h"
#include "store/segment.h"

namespace larder::store {

/// Removes the files of segments that hold nothing any more, and moves what is left in those that
/// hold little. Of all processes one at a time cleans; it may exceed the quota by one segment.
///
/// Threads: any; one at a time cleans, the others wait for it.
class Cleaner {
 public:
  /// Not owned.
  struct Rooms {
    sys::FileSystem& fs;
    const std::string& directory;
    Index& index;
    SegmentSet& segments;
    ObjectMap& objects;
    Committer& committer;
    Retention& retention;
    Partials& partials;
    Counters& counters;
    const Quota& quota;
    const Log& log;
  };
  Cleaner(Rooms rooms, std::uint64_t segment_bytes);

  /// Whether segments may reserve `bytes` more.
  Result<bool> fits(std::uint64_t bytes);
  /// Makes that segments may reserve `bytes` more. errc::busy: another process cleans for longer
  /// than anybody should wait. errc::too_large: what is kept leaves no such room.
  Result<void> make_room(std::uint64_t bytes);
  /// Removes the files of segments without objects, unless another process cleans.
  Result<void> remove_empty();
  /// What is done now and then: one look at the segments; lets go of those that other processes
  /// have removed, and removes empty ones.
  void tend();
  /// Leaves the segment that was being filled for others to go on with.
  void close() noexcept;

 private:
  Result<std::unique_ptr<sys::File>> lock(std::chrono::milliseconds patience);
  Result<void> prepare();
  void let_go(const std::vector<SegmentRow>& rows);
  /// A segment that this process has locked, so that nobody appends to it.
  struct Taken {
    SegmentRow row;
    std::unique_ptr<sys::File> file;
  };
  /// False if what is alive in each of them makes it not worth while.
  Result<bool> clean_some();
  Result<std::unique_ptr<sys::File>> take(SegmentId id);
  Result<void> clean(const std::vector<Taken>& segments);
  Result<void> remove_empty_in_turn();
  Result<void> remove_files(std::vector<SegmentId> ids);

  const Rooms rooms_;
  const std::uint64_t segment_bytes_;
  std::mutex turn_;    // guards all below; held across I/O
  Recovery recovery_;  // of its own: the committer's may be at work
  std::set<SegmentId> unreadable_;
  std::vector<std::shared_ptr<SegmentWriter>> filled_;  // whose rows are to be written again
  std::uint64_t generation_ = 0;                        // of the index that knows what was moved
  Appender survivors_;
};

}  // namespace larder::store
