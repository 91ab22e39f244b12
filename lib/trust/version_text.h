// Versions of apps: "1.10.2", compared number by number.
#pragma once

#include <compare>
#include <string_view>

namespace larder::trust {

/// One to eight decimal numbers of at most nine digits, separated by dots.
[[nodiscard]] bool is_app_version(std::string_view text) noexcept;
/// Of two app versions; missing numbers count as 0: "1.2" equals "1.2.0".
[[nodiscard]] std::strong_ordering compare_app_versions(std::string_view a,
                                                        std::string_view b) noexcept;

}  // namespace larder::trust
