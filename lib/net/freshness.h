// Freshness: how long HTTP allows an answer to be reused by a private cache.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

#include "base/origin.h"
#include "net/transport.h"

namespace larder::net {

/// From Cache-Control, Expires, Date and Age (RFC 9111, section 4.2). No heuristics: without an
/// explicit lifetime there is none. `Vary: *` and no-store forbid keeping; no-cache means lifetime
/// 0. Any other Vary is fulfilled: all requests for one URL carry the same headers.
[[nodiscard]] Freshness freshness_of(const Response& response);

/// An HTTP date (RFC 9110, section 5.6.7, the preferred form), in seconds since the epoch.
[[nodiscard]] std::optional<std::chrono::sys_seconds> parse_http_date(
    std::string_view text) noexcept;

}  // namespace larder::net
