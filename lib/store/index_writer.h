// IndexWriter: the connection that changes the index. Store-internal.
#pragma once

#include <memory>
#include <span>
#include <string>

#include <larder/result.h>

#include "store/database.h"
#include "store/index_row.h"

namespace larder::store {

/// Threads: one at a time. See Index for the calls.
class IndexWriter {
 public:
  static Result<std::unique_ptr<IndexWriter>> open(const std::string& path,
                                                   SegmentId highest_segment);

  Result<SegmentId> new_segment(SegmentKind kind);
  Result<void> apply(std::span<const Change> changes, std::span<const SegmentRow> segments);
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }
  [[nodiscard]] std::string message() const { return database_.message(); }

 private:
  IndexWriter() = default;
  Result<void> configure();
  Result<void> check_whole();
  Result<void> prepare();
  Result<std::uint64_t> read_generation() noexcept;
  Result<void> write_all(std::span<const Change> changes, std::span<const SegmentRow> segments);
  Result<void> write(const Change& change);
  Result<void> write(const SegmentRow& row);
  Result<void> write(const Counted& counted);

  Database database_;  // before the statements, which must go first
  Statement generation_query_;
  Statement add_segment_, update_segment_, insert_segment_, forget_segment_;
  Statement add_object_, drop_object_, forget_place_;
  Statement add_claim_;
  Statement count_;
  std::uint64_t generation_ = 0;
};

}  // namespace larder::store
