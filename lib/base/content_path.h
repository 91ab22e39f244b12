// Which paths tables may name; see docs/release-format.md.
#pragma once

#include <cstddef>
#include <string_view>

namespace larder {

inline constexpr std::size_t kMaxContentPathBytes = 1024;

/// Null if `path` may stand in a table, else what is wrong with it, as the end of a sentence
/// ("has a backslash"). Static storage.
[[nodiscard]] const char* content_path_problem(std::string_view path) noexcept;

}  // namespace larder
