// What a store takes on disk. Store-internal.
#pragma once

#include <cstdint>
#include <string>

#include "sys/file_system.h"

namespace larder::store {

[[nodiscard]] std::string index_path(const std::string& directory);

/// Segments and index with its log, as allocated on disk.
[[nodiscard]] std::uint64_t disk_usage(sys::FileSystem& fs, const std::string& directory);

}  // namespace larder::store
