// IndexWriter: the connection that changes the index. Store-internal.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include <larder/result.h>

#include "store/database.h"
#include "store/index_row.h"

namespace larder::store {

/// Threads: one at a time. See Index for the calls.
class IndexWriter {
 public:
  static Result<std::unique_ptr<IndexWriter>> open(const std::string& path,
                                                   SegmentId highest_segment);

  Result<std::optional<SegmentId>> new_segment(SegmentKind kind, std::uint64_t reserved_bytes,
                                               std::uint64_t limit_bytes);
  Result<bool> enlarge_segment(SegmentId id, std::uint64_t reserved_bytes,
                               std::uint64_t limit_bytes);
  Result<void> apply(std::span<const Change> changes, std::span<const SegmentRow> segments,
                     Durable durable);
  Result<void> clear(bool pinned_too);
  /// Writes the log back at this size instead of SQLite's 4 MiB, and keeps it below twice that.
  Result<void> bound_log(std::uint64_t bytes);
  /// Writes the log back wholly if it has become larger than it may, because others read all the
  /// time. Waits a moment for them.
  void tidy_log();
  /// Gives free pages back to the file system if they are most of the file.
  Result<void> shrink();
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
  [[nodiscard]] std::string message() const { return database_.message(); }

 private:
  IndexWriter() = default;
  Result<void> configure();
  Result<void> check_whole();
  Result<void> prepare();
  Result<std::uint64_t> read_generation() noexcept;
  void empty_log();
  /// `steps` as one durable transaction.
  template <class Steps>
  Result<void> transact(const Steps& steps, Durable durable = Durable::now);
  Result<void> set_durable(Durable durable);
  Result<void> write_all(std::span<const Change> changes, std::span<const SegmentRow> segments);
  Result<void> write(const Change& change);
  Result<void> write(const SegmentRow& row);
  Result<void> write(const Counted& counted);
  Result<void> add(const ObjectAdded& added);
  Result<void> move(const ObjectMoved& moved);
  Result<void> add(const ClaimAdded& added);
  /// Runs a deletion that returns segment and length of the row, and forgets the claims with it.
  Result<void> remove(const Digest& digest, Query deletion);
  Result<void> empty(SegmentId id);
  Result<void> write_counts();

  Database database_;  // before the statements, which must go first
  Statement generation_query_;
  Statement add_segment_, enlarge_segment_, update_segment_, insert_segment_, size_segment_;
  Statement forget_segment_;
  Statement count_objects_, count_none_, count_claims_, count_;
  Statement add_object_, move_object_, drop_object_, evict_object_, forget_place_, empty_segment_;
  Statement add_claim_, update_claim_, drop_claims_, drop_claims_of_segment_;
  Statement add_pin_, remove_pin_;
  std::uint64_t generation_ = 0;
  std::string log_path_;
  std::uint64_t log_bytes_ = 0;     // 0: SQLite's
  Durable durable_ = Durable::now;  // what the connection is set to

  /// What the transaction under way does to the counters.
  struct Count {
    std::uint64_t objects = 0;  // modulo 2^64
    std::uint64_t bytes = 0;
  };
  std::unordered_map<SegmentId, Count> counts_;
  std::uint64_t claims_ = 0;  // modulo 2^64
};

}  // namespace larder::store
