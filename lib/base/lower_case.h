// Lower case as JavaScript's String.prototype.toLowerCase() makes it, which is what LayaDCC's
// `-lwr` means: independent of any locale, with the special cases of Unicode (a dotted capital I
// becomes two characters; a capital sigma at the end of a word becomes a final sigma).
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace larder {

/// `text` (UTF-8) in lower case: `text` itself when nothing changes, else written to `buffer`,
/// which must not overlap it. Empty optional when the buffer is too small; kLowerCaseGrowth times
/// the text is always enough. Bytes that are not valid UTF-8 are kept as they are.
[[nodiscard]] std::optional<std::string_view> to_lower_case(std::string_view text,
                                                            std::span<char> buffer) noexcept;

/// The most by which lower case is longer than the text: "Ⱥ" has two bytes, "ⱥ" three.
inline constexpr double kLowerCaseGrowth = 1.5;

}  // namespace larder
