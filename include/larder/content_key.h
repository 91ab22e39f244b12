// ContentKeys: where the keys of encrypted content come from.
//
//   options.content_keys = larder::content_keys({key});
#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

namespace larder {

/// AES-256.
using ContentKey = std::array<std::byte, 32>;

/// The key of that id, see content_key_id(). Called for every read of encrypted content, on any
/// thread; must not block for long, throw, or call back into the Vfs. An error ends the read with
/// it.
using ContentKeys = std::function<Result<ContentKey>(std::string_view id)>;

/// What content that was encrypted with a key calls it: 16 hex digits, which tell nothing of it.
/// Fails without memory only.
[[nodiscard]] Result<std::string> content_key_id(const ContentKey& key) noexcept;

/// A key as `larder keygen --content` writes it: 64 hex digits, perhaps with white space around.
/// errc::invalid_argument.
[[nodiscard]] Result<ContentKey> parse_content_key(std::string_view text) noexcept;

/// These keys, by their ids. errc::no_key for others. Throws std::bad_alloc.
[[nodiscard]] ContentKeys content_keys(std::vector<ContentKey> keys);

}  // namespace larder
