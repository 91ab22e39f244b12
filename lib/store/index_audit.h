// What is wrong inside of an index, beyond what a use of it would show. Store-internal.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <larder/result.h>

#include "store/record.h"

namespace larder::store {

enum class IndexState { whole, older_version, damaged };

/// PRAGMA integrity_check, and the version. Changes nothing. Errors: of the disk.
Result<IndexState> examine_index(const std::string& path);

struct IndexAudit {
  std::vector<SegmentId> segments;  ///< that have a row, or objects that say they are in one
  std::uint64_t claims_to_nothing = 0;
  bool counters_wrong = false;
};

/// Of an index that is whole. One look, as of one moment.
Result<IndexAudit> audit_index(const std::string& path);
/// Forgets claims to nothing and counts again.
Result<void> mend_index(const std::string& path);

}  // namespace larder::store
