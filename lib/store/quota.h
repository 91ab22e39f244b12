// Quota: how a limit on disk space is divided. Store-internal. See docs/eviction.md.
#pragma once

#include <cstdint>
#include <string>

#include "store/index_row.h"
#include "sys/file_system.h"

namespace larder::store {

/// Threads: any.
class Quota {
 public:
  /// `quota_bytes` for everything in the directory; 0: no limit.
  Quota(sys::FileSystem& fs, std::string directory, std::uint64_t quota_bytes) noexcept;

  [[nodiscard]] bool limited() const noexcept { return bytes_ != 0; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

  /// Size of shared segments: small enough that a partly filled one does not matter.
  [[nodiscard]] static std::uint64_t segment_bytes(std::uint64_t quota_bytes,
                                                   std::uint64_t wanted_bytes) noexcept;
  /// Size at which the index's log is written back.
  [[nodiscard]] static std::uint64_t log_bytes(std::uint64_t quota_bytes) noexcept;

  /// What all segments together may reserve: what the index's files leave.
  [[nodiscard]] std::uint64_t for_segments() const;
  /// What the content of all objects may take: what is left beside the index, headers, segments
  /// that are being filled, and a share for dead bytes that wait to be cleaned.
  [[nodiscard]] std::uint64_t for_content(const IndexFigures& figures, std::uint64_t segment_bytes,
                                          std::uint64_t slack_permille) const;

 private:
  [[nodiscard]] std::uint64_t size(const char* suffix) const;
  [[nodiscard]] std::uint64_t around_index(std::uint64_t index_bytes) const;

  sys::FileSystem& fs_;
  const std::string directory_;
  const std::uint64_t bytes_;
};

}  // namespace larder::store
