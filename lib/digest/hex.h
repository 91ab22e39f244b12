// Hexadecimal text.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace larder::digest {

/// Lower case, two digits a byte.
[[nodiscard]] std::string to_hex(std::span<const std::byte> bytes);
/// Either case. False, and `into` unspecified, unless `text` is exactly 2 × into.size() hex digits.
[[nodiscard]] bool from_hex(std::string_view text, std::span<std::byte> into) noexcept;

}  // namespace larder::digest
