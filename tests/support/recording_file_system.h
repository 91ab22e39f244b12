// RecordingFileSystem: the real one, with everything that changes it written down.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "support/disk_log.h"
#include "sys/file_system.h"

namespace larder::test {

/// Threads: any.
class RecordingFileSystem final : public sys::FileSystem {
 public:
  /// `log` is not owned; it must outlive the file system and its files.
  explicit RecordingFileSystem(DiskLog& log) noexcept : log_(log) {}

  Result<std::unique_ptr<sys::File>> open(const std::string& path,
                                          sys::Open mode) noexcept override;
  Result<void> rename(const std::string& from, const std::string& to) noexcept override;
  Result<void> remove(const std::string& path) noexcept override;
  Result<void> make_directories(const std::string& path) noexcept override;
  Result<void> sync_directory(const std::string& path) noexcept override;
  Result<void> sync_all(const std::string& path) noexcept override;
  Result<std::vector<std::string>> list(const std::string& path) noexcept override;
  Result<sys::FileStatus> status(const std::string& path) noexcept override;
  [[nodiscard]] bool exists(const std::string& path) noexcept override;

 private:
  sys::FileSystem& below_ = sys::FileSystem::real();
  DiskLog& log_;
};

}  // namespace larder::test
