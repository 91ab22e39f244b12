#include "net/tls_pins.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>

#include <algorithm>
#include <optional>
#include <utility>

#include <larder/error.h>

namespace larder::net {
namespace {

constexpr std::size_t kDigestBytes = 32;
/// Of so many bytes, the last character being padding.
constexpr std::size_t kBase64Chars = 44;

using Decoded = std::array<std::uint8_t, kDigestBytes>;

std::optional<Decoded> decode(std::string_view pin) {
  constexpr std::string_view kPrefix = "sha256/";
  if (!pin.starts_with(kPrefix)) return std::nullopt;
  pin.remove_prefix(kPrefix.size());
  if (pin.size() == kBase64Chars + 1 && pin.starts_with('/')) pin.remove_prefix(1);
  if (pin.size() != kBase64Chars || pin[kBase64Chars - 1] != '=' || pin[kBase64Chars - 2] == '=')
    return std::nullopt;
  std::array<std::uint8_t, kDigestBytes + 1> bytes{};  // the padding becomes a zero
  const int size = EVP_DecodeBlock(bytes.data(), reinterpret_cast<const unsigned char*>(pin.data()),
                                   static_cast<int>(pin.size()));
  if (size != static_cast<int>(bytes.size())) return std::nullopt;
  Decoded digest{};
  std::copy_n(bytes.begin(), kDigestBytes, digest.begin());
  return digest;
}

}  // namespace

Result<TlsPins> TlsPins::parse(const std::vector<std::string>& pins, std::string* why) {
  TlsPins parsed;
  for (const std::string& pin : pins) {
    const auto digest = decode(pin);
    if (!digest) {
      if (why) *why = "the pinned key '" + pin + "' is not of the form sha256//BASE64";
      return errc::invalid_argument;
    }
    parsed.keys_.push_back(*digest);
  }
  return parsed;
}

void TlsPins::guard(SSL_CTX* context) const {
  SSL_CTX_set_cert_verify_callback(context, &TlsPins::verify, const_cast<TlsPins*>(this));
}

bool TlsPins::refused(const SSL* connection) {
  return SSL_get_verify_result(connection) == X509_V_ERR_APPLICATION_VERIFICATION;
}

int TlsPins::verify(X509_STORE_CTX* chain, void* pins) noexcept {
  const int verified = X509_verify_cert(chain);
  if (verified != 1 || static_cast<const TlsPins*>(pins)->has_one_of(chain)) return verified;
  X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

bool TlsPins::has_one_of(X509_STORE_CTX* chain) const noexcept {
  const STACK_OF(X509)* const certificates = X509_STORE_CTX_get0_chain(chain);
  for (int i = 0; i < sk_X509_num(certificates); ++i) {
    KeyDigest digest{};
    unsigned size = 0;
    unsigned char* der = nullptr;
    const int length = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(sk_X509_value(certificates, i)), &der);
    if (length <= 0) continue;
    const bool hashed = EVP_Digest(der, static_cast<std::size_t>(length), digest.data(), &size,
                                   EVP_sha256(), nullptr) == 1;
    OPENSSL_free(der);
    if (hashed && std::find(keys_.begin(), keys_.end(), digest) != keys_.end()) return true;
  }
  return false;
}

}  // namespace larder::net
