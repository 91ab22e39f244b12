// Index: the durable truth about what is where, in SQLite. Store-internal. See FORMAT.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <larder/result.h>

#include "base/object_key.h"
#include "store/index_row.h"

namespace larder::store {

class IndexReader;
class IndexWriter;

/// Threads: any. Reads run beside each other and beside the writer.
/// Errors: errc::bad_store when the index is damaged, or was made anew by another process since it
/// was opened; repair() is the answer to both.
class Index {
 public:
  enum class Mode { read_write, read_only };

  /// errc::bad_store for a damaged index. A new index numbers segments from `highest_segment` + 1.
  static Result<std::unique_ptr<Index>> open(const std::string& path, Mode mode,
                                             SegmentId highest_segment);
  /// Empties a damaged index in place; processes that have it open may keep it.
  static Result<void> reset(const std::string& path);
  ~Index();

  /// Where the object named by `key` is.
  Result<std::optional<Found>> find(const ObjectKey& key);
  Result<IndexFigures> figures();
  /// All objects, by digest, until `each` returns false. `each` must not write to the index.
  Result<void> visit(const std::function<bool(const Found&)>& each);
  /// What all processes entered so far.
  Result<Tally> life();
  /// Those of one segment, by offset.
  Result<void> visit_segment(SegmentId id, const std::function<bool(const Found&)>& each);
  Result<std::vector<SegmentRow>> segments();
  Result<std::optional<SegmentRow>> segment(SegmentId id);

  /// Objects whose digest begins with these eight bytes, big-endian.
  Result<std::vector<Digest>> objects_named_like(std::uint64_t id);
  /// All objects, by digest. `each` must not write to the index.
  Result<void> visit_classes(
      const std::function<void(const Digest&, std::uint64_t size_bytes, Priority priority)>& each);
  /// All keys that are pinned, whether they name an object or not; and the objects that they name.
  Result<std::vector<ObjectKey>> pins();
  Result<std::vector<Digest>> pinned_objects();
  Result<bool> is_pinned(const Digest& digest);

  /// The number of a new segment; no other segment of this index ever had it. Leaves an active row.
  /// None if what all segments reserve would exceed `limit_bytes`; other processes cannot slip in
  /// between.
  Result<std::optional<SegmentId>> new_segment(SegmentKind kind, std::uint64_t reserved_bytes,
                                               std::uint64_t limit_bytes);
  /// Has a segment reserve more. False: as above.
  Result<bool> enlarge_segment(SegmentId id, std::uint64_t reserved_bytes,
                               std::uint64_t limit_bytes);
  /// One transaction: all or nothing. Missing rows of `segments` are made.
  Result<void> apply(std::span<const Change> changes, std::span<const SegmentRow> segments,
                     Durable durable = Durable::now);
  /// Forgets all objects and claims but, by choice, what is pinned. As fast with a million.
  Result<void> clear(bool pinned_too);
  /// See IndexWriter.
  Result<void> bound_log(std::uint64_t bytes);
  Result<void> shrink();
  void tidy_log();
  /// What SQLite says of the last failure to write.
  [[nodiscard]] std::string message() const;

  /// Random; another one after the index was made anew.
  [[nodiscard]] std::uint64_t generation() const;
  /// Opens the index again, after emptying it unless somebody did that since `generation`.
  Result<void> repair(std::uint64_t generation, SegmentId highest_segment);

 private:
  class Borrowed;

  Index(std::string path, Mode mode);
  Result<void> connect(SegmentId highest_segment);
  Result<Borrowed> borrow();
  [[nodiscard]] std::error_code unwritable() const noexcept;

  const std::string path_;
  const Mode mode_;
  mutable std::mutex write_mutex_;  // held across the writer's I/O
  std::unique_ptr<IndexWriter> writer_;
  std::uint64_t log_bytes_ = 0;
  mutable std::mutex pool_mutex_;
  std::vector<std::unique_ptr<IndexReader>> idle_readers_;  // guarded by pool_mutex_
  std::uint64_t generation_ = 0;                            // guarded by pool_mutex_
};

}  // namespace larder::store
