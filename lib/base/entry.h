// Entry: what a table says of one path. A small value, copied forward through the corridor.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/digest.h"
#include "base/object_key.h"

namespace larder {

/// How a request is to be answered. Decided once, by the release that resolves the path.
enum class Route : std::uint8_t {
  listed,     ///< the table names the content: store, bundle, origin; verified
  versioned,  ///< the request itself names a version of unlisted content: store, origin
  transient,  ///< outside every table: fetched, kept at most for this program run
  live,       ///< development mode: fetched each time, never kept
  file,       ///< a file:// URL: read directly
};

struct Entry {
  Route route = Route::listed;
  ObjectKey key;                      ///< the local name; kind none if the bytes are never kept
  Checksum checksum;                  ///< what the bytes must fulfil
  std::optional<std::uint64_t> size;  ///< in bytes, where the format knows it
  std::string_view home;  ///< where the origin keeps it. Borrowed: from the request or its table
};

}  // namespace larder
