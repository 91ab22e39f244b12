#include "store/directory_lock.h"

#include <chrono>
#include <thread>

namespace larder::store {
namespace {

// Another process may be reading a whole store again.
constexpr std::chrono::seconds kLongestWait{60};
constexpr std::chrono::milliseconds kBetweenAttempts{10};

}  // namespace

Result<std::unique_ptr<sys::File>> lock_directory(sys::FileSystem& fs,
                                                  const std::string& directory) {
  auto file = fs.open(directory + "/lock", sys::Open::create);
  if (!file) return file;
  const auto deadline = std::chrono::steady_clock::now() + kLongestWait;
  for (;;) {
    const auto locked = (*file)->try_lock();
    if (!locked) return locked.error();
    if (*locked) return file;
    if (std::chrono::steady_clock::now() > deadline) return errc::busy;
    std::this_thread::sleep_for(kBetweenAttempts);
  }
}

}  // namespace larder::store
