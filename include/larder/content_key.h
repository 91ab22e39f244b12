// ContentKeys: where the keys of encrypted content come from.
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string_view>

#include <larder/result.h>

namespace larder {

/// AES-256.
using ContentKey = std::array<std::byte, 32>;

/// The key of that id, which the publisher gave it. Called for every read of encrypted content, on
/// any thread; must not block for long or call back into the Vfs. An error ends the read with it.
using ContentKeys = std::function<Result<ContentKey>(std::string_view id)>;

}  // namespace larder
