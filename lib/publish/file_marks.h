// Whether files were written to between two moments.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <vector>

#include "publish/walk.h"

namespace larder::publish {

/// What of a file shows that it was not written to.
struct FileMark {
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0;  ///< since 1970
  std::uint64_t inode = 0;
  friend bool operator==(const FileMark&, const FileMark&) = default;
};

[[nodiscard]] FileMark mark_of(const struct stat& status) noexcept;

/// The marks of files below the open directory `root`; those that cannot be asked for are all
/// zero. Throws std::bad_alloc.
[[nodiscard]] std::vector<FileMark> marks_of(int root, const FileList& files);

/// The files whose marks are not `marks` any more.
[[nodiscard]] std::vector<std::string> changed_since(const std::vector<FileMark>& marks, int root,
                                                     const FileList& files);

}  // namespace larder::publish
