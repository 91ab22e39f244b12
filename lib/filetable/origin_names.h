// Where a native origin keeps things; see docs/release-format.md. Paths are relative to its base.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/entry.h"

namespace larder::filetable {

/// All throw std::bad_alloc.
[[nodiscard]] std::string head_path(std::string_view channel);
[[nodiscard]] std::string root_path(std::uint64_t version);
[[nodiscard]] std::string object_path(const Digest& digest, Encoding encoding);
[[nodiscard]] std::string patch_path(const Digest& target, const Digest& base);

}  // namespace larder::filetable
