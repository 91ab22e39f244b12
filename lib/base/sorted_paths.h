// Sorted paths: what can be asked of paths in byte order without any other index.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

#include "base/release.h"

namespace larder {

/// A view of distinct paths in ascending byte order: `count` of them, the i-th is `at(i)`, a
/// string_view. Paths have no leading slash, "" is the root directory, and directories carry no
/// final slash.
template <class At>
class SortedPaths {
 public:
  SortedPaths(std::size_t count, At at) : count_(count), at_(std::move(at)) {}

  /// Index of `path`; count if there is none. Allocation-free, as is_directory().
  [[nodiscard]] std::size_t find(std::string_view path) const {
    const std::size_t i = first_not([&](std::string_view other) { return other < path; }, 0);
    return i < count_ && at_(i) == path ? i : count_;
  }

  /// Whether there is a file below `path`. True for the root, also when there are no paths.
  [[nodiscard]] bool is_directory(std::string_view path) const {
    if (path.empty()) return true;
    const std::size_t first = lower_bound(path, '/', 0);
    if (first == count_) return false;
    const std::string_view name = at_(first);
    return name.size() > path.size() && name.starts_with(path) && name[path.size()] == '/';
  }

  /// Names directly below `directory`, in byte order; a name that is both a file and a directory
  /// comes twice, the file first. Costs a few look-ups a name, whatever lies below. Throws
  /// std::bad_alloc. errc::not_listed if there is no such directory.
  [[nodiscard]] Result<std::vector<Listed>> list(std::string_view directory) const {
    if (!is_directory(directory)) return errc::not_listed;
    std::size_t i = 0;
    std::size_t end = count_;
    std::size_t name_begins = 0;
    if (!directory.empty()) {
      i = lower_bound(directory, '/', 0);
      end = lower_bound(directory, kAfterSlash, i);
      name_begins = directory.size() + 1;
    }
    std::vector<Listed> names;
    while (i < end) {
      const std::string_view path = at_(i);
      const std::size_t slash = path.find('/', name_begins);
      const bool is_directory = slash != std::string_view::npos;
      names.push_back({std::string(path.substr(name_begins, slash - name_begins)), is_directory});
      i = is_directory ? lower_bound(path.substr(0, slash), kAfterSlash, i) : i + 1;
    }
    // Paths are in order of whole paths: "a-b" comes before "a/c", but "a" before "a-b".
    std::sort(names.begin(), names.end(), [](const Listed& a, const Listed& b) {
      return a.name != b.name ? a.name < b.name : a.is_directory < b.is_directory;
    });
    return names;
  }

 private:
  static constexpr char kAfterSlash = '/' + 1;

  template <class Less>
  [[nodiscard]] std::size_t first_not(const Less& less, std::size_t from) const {
    std::size_t count = count_ - from;
    while (count > 0) {
      const std::size_t half = count / 2;
      if (less(at_(from + half))) {
        from += half + 1;
        count -= half + 1;
      } else {
        count = half;
      }
    }
    return from;
  }

  /// Index of the first path that is not less than `prefix` followed by `next`.
  [[nodiscard]] std::size_t lower_bound(std::string_view prefix, char next,
                                        std::size_t from) const {
    // Compares with prefix + next without making that string. A path equal to the prefix is less.
    const auto less = [&](std::string_view path) {
      const int order = path.substr(0, prefix.size()).compare(prefix);
      if (order != 0) return order < 0;
      return path.size() == prefix.size() ||
             static_cast<unsigned char>(path[prefix.size()]) < static_cast<unsigned char>(next);
    };
    return first_not(less, from);
  }

  std::size_t count_;
  At at_;
};

}  // namespace larder
