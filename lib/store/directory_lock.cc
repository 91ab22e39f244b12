#include "store/directory_lock.h"

#include "sys/lock_file.h"

namespace larder::store {
namespace {

// Another process may be reading a whole store again.
constexpr std::chrono::seconds kLongestWait{60};

}  // namespace

Result<std::unique_ptr<sys::File>> lock_directory(sys::FileSystem& fs,
                                                  const std::string& directory) {
  return sys::lock_file(fs, directory + "/lock", kLongestWait);
}

}  // namespace larder::store
