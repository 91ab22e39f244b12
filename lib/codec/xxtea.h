// XXTEA as quick-cocos2d-x and Cocos Creator use it. It hides content from the curious; it neither
// protects nor authenticates it: the key lies in the app.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include <larder/result.h>

namespace larder::codec {

/// The sign of an envelope unless an app has its own.
inline constexpr std::string_view kXxteaSign = "XXTEA";

class XxteaKey {
 public:
  /// Any bytes: those beyond 16 do not count, those that are missing are zero.
  explicit XxteaKey(std::string_view key) noexcept;
  [[nodiscard]] std::uint32_t operator[](std::size_t i) const noexcept { return words_[i]; }

 private:
  std::array<std::uint32_t, 4> words_{};
};

/// The cipher text, at most 7 bytes longer than `plain`. errc::invalid_argument: `plain` is empty,
/// of which the format has no cipher text. errc::too_large: 4 GiB and more. Throws std::bad_alloc.
Result<std::vector<std::byte>> xxtea_encrypt(std::span<const std::byte> plain, const XxteaKey& key);

/// errc::damaged: it was not encrypted with this key, or is not whole. Most changes go unnoticed:
/// only the length is checked. Throws std::bad_alloc.
Result<std::vector<std::byte>> xxtea_decrypt(std::span<const std::byte> cipher,
                                             const XxteaKey& key);

/// An envelope: `sign`, which tells what is encrypted from what is not, and the cipher text.
[[nodiscard]] bool is_xxtea_envelope(std::span<const std::byte> bytes,
                                     std::string_view sign = kXxteaSign) noexcept;
/// As xxtea_encrypt().
Result<std::vector<std::byte>> xxtea_seal(std::span<const std::byte> plain, const XxteaKey& key,
                                          std::string_view sign = kXxteaSign);
/// As xxtea_decrypt(); errc::damaged, too, if it is no envelope.
Result<std::vector<std::byte>> xxtea_open(std::span<const std::byte> envelope, const XxteaKey& key,
                                          std::string_view sign = kXxteaSign);

}  // namespace larder::codec
