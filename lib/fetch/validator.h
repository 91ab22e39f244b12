// Which of an origin's names for a copy may be relied on when more of it is asked for.
#pragma once

#include <string_view>

namespace larder::fetch {

/// A strong ETag: two copies with the same are the same, byte for byte.
[[nodiscard]] constexpr bool is_strong(std::string_view etag) noexcept {
  return etag.size() > 2 && etag.front() == '"' && etag.back() == '"';
}

}  // namespace larder::fetch
