// PosixFile: a file descriptor behind sys::File.
#pragma once

#include <memory>
#include <string>

#include "sys/file_system.h"

namespace larder::sys {

/// A descriptor, which the caller closes.
Result<int> open_descriptor(const std::string& path, Open mode) noexcept;

/// Throws std::bad_alloc.
Result<std::unique_ptr<File>> open_posix_file(const std::string& path, Open mode);

}  // namespace larder::sys
