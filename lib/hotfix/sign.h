// Digests and Ed25519 signatures, by OpenSSL.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <larder/hotfix/error.h>
#include <larder/result.h>

namespace larder::hotfix {

/// SHA-256, 64 hex digits.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);
/// What a manifest names a point's signature by: 16 hex digits.
[[nodiscard]] std::string signature_hash(std::string_view name, std::string_view result);

/// The Ed25519 signature of `message`, 128 hex digits. `private_key`: PKCS#8 in PEM, not encrypted.
/// Error: errc::bad_key.
[[nodiscard]] Result<std::string> sign(std::string_view message, const std::string& private_key);
/// Whether one of the keys (SubjectPublicKeyInfo in PEM, or 64 hex digits) signed the message.
/// errc::bad_key if one of them is none, errc::bad_signature if nobody did.
[[nodiscard]] Result<void> verify(std::string_view message, std::string_view signature,
                                  const std::vector<std::string>& public_keys);

}  // namespace larder::hotfix
