// FileList: the files that a foreign list names, whatever its format.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

#include "base/release.h"
#include "base/sorted_paths.h"

namespace larder::lists {

/// What a reader of lists puts up with before it says errc::too_large.
struct ListLimits {
  std::uint64_t max_bytes = std::uint64_t{256} << 20;  ///< of the text
  std::size_t max_files = 4'000'000;
  std::size_t max_depth = 32;          ///< of nested values
  std::size_t max_text_bytes = 65536;  ///< of one text
};

/// One file. Views the list, or what it is added from.
struct ListedFile {
  std::string_view path;              ///< below the base of the tree
  std::string_view tag;               ///< what the list says of the content: an MD5, or any text
  std::optional<std::uint64_t> size;  ///< in bytes
  bool archive = false;               ///< its members belong beside it
};

/// Paths in byte order, each once, with what the list says of them. Owns its text. Movable;
/// immutable once built. Threads: any.
class FileList {
 public:
  /// Collects files in any order.
  class Builder {
   public:
    /// Null, or what is wrong with the file, as the end of a sentence; then it is not added.
    /// Throws std::bad_alloc.
    const char* add(const ListedFile& file);
    [[nodiscard]] std::size_t size() const noexcept { return files_.size(); }
    /// Of files with the same path the last one counts, as with readers of JSON and Lua. Call once.
    [[nodiscard]] FileList build();

   private:
    friend class FileList;
    struct Row {
      std::uint32_t path_begins;  ///< in text_; the tag follows the path
      std::uint16_t path_bytes;
      std::uint16_t tag_bytes;
      std::uint64_t size;  ///< kUnknown, or as ListedFile has it
      bool archive;
    };
    static constexpr std::uint64_t kUnknown = ~std::uint64_t{0};

    std::string text_;
    std::vector<Row> files_;
  };

  FileList() = default;

  [[nodiscard]] std::size_t size() const noexcept { return files_.size(); }
  [[nodiscard]] ListedFile operator[](std::size_t i) const noexcept;
  /// Index of the file with that path; size() if there is none. Allocation-free.
  [[nodiscard]] std::size_t index_of(std::string_view path) const noexcept;
  [[nodiscard]] std::optional<ListedFile> find(std::string_view path) const noexcept;
  [[nodiscard]] bool is_directory(std::string_view path) const noexcept;
  /// As SortedPaths::list().
  [[nodiscard]] Result<std::vector<Listed>> list(std::string_view directory) const;
  /// Sum of the sizes that are known, in bytes.
  [[nodiscard]] std::uint64_t total_bytes() const noexcept;

 private:
  using Row = Builder::Row;

  [[nodiscard]] std::string_view path_of(const Row& row) const noexcept {
    return std::string_view(text_).substr(row.path_begins, row.path_bytes);
  }
  [[nodiscard]] auto paths() const noexcept {
    return SortedPaths(files_.size(), [this](std::size_t i) { return path_of(files_[i]); });
  }
  void index();

  std::string text_;
  std::vector<Row> files_;
  std::vector<std::uint32_t> slots_;  ///< open addressing by hash of the path: index + 1, or 0
};

}  // namespace larder::lists
