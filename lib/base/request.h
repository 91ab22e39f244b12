// PathRequest: what a caller asked for, taken apart and normalised.
#pragma once

#include <cstdint>
#include <string_view>

namespace larder {

/// A request after the path rules were applied. Views the caller's string or a buffer beside it.
struct PathRequest {
  enum class Kind : std::uint8_t {
    content,   ///< a path below the origin's base
    foreign,   ///< an absolute URL elsewhere
    file_url,  ///< a file:// URL
  };
  Kind kind = Kind::content;
  std::string_view path;   ///< content: normalised, no leading slash; foreign: the whole URL;
                           ///< file_url: the absolute local path
  std::string_view query;  ///< content: what follows the first `?`, without it
  bool has_query = false;  ///< content: there was a `?`
};

}  // namespace larder
