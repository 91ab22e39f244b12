// Ed25519 keys and signatures (RFC 8032), computed by OpenSSL.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <larder/result.h>

namespace larder::trust {

struct PublicKey {
  std::array<std::byte, 32> bytes{};
  friend auto operator<=>(const PublicKey&, const PublicKey&) = default;
};

struct Signature {
  std::array<std::byte, 64> bytes{};
  friend bool operator==(const Signature&, const Signature&) = default;
};

/// Whether `signature` is that of `key` over exactly `message`.
[[nodiscard]] bool verify(const PublicKey& key, std::string_view message,
                          const Signature& signature);

/// Reads a public key: 64 hex digits, or PEM (`PUBLIC KEY`, as `openssl pkey -pubout` writes it).
/// Spaces around it do not matter. errc::invalid_argument.
[[nodiscard]] Result<PublicKey> parse_public_key(std::string_view text);
/// 64 hex digits.
[[nodiscard]] std::string to_text(const PublicKey& key);
/// PEM (`PUBLIC KEY`).
[[nodiscard]] std::string to_pem(const PublicKey& key);

/// A key that signs. Its bytes are wiped when it goes. Movable. Throws std::bad_alloc.
class PrivateKey {
 public:
  /// From the operating system's randomness.
  [[nodiscard]] static PrivateKey generate();
  /// Reads PKCS#8 PEM. `passphrase` opens `ENCRYPTED PRIVATE KEY`.
  /// errc::invalid_argument: no Ed25519 key, or the pass phrase is missing or wrong.
  [[nodiscard]] static Result<PrivateKey> from_pem(std::string_view pem,
                                                   std::string_view passphrase = {});

  PrivateKey(PrivateKey&&) noexcept;
  PrivateKey& operator=(PrivateKey&&) noexcept;
  ~PrivateKey();

  /// PKCS#8 PEM; encrypted (PBES2: scrypt, AES-256-CBC) unless `passphrase` is empty.
  [[nodiscard]] std::string to_pem(std::string_view passphrase = {}) const;
  [[nodiscard]] PublicKey public_key() const;
  [[nodiscard]] Signature sign(std::string_view message) const;

 private:
  struct Context;
  explicit PrivateKey(std::unique_ptr<Context> context) noexcept;
  std::unique_ptr<Context> context_;
};

/// Whether `pem` holds a private key that needs a pass phrase.
[[nodiscard]] bool is_encrypted_key(std::string_view pem) noexcept;

}  // namespace larder::trust
