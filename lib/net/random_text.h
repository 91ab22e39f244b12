// Random text for URLs that no cache has seen before.
#pragma once

#include <string>

namespace larder::net {

/// 16 hex digits, different at every call. Not for secrets.
[[nodiscard]] std::string random_hex();

}  // namespace larder::net
