// Partials: large objects that have not come to their end and may be continued. Store-internal.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "base/object_key.h"
#include "store/index.h"
#include "store/partial_note.h"
#include "store/segment_writer.h"
#include "sys/file_system.h"

namespace larder::store {

/// Those that nobody fills now, as far as this process knows. Each has a segment of its own.
/// Threads: any. No lock is held while a file is touched.
class Partials {
 public:
  /// Those that did not grow for longer than `keep_for` are not kept.
  Partials(sys::FileSystem& fs, const std::string& directory, Index& index,
           std::chrono::seconds keep_for) noexcept
      : fs_(fs), directory_(directory), index_(index), keep_for_(keep_for) {}

  /// Nobody fills the segment any more, or ever did in this process.
  void add(SegmentId id, const PartialNote& note);
  /// Whether it is young enough to be kept.
  [[nodiscard]] bool keeps(const PartialNote& note) const noexcept;
  [[nodiscard]] bool has(const ObjectKey& key) const;

  struct Taken {
    std::shared_ptr<SegmentWriter> writer;
    PartialNote note;
  };
  /// The one of that object, locked; none if there is none or somebody else is at work on it.
  std::optional<Taken> take(const ObjectKey& key);

  /// Removes those of that object.
  void discard(const ObjectKey& key);
  /// Removes one to make room. False: there is none.
  bool discard_oldest();
  void discard_all();

 private:
  struct Known {
    ObjectKey key;
    std::uint64_t seconds = 0;
  };
  std::optional<SegmentId> forget_one_of(const ObjectKey& key);
  /// Unless somebody else is at work on it.
  void remove(SegmentId id);

  sys::FileSystem& fs_;
  const std::string& directory_;
  Index& index_;
  const std::chrono::seconds keep_for_;
  mutable std::mutex mutex_;
  std::map<SegmentId, Known> known_;  // guarded by mutex_
};

}  // namespace larder::store
