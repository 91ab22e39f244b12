// TempDirectory: an empty directory that is gone when the test is.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

namespace larder::test {

/// Where syncs cost nothing, if the system has such a place; ends with a slash.
inline std::string memory_directory() {
  constexpr const char* kMemory = "/dev/shm/";
  return ::access(kMemory, W_OK) == 0 ? kMemory : ::testing::TempDir();
}

class TempDirectory {
 public:
  /// `parent` ends with a slash.
  explicit TempDirectory(const std::string& parent = ::testing::TempDir())
      : path_(parent + "larder-XXXXXX") {
    if (::mkdtemp(path_.data()) == nullptr) std::abort();
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  ~TempDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

}  // namespace larder::test
