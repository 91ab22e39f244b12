// Points in time as text: "2026-11-22T07:00:00Z" (RFC 3339, UTC, whole seconds).
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace larder::trust {

using Time = std::chrono::sys_seconds;

/// Exactly the form above, years 1970 to 9999. Empty for anything else.
[[nodiscard]] std::optional<Time> parse_time(std::string_view text) noexcept;
[[nodiscard]] std::string to_text(Time time);

}  // namespace larder::trust
