// RecordScanner: walks the records of a segment file by reading it. Store-internal.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <larder/result.h>

#include "store/record.h"
#include "sys/file_system.h"

namespace larder::store {

/// Reads the file instead of mapping it: a failing disk is then an error, not a signal.
class RecordScanner {
 public:
  RecordScanner(sys::File& file, const SegmentHeader& header, std::uint64_t size_bytes,
                std::uint64_t from);

  /// Moves to the next valid record header at or after the current place; false at the end.
  Result<bool> next();
  [[nodiscard]] const RecordHeader& header() const noexcept { return header_; }
  [[nodiscard]] std::uint64_t offset() const noexcept { return offset_; }
  [[nodiscard]] std::uint64_t end() const noexcept {
    return offset_ + record_bytes(header_.length);
  }

  /// Whether the payload is what the header says: SHA-256 of an object, fast checksum of a claim.
  Result<bool> payload_is_whole();
  /// The payload of a claim.
  Result<std::vector<std::byte>> payload();

  /// Goes on after the record, or, if it turned out not to be whole, inside of it.
  void skip(bool whole) noexcept { offset_ = whole ? end() : offset_ + kAlignBytes; }

 private:
  Result<std::span<const std::byte>> window(std::uint64_t offset, std::uint64_t bytes);

  sys::File& file_;
  const std::uint64_t nonce_;
  const std::uint64_t size_bytes_;
  std::uint64_t offset_;
  RecordHeader header_;
  std::vector<std::byte> buffer_;
  std::uint64_t buffer_offset_ = 0;
};

}  // namespace larder::store
