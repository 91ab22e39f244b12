#include "sys/byte_locks.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "sys/posix_error.h"
#include "sys/posix_file.h"

namespace larder::sys {
namespace {

struct flock range(std::uint64_t first, std::uint64_t count, short type) noexcept {
  struct flock lock {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(first);
  lock.l_len = static_cast<off_t>(count);
  return lock;
}

}  // namespace

// Locks of the open file, not of the process: those would go with any descriptor of the file.
#ifdef F_OFD_SETLK

Result<std::unique_ptr<ByteLocks>> ByteLocks::open(const std::string& path) {
  const auto descriptor = open_descriptor(path, Open::create);
  if (!descriptor) return descriptor.error();
  std::unique_ptr<ByteLocks> locks(new ByteLocks(*descriptor));
  auto any = range(0, 1, F_WRLCK);
  if (::fcntl(*descriptor, F_OFD_GETLK, &any) != 0) return posix_error(errno);
  return locks;
}

Result<bool> ByteLocks::try_lock(std::uint64_t number, Kind kind) noexcept {
  auto lock = range(number, 1, kind == Kind::shared ? F_RDLCK : F_WRLCK);
  if (::fcntl(descriptor_, F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  return posix_error(errno);
}

void ByteLocks::unlock(std::uint64_t number) noexcept {
  auto lock = range(number, 1, F_UNLCK);
  (void)::fcntl(descriptor_, F_OFD_SETLK, &lock);
}

bool ByteLocks::others_hold(std::uint64_t first, std::uint64_t count) const noexcept {
  auto lock = range(first, count, F_WRLCK);
  return ::fcntl(descriptor_, F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

#else

Result<std::unique_ptr<ByteLocks>> ByteLocks::open(const std::string&) {
  return errc::io;
}
Result<bool> ByteLocks::try_lock(std::uint64_t, Kind) noexcept {
  return errc::io;
}
void ByteLocks::unlock(std::uint64_t) noexcept {}
bool ByteLocks::others_hold(std::uint64_t, std::uint64_t) const noexcept {
  return false;
}

#endif

ByteLocks::~ByteLocks() {
  ::close(descriptor_);
}

}  // namespace larder::sys
