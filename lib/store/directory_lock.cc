#include "store/directory_lock.h"

#include <thread>

namespace larder::store {
namespace {

// Another process may be reading a whole store again.
constexpr std::chrono::seconds kLongestWait{60};
constexpr std::chrono::milliseconds kBetweenAttempts{5};

}  // namespace

Result<std::unique_ptr<sys::File>> lock_file(sys::FileSystem& fs, const std::string& path,
                                             std::chrono::milliseconds patience) {
  auto file = fs.open(path, sys::Open::create);
  if (!file) return file;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    const auto locked = (*file)->try_lock();
    if (!locked) return locked.error();
    if (*locked) return file;
    if (std::chrono::steady_clock::now() >= deadline) return errc::busy;
    std::this_thread::sleep_for(kBetweenAttempts);
  }
}

Result<std::unique_ptr<sys::File>> lock_directory(sys::FileSystem& fs,
                                                  const std::string& directory) {
  return lock_file(fs, directory + "/lock", kLongestWait);
}

}  // namespace larder::store
