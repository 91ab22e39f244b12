// Whole files: read, map, replace atomically.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <larder/blob.h>
#include <larder/result.h>

#include "sys/file_system.h"

namespace larder::sys {

/// All of a file of at most `limit` bytes. errc::not_found, errc::too_large, errc::io.
Result<std::string> read_file(const std::string& path, std::uint64_t limit,
                              FileSystem& fs = FileSystem::real()) noexcept;

/// A file as a Blob: mapped when that pays, read into memory when it is small. The file must not
/// shrink while the Blob lives. errc::not_found, errc::io.
Result<Blob> lend_file(const std::string& path, Source source) noexcept;

/// Replaces `path` by `content`: written aside, synced, renamed. Readers see the old or the new
/// content, never a mixture; after an error the old content is still there. A power cut right after
/// success may bring the old content back where the system cannot sync directories.
Result<void> replace_file(const std::string& path, std::string_view content,
                          FileSystem& fs = FileSystem::real()) noexcept;

/// Makes a directory and those above it that are missing, durably where the system can sync
/// directories: each name is kept by the directory that it is in.
Result<void> make_directories(const std::string& path,
                              FileSystem& fs = FileSystem::real()) noexcept;

}  // namespace larder::sys
