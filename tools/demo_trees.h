// The content of the demo: two versions of a tree on disk, and the places that they are put to.
#pragma once

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace larder::tool {

/// Work of the demo that cannot be done: what and where.
class DemoFailure : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// One file of a tree.
struct TreeFile {
  std::string path;  ///< relative, with '/'
  std::uint64_t bytes = 0;
};

/// The regular files below `folder`, in byte order of their paths.
/// Throws std::filesystem::filesystem_error.
std::vector<TreeFile> files_of(const std::filesystem::path& folder);

/// Writes two versions of a generated game into `folder`/v1 and `folder`/v2: a few thousand small
/// files, of which some change, appear and vanish.
void write_sample(const std::filesystem::path& folder);

/// All bytes of a file. Throws DemoFailure.
std::string content_of(const std::filesystem::path& file);

/// Paths in both trees whose content differs.
std::vector<std::string> changed_files(const std::filesystem::path& old_folder,
                                       const std::vector<TreeFile>& old_files,
                                       const std::filesystem::path& new_folder,
                                       const std::vector<TreeFile>& new_files);

/// Whether `path` is in the share (0 to 1) of all paths that `salt` selects. The same every time.
bool is_chosen(std::string_view path, std::string_view salt, double share);

/// A folder that is gone when the demo is.
class WorkFolder {
 public:
  WorkFolder();
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace larder::tool
