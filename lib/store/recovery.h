// Recovery: brings index and segment files together again. Store-internal.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include <larder/result.h>

#include "base/log.h"
#include "store/index.h"
#include "store/partials.h"
#include "sys/file_system.h"

namespace larder::store {

class RecordScanner;

/// Finds what a killed process stored without having told the index, and what the index lost.
/// Takes only segments that nobody has locked; several processes may recover at once.
class Recovery {
 public:
  /// `partials` is told of large objects that may be continued; null: they are left alone. Not
  /// owned.
  Recovery(sys::FileSystem& fs, std::string directory, Index& index, Partials* partials, Log log);

  /// Rows without a file go; files without a row and the tails of active segments are read, their
  /// objects checked by SHA-256 and given rows. What cannot be recovered is forgotten.
  /// errc::bad_store if the index is damaged.
  Result<void> run();
  /// Recovers segments that others appended to when they ended; the rest of the store may be in
  /// use.
  Result<void> take_over();

 private:
  struct Harvest {
    std::vector<Change> changes;
    std::vector<ClaimAdded> claims;
    std::set<Digest> found;     ///< objects among `changes`
    std::uint64_t objects = 0;  ///< whole ones, with or without a row before
    std::uint64_t end = 0;      ///< of the last whole record
  };

  Result<void> forget_rows_without_file(const std::vector<SegmentRow>& rows,
                                        const std::vector<SegmentId>& files);
  Result<void> recover(SegmentId id);
  /// Has the row say what the file takes.
  void measure(SegmentId id);
  /// `why` is null for one that was cleaned.
  Result<void> remove(SegmentId id, const char* why);
  Result<void> index_records(sys::File& file, const SegmentHeader& header, std::uint64_t size,
                             SegmentRow row);
  /// Whether the segment holds the beginning of an object that is worth keeping; its row is then
  /// right.
  Result<bool> keep_partial(sys::File& file, const SegmentHeader& header, std::uint64_t size,
                            SegmentRow row);
  /// Walks to the end. After an error `into` holds what came before it.
  Result<void> gather(RecordScanner& scanner, SegmentId id, Harvest& into);
  /// Whether the scanner's record is whole.
  Result<bool> examine(RecordScanner& scanner, SegmentId id, Harvest& into);

  /// Claims on objects that have a row, or get it with them, are added to the changes; others wait.
  Result<void> add_claims(Harvest& harvest);
  /// An object may be in another segment than its claims, or lost with it.
  Result<void> add_waiting_claims();

  sys::FileSystem& fs_;
  const std::string directory_;
  Index& index_;
  Partials* const partials_;
  Log log_;
  std::unordered_map<ObjectKey, Digest, ObjectKeyHash> waiting_;  // claims, for their objects
};

}  // namespace larder::store
