// AES-256-GCM and what keys of it are derived with: OpenSSL's. Nothing here is a primitive of ours.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <larder/content_key.h>

namespace larder::encryption {

inline constexpr std::size_t kTagBytes = 16;
using Tag = std::array<std::byte, kTagBytes>;

/// The messages of one key, each numbered once. Threads: one at a time.
class Aead {
 public:
  /// Throws std::bad_alloc.
  explicit Aead(const ContentKey& key);
  ~Aead();
  Aead(Aead&&) noexcept;
  Aead& operator=(Aead&&) noexcept;

  /// Encrypts `plain` into `into`, of the same size, which may be the same bytes; the tag also
  /// covers `with`. Throws std::bad_alloc if OpenSSL fails.
  Tag seal(std::uint64_t number, std::span<const std::byte> with, std::span<const std::byte> plain,
           std::span<std::byte> into);
  /// Undoes it. False, and `into` means nothing, if anything is not as it was.
  [[nodiscard]] bool open(std::uint64_t number, std::span<const std::byte> with,
                          std::span<const std::byte> sealed, std::span<const std::byte> tag,
                          std::span<std::byte> into) noexcept;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// A key of random bytes. Throws std::bad_alloc if OpenSSL fails.
[[nodiscard]] ContentKey random_content_key();

using Hash256 = std::array<std::byte, 32>;

/// HMAC-SHA256. Throws std::bad_alloc if OpenSSL fails, as all below.
[[nodiscard]] Hash256 hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> text);
/// HKDF-SHA256 (RFC 5869), 32 bytes of it.
[[nodiscard]] ContentKey derive_key(const ContentKey& from, std::span<const std::byte> salt,
                                    std::string_view purpose);

}  // namespace larder::encryption
