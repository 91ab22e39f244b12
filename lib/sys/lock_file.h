// Waiting for a lock that another process may hold.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <larder/result.h>

#include "sys/file_system.h"

namespace larder::sys {

/// Makes the file if it is missing and waits for its lock; it is held until the file is closed.
/// errc::busy if it cannot be had within `patience`; with none, after one attempt.
Result<std::unique_ptr<File>> lock_file(FileSystem& fs, const std::string& path,
                                        std::chrono::milliseconds patience);

}  // namespace larder::sys
