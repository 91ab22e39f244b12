// Content-Range: which part of a whole an answer carries.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace larder::net {

struct ContentRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;              ///< not below `first`
  std::optional<std::uint64_t> total;  ///< above `last`; unset: `*`
};

/// "bytes 0-499/1234" (RFC 9110, section 14.4). Empty for anything else, also for "bytes */1234".
[[nodiscard]] std::optional<ContentRange> parse_content_range(std::string_view text) noexcept;

}  // namespace larder::net
