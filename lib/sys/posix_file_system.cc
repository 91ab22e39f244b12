#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>

#include "sys/file_system.h"
#include "sys/posix_error.h"
#include "sys/posix_file.h"

namespace larder::sys {
namespace {

/// The errors of std::filesystem are errno values in another coat.
std::error_code translate(const std::error_code& error) noexcept {
  return error ? posix_error(error.value()) : error;
}

Result<void> sync_by_descriptor(const std::string& directory, int (*sync)(int)) noexcept {
  const int descriptor = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return posix_error(errno);
  const int failure = sync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  return failure == 0 ? Result<void>() : posix_error(failure);
}

class PosixFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<File>> open(const std::string& path, Open mode) noexcept override {
    return open_posix_file(path, mode);
  }

  Result<void> rename(const std::string& from, const std::string& to) noexcept override {
    return std::rename(from.c_str(), to.c_str()) == 0 ? Result<void>() : posix_error(errno);
  }

  Result<void> remove(const std::string& path) noexcept override {
    return ::unlink(path.c_str()) == 0 ? Result<void>() : posix_error(errno);
  }

  Result<void> make_directories(const std::string& path) noexcept override try {
    std::error_code error;
    std::filesystem::create_directories(path, error);
    return translate(error);
  } catch (const std::exception&) {
    return std::make_error_code(std::errc::not_enough_memory);
  }

  Result<void> sync_directory(const std::string& path) noexcept override {
    return sync_by_descriptor(path, ::fsync);
  }

  Result<void> sync_all(const std::string& path) noexcept override {
    return sync_by_descriptor(path, ::syncfs);
  }

  Result<std::vector<std::string>> list(const std::string& path) noexcept override try {
    std::error_code error;
    std::filesystem::directory_iterator entry(path, error);
    std::vector<std::string> names;
    while (!error && entry != std::filesystem::directory_iterator()) {
      names.push_back(entry->path().filename().string());
      entry.increment(error);
    }
    if (error) return translate(error);
    std::sort(names.begin(), names.end());
    return names;
  } catch (const std::exception&) {
    return std::make_error_code(std::errc::not_enough_memory);
  }

  Result<FileStatus> status(const std::string& path) noexcept override {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0) return posix_error(errno);
    constexpr std::uint64_t kBlockBytes = 512;  // of st_blocks, whatever the disk's are
    return FileStatus{static_cast<std::uint64_t>(status.st_size),
                      static_cast<std::uint64_t>(status.st_blocks) * kBlockBytes};
  }

  [[nodiscard]] bool exists(const std::string& path) noexcept override {
    return ::access(path.c_str(), F_OK) == 0;
  }
};

}  // namespace

FileSystem& FileSystem::real() noexcept {
  static PosixFileSystem* const kReal = new PosixFileSystem;  // outlives every static Blob
  return *kReal;
}

}  // namespace larder::sys
