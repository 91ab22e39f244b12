// Retry-After: how long a server asks to be left alone.
#pragma once

#include <chrono>
#include <optional>

#include "net/transport.h"

namespace larder::net {

/// No server is obeyed for longer than this.
inline constexpr std::chrono::milliseconds kLongestRetryAfter{60'000};

/// From Retry-After (RFC 9110, section 10.2.3), in seconds or as a date, held against the answer's
/// own Date, or else against `now`. Empty if there is none that can be read. At most
/// kLongestRetryAfter; a date in the past is zero.
[[nodiscard]] std::optional<std::chrono::milliseconds> retry_after_of(
    const Response& response, std::chrono::system_clock::time_point now);

}  // namespace larder::net
