// One streaming digest computed by OpenSSL. Private to this room.
#pragma once

#include <openssl/evp.h>

#include <cstddef>
#include <memory>
#include <span>

namespace larder::digest::evp {

/// OpenSSL's implementation, looked up once: a look-up costs more than hashing a small file.
/// Throws std::runtime_error if this OpenSSL was built without it.
const EVP_MD* sha256();
const EVP_MD* md5();

/// The digest of one stretch of bytes. `into` must hold the digest. Throws std::bad_alloc.
void hash(const EVP_MD* algorithm, std::span<const std::byte> bytes, std::byte* into);

/// A running digest. Throws std::bad_alloc on construction.
class Stream {
 public:
  explicit Stream(const EVP_MD* algorithm);
  void update(std::span<const std::byte> bytes) noexcept;
  /// As if it had seen what `other` has seen, and nothing else. Of the same algorithm.
  void continue_from(const Stream& other) noexcept;
  /// Call once. `into` must hold the digest.
  void finish(std::byte* into) noexcept;

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace larder::digest::evp
