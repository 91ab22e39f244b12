#include "sys/posix_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <utility>

#include "sys/posix_error.h"

namespace larder::sys {
namespace {

// Linux refuses to move more in one call.
constexpr std::size_t kMaxTransferBytes = std::size_t{1} << 30;

class PosixMapping final : public Mapping {
 public:
  explicit PosixMapping(std::span<const std::byte> bytes) noexcept : bytes_(bytes) {}
  PosixMapping(const PosixMapping&) = delete;
  PosixMapping& operator=(const PosixMapping&) = delete;
  ~PosixMapping() override {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
  }

  [[nodiscard]] std::span<const std::byte> bytes() const noexcept override { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

class PosixFile final : public File {
 public:
  explicit PosixFile(int descriptor) noexcept : descriptor_(descriptor) {}
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;
  ~PosixFile() override { ::close(descriptor_); }

  Result<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) noexcept override {
    std::size_t done = 0;
    while (done < into.size()) {
      const auto n =
          ::pread(descriptor_, into.data() + done, std::min(into.size() - done, kMaxTransferBytes),
                  static_cast<off_t>(offset + done));
      if (n == 0) break;
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return posix_error(errno);
      done += static_cast<std::size_t>(n);
    }
    return done;
  }

  Result<void> write_at(std::uint64_t offset, std::span<const std::byte> bytes) noexcept override {
    while (!bytes.empty()) {
      const auto n = ::pwrite(descriptor_, bytes.data(), std::min(bytes.size(), kMaxTransferBytes),
                              static_cast<off_t>(offset));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return posix_error(errno);
      if (n == 0) return errc::io;
      offset += static_cast<std::uint64_t>(n);
      bytes = bytes.subspan(static_cast<std::size_t>(n));
    }
    return {};
  }

  Result<void> sync() noexcept override {
    return ::fdatasync(descriptor_) == 0 ? Result<void>() : posix_error(errno);
  }

  Result<void> resize(std::uint64_t size) noexcept override {
    while (::ftruncate(descriptor_, static_cast<off_t>(size)) != 0)
      if (errno != EINTR) return posix_error(errno);
    return {};
  }

  [[nodiscard]] Result<std::uint64_t> size() noexcept override {
    struct stat status {};
    if (::fstat(descriptor_, &status) != 0) return posix_error(errno);
    return static_cast<std::uint64_t>(status.st_size);
  }

  void use_large_page([[maybe_unused]] std::uint64_t offset) noexcept override {
#if defined(MADV_HUGEPAGE) && defined(MADV_POPULATE_READ)
    // Who reads a hole has the system put pages there, here large ones if the file system has them,
    // and writes then go into those. The next one comes along: else who reads this one's end would
    // have small ones put there.
    void* const start = ::mmap(nullptr, kLargePageBytes, PROT_READ, MAP_SHARED, descriptor_,
                               static_cast<off_t>(offset));
    if (start == MAP_FAILED) return;
    if (::madvise(start, kLargePageBytes, MADV_HUGEPAGE) == 0)
      ::madvise(start, static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)), MADV_POPULATE_READ);
    ::munmap(start, kLargePageBytes);
#endif
  }

  Result<std::unique_ptr<Mapping>> map(std::uint64_t length) noexcept override {
    void* start = nullptr;
    if (length != 0) {
      start = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, descriptor_, 0);
      if (start == MAP_FAILED) return posix_error(errno);
    }
    const std::span bytes(static_cast<const std::byte*>(start), length);
    std::unique_ptr<Mapping> mapping(new (std::nothrow) PosixMapping(bytes));
    if (mapping) return mapping;
    if (start) ::munmap(start, length);
    return std::make_error_code(std::errc::not_enough_memory);
  }

  Result<bool> try_lock() noexcept override {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno == EWOULDBLOCK) return false;
    return posix_error(errno);
  }

 private:
  int descriptor_;
};

int flags_of(Open mode) noexcept {
  switch (mode) {
    case Open::read: return O_RDONLY;
    case Open::read_write: return O_RDWR;
    case Open::create: return O_RDWR | O_CREAT;
    case Open::create_new: return O_RDWR | O_CREAT | O_EXCL;
  }
  return O_RDONLY;
}

}  // namespace

Result<int> open_descriptor(const std::string& path, Open mode) noexcept {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags_of(mode) | O_CLOEXEC, 0666);
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return posix_error(errno);
  return descriptor;
}

Result<std::unique_ptr<File>> open_posix_file(const std::string& path, Open mode) {
  const auto descriptor = open_descriptor(path, mode);
  if (!descriptor) return descriptor.error();
  std::unique_ptr<File> file(new (std::nothrow) PosixFile(*descriptor));
  if (file) return file;
  ::close(*descriptor);
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace larder::sys
