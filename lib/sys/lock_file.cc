#include "sys/lock_file.h"

#include <thread>

namespace larder::sys {
namespace {

constexpr std::chrono::milliseconds kBetweenAttempts{5};

}  // namespace

Result<std::unique_ptr<File>> lock_file(FileSystem& fs, const std::string& path,
                                        std::chrono::milliseconds patience) {
  auto file = fs.open(path, Open::create);
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

}  // namespace larder::sys
