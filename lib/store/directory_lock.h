// The file `lock`: held while a process makes the index anew. Store-internal.
#pragma once

#include <memory>
#include <string>

#include <larder/result.h>

#include "sys/file_system.h"

namespace larder::store {

/// Waits for the lock of a store's directory; it is held until the file is closed. errc::busy after
/// a long wait.
Result<std::unique_ptr<sys::File>> lock_directory(sys::FileSystem& fs,
                                                  const std::string& directory);

}  // namespace larder::store
