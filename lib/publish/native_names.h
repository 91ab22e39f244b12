// Names at the top of a native origin.
#pragma once

#include <algorithm>
#include <iterator>
#include <string_view>

namespace larder::publish {

/// Whether a native origin, or who publishes to it, has something of that name at its top.
[[nodiscard]] inline bool is_native_name(std::string_view name) noexcept {
  static constexpr std::string_view kNames[] = {"heads", "objects", "patches",     "roots",
                                                "zstd",  ".larder", ".larder-pack"};
  return std::find(std::begin(kNames), std::end(kNames), name) != std::end(kNames);
}

}  // namespace larder::publish
