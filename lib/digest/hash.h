// Streaming hashes: SHA-256 and MD5 (OpenSSL EVP), CRC-32 (zlib), LayaDCC's XOR checksum.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/digest.h"

namespace larder::digest {

/// SHA-256, streaming. Movable; throws std::bad_alloc on construction.
class Sha256 {
 public:
  Sha256();
  Sha256(Sha256&&) noexcept;
  Sha256& operator=(Sha256&&) noexcept;
  ~Sha256();
  void update(std::span<const std::byte> bytes) noexcept;
  /// The digest of everything so far. Call once.
  [[nodiscard]] Digest finish() noexcept;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

/// MD5, streaming: an id in foreign formats, never a proof.
class Md5 {
 public:
  using Value = std::array<std::byte, 16>;
  Md5();
  Md5(Md5&&) noexcept;
  Md5& operator=(Md5&&) noexcept;
  ~Md5();
  void update(std::span<const std::byte> bytes) noexcept;
  /// As if it had seen what `other` has seen, and nothing else.
  void continue_from(const Md5& other) noexcept;
  [[nodiscard]] Value finish() noexcept;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

[[nodiscard]] Digest sha256(std::span<const std::byte> bytes);

/// zlib's CRC-32, continued from `seed`.
[[nodiscard]] std::uint32_t crc32(std::string_view text, std::uint32_t seed = 0) noexcept;

/// LayaDCC's content checksum, streaming: XOR of the little-endian 8-byte lanes, the tail into byte
/// 0, the halves folded. Chunks may be of any size. Weak by design; see the format's description.
class LayaXor {
 public:
  void update(std::span<const std::byte> bytes) noexcept;
  /// As the runtime computes it: may be 0. The packing tool writes 1 instead of 0.
  [[nodiscard]] std::uint32_t value() const noexcept;

 private:
  std::uint64_t lanes_ = 0;  ///< whole lanes so far
  std::uint64_t tail_ = 0;   ///< bytes of the unfinished lane, in place
  unsigned tail_bytes_ = 0;  ///< how many
};

/// 0 and 1 mean the same: the original tool turns 0 into 1, the original runtime does not.
[[nodiscard]] constexpr bool laya_xor_equal(std::uint32_t a, std::uint32_t b) noexcept {
  return a == b || (a <= 1 && b <= 1);
}

}  // namespace larder::digest
