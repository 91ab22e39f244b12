// How the packing tool of LayaDCC turns names on disk into names of the format.
#pragma once

#include <string>
#include <string_view>

namespace larder::publish {

/// Directories that are left out wherever they are.
[[nodiscard]] bool is_skipped_directory(std::string_view name) noexcept;
/// The path of the outermost such directory that the file at `path` lies in; empty: there is none.
[[nodiscard]] std::string_view skipped_directory_of(std::string_view path) noexcept;
/// Files that are left out, by extension; case matters.
[[nodiscard]] bool is_skipped_extension(std::string_view extension) noexcept;
/// Files that `filetable1.txt` lists by their content with unified line ends; case does not matter.
[[nodiscard]] bool is_text_extension(std::string_view extension) noexcept;

/// What Node's path.extname answers: from the last dot on, but a leading dot begins no extension.
[[nodiscard]] std::string_view extension_of(std::string_view name) noexcept;

/// The path as tables have it, with a leading slash. Throws std::bad_alloc.
/// `relative_path` is valid UTF-8. Backslashes become slashes, as on the system that the original
/// was made for; `escape_spaces` writes %20 for each white-space character of JavaScript's `\s`.
[[nodiscard]] std::string table_path(std::string_view relative_path, bool lower_case,
                                     bool escape_spaces);

/// "with%20space" → "with space": undoes `escape_spaces` as far as that can be known. Throws
/// std::bad_alloc.
[[nodiscard]] std::string without_escapes(std::string_view path);

}  // namespace larder::publish
