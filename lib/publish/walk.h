// Walks a content tree, in the order and with the care that packing needs.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <larder/result.h>

namespace larder::publish {

/// The files of a tree, in the order of the walk. Paths are relative, without a leading slash.
class FileList {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return files_.size(); }
  [[nodiscard]] std::string_view path(std::size_t i) const noexcept {
    return std::string_view(text_).substr(files_[i].offset, files_[i].length);
  }
  /// The last component.
  [[nodiscard]] std::string_view name(std::size_t i) const noexcept;
  /// The path for system calls.
  [[nodiscard]] const char* c_path(std::size_t i) const noexcept {
    return text_.c_str() + files_[i].offset;
  }
  /// Of all files; 0 unless the walk was told to measure.
  [[nodiscard]] std::uint64_t total_bytes() const noexcept { return total_bytes_; }

  void add(std::string_view path, std::uint64_t bytes);
  /// Removes the files at `indexes`, which ascend.
  void drop(const std::vector<std::size_t>& indexes);

 private:
  struct Stretch {
    std::uint64_t offset;
    std::uint32_t length;
  };
  std::string text_;  ///< paths, each with a final NUL
  std::vector<Stretch> files_;
  std::uint64_t total_bytes_ = 0;
};

/// Something in the tree that cannot be packed.
struct PathProblem {
  std::string path;  ///< relative, bytes as on disk
  std::string what;
};

enum class Links : std::uint8_t {
  to_files,  ///< those to files count as files; those to directories are listed and not followed
  refuse,    ///< all are listed, none is followed
  follow,    ///< all count as what they lead to
};

struct WalkRules {
  /// Whether to go into a directory. `path` is relative, `name` its last component.
  std::function<bool(std::string_view path, std::string_view name)> takes_directory;
  /// Whether to list a file.
  std::function<bool(std::string_view name)> takes_file;
  Links links = Links::to_files;
  bool measure = false;  ///< ask for the sizes of files; one more system call a file
};

struct WalkResult {
  FileList files;
  std::vector<std::string> links;     ///< not followed, by the rules
  std::vector<PathProblem> problems;  ///< unreadable, neither file nor directory, not UTF-8
};

/// Lists the files below the open directory `root`, depth first, the names of each directory in
/// byte order, files and directories interleaved. Problems do not end the walk; a followed link
/// that leads to a directory around itself is one. errc::cancelled once `stop` (may be null) is
/// set. Throws std::bad_alloc.
Result<WalkResult> walk(int root, const WalkRules& rules, const std::atomic<bool>* stop);

}  // namespace larder::publish
