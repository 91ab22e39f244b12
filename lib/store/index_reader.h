// IndexReader: one connection that asks the index. Store-internal.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <larder/result.h>

#include "store/database.h"
#include "store/index_row.h"

namespace larder::store {

/// Threads: one at a time. See Index for the queries.
class IndexReader {
 public:
  /// errc::bad_store if there is no index of the current version.
  /// `may_be_immutable`: on a medium that cannot be written to, what others write is not seen.
  static Result<std::unique_ptr<IndexReader>> open(const std::string& path, bool may_be_immutable);

  Result<std::optional<Found>> find(const ObjectKey& key);
  Result<IndexFigures> figures();
  Result<void> visit(const std::function<bool(const Found&)>& each);
  Result<void> visit_segment(SegmentId id, const std::function<bool(const Found&)>& each);
  Result<Tally> life();
  Result<std::vector<SegmentRow>> segments();
  Result<std::optional<SegmentRow>> segment(SegmentId id);
  Result<std::vector<Digest>> objects_named_like(std::uint64_t id);
  Result<void> visit_classes(
      const std::function<void(const Digest&, std::uint64_t size_bytes, Priority priority)>& each);
  Result<std::vector<ObjectKey>> pins();
  Result<std::vector<Digest>> pinned_objects();
  Result<bool> is_pinned(const Digest& digest);
  /// Of the index that this connection was opened on.
  [[nodiscard]] std::uint64_t generation() const noexcept { return generation_; }

 private:
  IndexReader() = default;
  Result<void> prepare();
  static Result<void> visit_rows(Query query, const std::function<bool(const Found&)>& each);

  Database database_;  // before the statements, which must go first
  Statement by_digest_;
  Statement by_claim_;
  Statement segment_;
  Statement by_id_;
  Statement pinned_;
  std::uint64_t generation_ = 0;
};

}  // namespace larder::store
