#include "hotfix/sign.h"

#include <array>
#include <climits>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

namespace larder::hotfix {
namespace {

struct Free {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

constexpr std::size_t kSignatureBytes = 64;
constexpr std::size_t kKeyBytes = 32;

const unsigned char* bytes_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string to_hex(std::span<const unsigned char> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const unsigned char byte : bytes) {
    text += kDigits[byte >> 4];
    text += kDigits[byte & 15];
  }
  return text;
}

template <std::size_t kBytes>
std::optional<std::array<unsigned char, kBytes>> from_hex(std::string_view text) {
  const auto digit = [](char c) {
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  };
  std::array<unsigned char, kBytes> bytes{};
  if (text.size() != 2 * kBytes) return std::nullopt;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const int high = digit(text[2 * i]);
    const int low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    bytes[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return bytes;
}

/// A passphrase is never asked for.
int no_passphrase(char*, int, int, void*) {
  return -1;
}

template <class Read>
Key read_key(const std::string& pem, const Read& read) {
  if (pem.size() > INT_MAX) return nullptr;
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  Key key(bio ? read(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (key && EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) key.reset();
  return key;
}

Key read_public_key(const std::string& text) {
  std::string_view digits = text;
  while (!digits.empty() && (digits.back() == '\n' || digits.back() == '\r'))
    digits.remove_suffix(1);
  if (const auto bytes = from_hex<kKeyBytes>(digits))
    return Key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes->data(), bytes->size()));
  return read_key(text, PEM_read_bio_PUBKEY);
}

}  // namespace

std::string sha256_hex(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha256(), nullptr);
  return to_hex(std::span(digest).first(size));
}

std::string signature_hash(std::string_view name, std::string_view result) {
  return sha256_hex(std::string(result) + " " + std::string(name)).substr(0, 16);
}

Result<std::string> sign(std::string_view message, const std::string& private_key) {
  const Key key = read_key(private_key, PEM_read_bio_PrivateKey);
  if (!key) return std::error_code(errc::bad_key);
  const Context context(EVP_MD_CTX_new());
  std::array<unsigned char, kSignatureBytes> signature{};
  std::size_t size = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, bytes_of(message), message.size()) !=
          1)
    return std::error_code(errc::bad_key);
  return to_hex(signature);
}

Result<void> verify(std::string_view message, std::string_view signature,
                    const std::vector<std::string>& public_keys) {
  const auto bytes = from_hex<kSignatureBytes>(signature);
  bool is_signed = false;
  for (const std::string& pem : public_keys) {
    const Key key = read_public_key(pem);
    if (!key) return std::error_code(errc::bad_key);
    if (!bytes || is_signed) continue;  // the other keys are still looked at
    const Context context(EVP_MD_CTX_new());
    is_signed = context &&
                EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
                EVP_DigestVerify(context.get(), bytes->data(), bytes->size(), bytes_of(message),
                                 message.size()) == 1;
  }
  if (!is_signed) return std::error_code(errc::bad_signature);
  return {};
}

}  // namespace larder::hotfix
