// Complaint: where in a text something is wrong, for `why`.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace larder::lists {

/// "line 3, column 14" of the byte at `offset`; both count from 1, columns count bytes.
[[nodiscard]] std::string place_of(std::string_view text, std::size_t offset);

/// The text between backquotes: cut if it is long, without control characters.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace larder::lists
