// NameList: LayaDCC's allfiles.txt, the only file of that format that has names. See FORMAT.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <larder/result.h>

#include "base/release.h"
#include "base/sorted_paths.h"

namespace larder::filetable {

struct NameListLimits {
  std::uint64_t max_bytes = std::uint64_t{256} << 20;
  std::size_t max_path_bytes = 4096;  ///< of one path
};

/// The paths of a tree. Immutable; owns its text and 8 bytes a path. Movable. Threads: any.
///
/// Paths have no leading slash here, "" is the root directory, and directories carry no final
/// slash.
class NameList {
 public:
  /// Reads lines that end with CRLF or LF. A line without a leading slash or with a NUL, with bytes
  /// that are not UTF-8, or with a component that is empty, "." or ".." makes the whole list
  /// errc::bad_table; too much of anything is errc::too_large. `why`, if given, gets a sentence
  /// that says what is wrong and where. Equal lines collapse.
  static Result<NameList> parse(std::string_view text, const NameListLimits& limits = {},
                                std::string* why = nullptr) noexcept;

  /// Number of distinct paths.
  [[nodiscard]] std::uint64_t size() const noexcept { return names_.size(); }
  /// Whether a file is called `path`. Allocation-free.
  [[nodiscard]] bool contains(std::string_view path) const noexcept;
  /// Whether there is a file below `path`. True for the root, also of an empty list.
  [[nodiscard]] bool is_directory(std::string_view path) const noexcept;
  /// Names directly below `directory`, in byte order; a name that is both a file and a directory
  /// comes twice, the file first. Costs a few look-ups a name, whatever lies below. Throws
  /// std::bad_alloc. errc::not_listed if there is no such directory.
  [[nodiscard]] Result<std::vector<Listed>> list(std::string_view directory) const;

  /// Calls `receive(std::string_view path)` for each path, in byte order.
  template <class Receive>
  void for_each(Receive&& receive) const {
    for (const Name name : names_) receive(view(name));
  }

 private:
  struct Name {  ///< a stretch of text_
    std::uint32_t offset;
    std::uint32_t length;
  };
  NameList() = default;
  [[nodiscard]] std::string_view view(Name name) const noexcept {
    return std::string_view(text_).substr(name.offset, name.length);
  }
  void sort_names();
  [[nodiscard]] auto paths() const noexcept {
    return SortedPaths(names_.size(), [this](std::size_t i) { return view(names_[i]); });
  }

  std::string text_;
  std::vector<Name> names_;  ///< ascending by the bytes of their paths
};

}  // namespace larder::filetable
