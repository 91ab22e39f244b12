// Locks on files of a store's directory: `lock`, held while a process makes the index anew;
// `cleaning`, held while one cleans. Store-internal.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include <larder/result.h>

#include "sys/file_system.h"

namespace larder::store {

/// Makes the file if it is missing and waits for its lock; it is held until the file is closed.
/// errc::busy if it cannot be had within `patience`; with none, after one attempt.
Result<std::unique_ptr<sys::File>> lock_file(sys::FileSystem& fs, const std::string& path,
                                             std::chrono::milliseconds patience);

/// Waits long for the lock of a store's directory.
Result<std::unique_ptr<sys::File>> lock_directory(sys::FileSystem& fs,
                                                  const std::string& directory);

}  // namespace larder::store
