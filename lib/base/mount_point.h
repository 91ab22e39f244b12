// MountPoint: where the releases of one origin show in a Vfs.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "base/entry.h"

namespace larder {

/// What people are told of an entry's place. Its address tells origins apart. Threads: any.
class MountPoint {
 public:
  MountPoint() = default;
  explicit MountPoint(std::string prefix) : prefix_(std::move(prefix)) {}
  MountPoint(const MountPoint&) = delete;
  MountPoint& operator=(const MountPoint&) = delete;

  /// Empty (the root), or ends in `/`.
  [[nodiscard]] const std::string& prefix() const noexcept { return prefix_; }

  /// The path of an entry as an application would ask for it; a URL stays as it is.
  [[nodiscard]] std::string path_of(const Entry& entry) const {
    const bool is_place_of_its_own =
        entry.route == Route::file ||
        (entry.route == Route::transient && entry.home.find("://") != std::string_view::npos);
    return is_place_of_its_own ? std::string(entry.home) : prefix_ + std::string(entry.home);
  }

 private:
  const std::string prefix_;
};

}  // namespace larder
