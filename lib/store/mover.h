// Mover: copies what is alive in one segment to the end of another. Store-internal.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include <larder/result.h>

#include "store/appender.h"
#include "store/index.h"
#include "store/record_scanner.h"
#include "sys/file_system.h"

namespace larder::store {

/// Threads: one at a time.
class Mover {
 public:
  Mover(Index& index, Appender& to) noexcept : index_(index), to_(to) {}

  /// Copies the records of `file` that the index stands by: objects whose row leads here, claims
  /// that hold. What does not match its checksum is left behind.
  Result<void> move(sys::File& file, SegmentId from);

  /// What the index is to learn once the copies are durable.
  [[nodiscard]] std::vector<Change>& changes() noexcept { return changes_; }
  /// Of the segments that were written to.
  [[nodiscard]] const std::set<std::shared_ptr<SegmentWriter>>& writers() const noexcept {
    return writers_;
  }
  [[nodiscard]] std::uint64_t objects() const noexcept { return objects_; }
  /// That were written.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  Result<void> take(RecordScanner& scanner, sys::File& file, SegmentId from);
  Result<void> copy_object(const RecordHeader& header, sys::File& file, const Place& from);
  Result<void> copy_claim(RecordScanner& scanner);
  Result<Extent> reserve(std::uint64_t length);
  /// Writes the record and returns where it is.
  Result<Place> append(const RecordHeader& header, std::vector<std::byte>& record);

  Index& index_;
  Appender& to_;
  std::vector<Change> changes_;
  std::set<std::shared_ptr<SegmentWriter>> writers_;
  std::uint64_t objects_ = 0;
  std::uint64_t bytes_ = 0;
};

}  // namespace larder::store
