// FaultyFileSystem: makes operation n of a file system fail.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sys/file_system.h"

namespace larder::test {

/// Wraps a file system and counts its operations. A failing write writes half of its bytes first.
/// Threads: any.
class FaultyFileSystem final : public sys::FileSystem {
 public:
  enum class Faults { once, lasting };
  struct Control;

  explicit FaultyFileSystem(sys::FileSystem& below = sys::FileSystem::real());
  ~FaultyFileSystem() override;

  /// Operation `n` from now on (0 is the next one) fails with `error`.
  void fail_at(std::uint64_t n, errc error = errc::io, Faults faults = Faults::once) noexcept;
  /// Only operations that change something are counted and fail, or (the default) all.
  void only_changes(bool value) noexcept;
  void heal() noexcept;
  /// Whether any operation has been made to fail since fail_at().
  [[nodiscard]] bool failed() const noexcept;

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
  sys::FileSystem& below_;
  std::shared_ptr<Control> control_;
};

}  // namespace larder::test
