// Lower case as LayaDCC's `-lwr` means it.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace larder {

/// `text` (UTF-8) in lower case by JavaScript's rules (Unicode's full mapping, no locale; of the
/// rule for the final sigma, the ASCII and combining characters): `text` itself when nothing
/// changes, else written to `buffer`, which must not overlap it. Empty optional when the buffer is
/// too small. Bytes that are not valid UTF-8 are kept as they are.
[[nodiscard]] std::optional<std::string_view> to_lower_case(std::string_view text,
                                                            std::span<char> buffer) noexcept;

}  // namespace larder
