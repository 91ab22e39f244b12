// Globs: which of many paths are meant. Pure.
#pragma once

#include <string_view>

namespace larder::vfs {

/// Whether `glob` has a character of special meaning; without one it is a path.
[[nodiscard]] bool is_glob(std::string_view glob) noexcept;

/// `?` is one character of a path's component, `*` any number of them, `**` crosses components;
/// `a/**` is everything below `a`, and `**/b` any `b`. Byte by byte, case-sensitive.
[[nodiscard]] bool glob_matches(std::string_view glob, std::string_view path) noexcept;

/// The directory that everything that `glob` matches lies below; empty for the root.
[[nodiscard]] std::string_view directory_of_glob(std::string_view glob) noexcept;

}  // namespace larder::vfs
