#include "publish/file_marks.h"

#include <fcntl.h>

namespace larder::publish {

FileMark mark_of(const struct stat& status) noexcept {
  return {static_cast<std::uint64_t>(status.st_size),
          std::int64_t{status.st_mtim.tv_sec} * 1'000'000'000 + status.st_mtim.tv_nsec,
          static_cast<std::uint64_t>(status.st_ino)};
}

std::vector<FileMark> marks_of(int root, const FileList& files) {
  std::vector<FileMark> marks(files.size());
  for (std::size_t i = 0; i < files.size(); ++i) {
    struct stat status {};
    if (::fstatat(root, files.c_path(i), &status, 0) == 0) marks[i] = mark_of(status);
  }
  return marks;
}

std::vector<std::string> changed_since(const std::vector<FileMark>& marks, int root,
                                       const FileList& files) {
  const std::vector<FileMark> now = marks_of(root, files);
  std::vector<std::string> changed;
  for (std::size_t i = 0; i < files.size(); ++i)
    if (now[i] != marks[i]) changed.emplace_back(files.path(i));
  return changed;
}

}  // namespace larder::publish
