// The tables of the index, and how older ones become the current ones. See FORMAT.md.
#pragma once

#include <cstdint>

#include <larder/result.h>

#include "store/database.h"
#include "store/record.h"

namespace larder::store {

/// Brings a database that may be empty or of an older version to the current schema, in one
/// transaction. A new index numbers its segments from `highest_segment` + 1.
/// errc::bad_store if the database is damaged or of a newer version.
Result<void> migrate(Database& database, SegmentId highest_segment);

/// Whether the database has exactly the current version. No write.
Result<bool> is_current(Database& database) noexcept;
/// Whether it has tables of an older version.
Result<bool> is_older(Database& database) noexcept;

}  // namespace larder::store
