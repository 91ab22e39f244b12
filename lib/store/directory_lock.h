// The lock of a store's directory, held while a process makes the index anew. Store-internal.
#pragma once

#include <memory>
#include <string>

#include <larder/result.h>

#include "sys/file_system.h"

namespace larder::store {

/// Waits long for the lock of a store's directory.
Result<std::unique_ptr<sys::File>> lock_directory(sys::FileSystem& fs,
                                                  const std::string& directory);

}  // namespace larder::store
