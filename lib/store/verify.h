// verify(): looks at everything that a store consists of, and mends it.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include <larder/result.h>

#include "base/digest.h"
#include "base/log.h"
#include "store/record.h"
#include "sys/file_system.h"

namespace larder::store {

/// One thing that is wrong.
struct Finding {
  enum class Kind : std::uint8_t {
    index_damaged,      ///< SQLite says so, or it is not there. Mended: made anew from the segments
    counters_wrong,     ///< sums that the index keeps. Mended: counted again
    claims_to_nothing,  ///< `count` claims on objects that are not there. Mended: forgotten
    segment_missing,    ///< `count` objects have rows, but no file. Mended: forgotten
    segment_orphaned,   ///< a file without a row. Mended: its whole records get rows
    segment_unreadable,   ///< its header is damaged: `count` objects. Mended: file and rows removed
    segment_newer,        ///< of a newer version: `count` objects. Left alone
    records_without_row,  ///< `count` whole records of a process that died. Mended: they get rows
    object_damaged,       ///< its bytes are not what its digest says. Mended: forgotten
  };
  Kind kind{};
  SegmentId segment = 0;  ///< 0: none
  std::optional<Digest> object{};
  std::uint64_t count = 0;
  bool mended = false;
};

/// "object_damaged".
[[nodiscard]] std::string_view name_of(Finding::Kind kind) noexcept;
/// What is wrong, in words.
[[nodiscard]] std::string describe(const Finding& finding);

struct VerifyOptions {
  std::string directory;
  bool repair = false;
  unsigned threads = 0;  ///< 0: as many as there are processors
  Log log;
  sys::FileSystem* file_system = nullptr;  ///< null: the real one. Not owned
  /// Called on the caller's thread: each finding once, after it was mended or could not be.
  std::function<void(const Finding&)> found;
  /// Called on the caller's thread, several times a second: bytes of objects read so far, of all.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

struct VerifyReport {
  std::uint64_t objects = 0;  ///< looked at
  std::uint64_t bytes = 0;
  std::uint64_t segments = 0;
  std::uint64_t findings = 0;
  std::uint64_t mended = 0;
};

/// Checks the index and, by reading it, every object's SHA-256. Without `repair` nothing is
/// changed. The store may be in use: what others store, drop or move meanwhile is not mistaken for
/// damage, and a segment that a process appends to is left to that process. errc::not_found if
/// there is no store; errc::io, errc::no_space if mending fails as a whole. Memory: a little for
/// each segment and each finding.
Result<VerifyReport> verify(const VerifyOptions& options) noexcept;

}  // namespace larder::store
