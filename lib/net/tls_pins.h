// TlsPins: public keys of which a server has to show one.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

namespace larder::net {

/// Immutable; any thread.
class TlsPins {
 public:
  /// `pins`: `sha256//BASE64` or `sha256/BASE64` each, of a SubjectPublicKeyInfo's SHA-256.
  /// errc::invalid_argument, with a sentence in `why` (may be null). Throws std::bad_alloc.
  static Result<TlsPins> parse(const std::vector<std::string>& pins, std::string* why);

  /// From now on connections of `context` refuse who has none of the keys in the chain that was
  /// verified. It is part of the handshake, so no session of such a server is ever kept. The pins
  /// must outlive the context.
  void guard(SSL_CTX* context) const;
  /// After a failed handshake: everything else was right.
  [[nodiscard]] static bool refused(const SSL* connection);

 private:
  using KeyDigest = std::array<std::uint8_t, 32>;

  static int verify(X509_STORE_CTX* chain, void* pins) noexcept;
  [[nodiscard]] bool has_one_of(X509_STORE_CTX* chain) const noexcept;

  std::vector<KeyDigest> keys_;
};

}  // namespace larder::net
