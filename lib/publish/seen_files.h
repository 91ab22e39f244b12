// SeenFiles: which files of a tree a publisher has read, so that it need not read them again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include <larder/result.h>

#include "base/digest.h"
#include "publish/file_marks.h"
#include "sys/file_system.h"

namespace larder::publish {

/// path → mark and digest. One file on disk for each tree, native byte order, with a checksum of
/// its own; losing it costs reading the tree again. Threads: const functions from any.
class SeenFiles {
 public:
  /// Those of `tree`, an absolute path; none if nothing usable is there.
  static SeenFiles load(const std::string& directory, const std::string& tree,
                        sys::FileSystem& fs) noexcept;
  Result<void> save(const std::string& directory, const std::string& tree,
                    sys::FileSystem& fs) const noexcept;

  /// The digest of the file's content, if the file looks as it did.
  [[nodiscard]] std::optional<Digest> find(std::string_view path, const FileMark& mark) const;
  /// Throws std::bad_alloc.
  void add(std::string path, const FileMark& mark, const Digest& digest);
  [[nodiscard]] std::size_t size() const noexcept { return files_.size(); }

 private:
  struct Seen {
    FileMark mark;
    Digest digest;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept {
      return std::hash<std::string_view>()(text);
    }
  };
  std::unordered_map<std::string, Seen, Hash, std::equal_to<>> files_;
};

}  // namespace larder::publish
