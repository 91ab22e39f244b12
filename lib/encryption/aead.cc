#include "encryption/aead.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include <algorithm>
#include <limits>
#include <new>

namespace larder::encryption {
namespace {

constexpr std::size_t kNonceBytes = 12;

void require(bool went_well) {
  if (!went_well) throw std::bad_alloc();  // there is no other reason
}

const unsigned char* in(std::span<const std::byte> bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* out(std::span<std::byte> bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

std::array<unsigned char, kNonceBytes> nonce_of(std::uint64_t number) {
  std::array<unsigned char, kNonceBytes> nonce{};
  for (std::size_t i = 0; i < sizeof number; ++i)
    nonce[i] = static_cast<unsigned char>(number >> (8 * i));
  return nonce;
}

}  // namespace

struct Aead::Context {
  EVP_CIPHER_CTX* cipher = EVP_CIPHER_CTX_new();
  ContentKey key{};
  ~Context() {
    EVP_CIPHER_CTX_free(cipher);
    OPENSSL_cleanse(key.data(), key.size());
  }

  [[nodiscard]] bool begin(bool encrypts, std::uint64_t number, std::span<const std::byte> with) {
    const auto nonce = nonce_of(number);
    int length = 0;
    return EVP_CipherInit_ex(cipher, EVP_aes_256_gcm(), nullptr, in(key), nonce.data(),
                             encrypts ? 1 : 0) == 1 &&
           with.size() <= std::numeric_limits<int>::max() &&
           (with.empty() || EVP_CipherUpdate(cipher, nullptr, &length, in(with),
                                             static_cast<int>(with.size())) == 1);
  }
  [[nodiscard]] bool convert(std::span<const std::byte> from, std::span<std::byte> into) {
    int length = 0;
    return from.size() <= std::numeric_limits<int>::max() && into.size() >= from.size() &&
           (from.empty() || EVP_CipherUpdate(cipher, out(into), &length, in(from),
                                             static_cast<int>(from.size())) == 1);
  }
};

Aead::Aead(const ContentKey& key) : context_(std::make_unique<Context>()) {
  require(context_->cipher != nullptr);
  context_->key = key;
}
Aead::~Aead() = default;
Aead::Aead(Aead&&) noexcept = default;
Aead& Aead::operator=(Aead&&) noexcept = default;

Tag Aead::seal(std::uint64_t number, std::span<const std::byte> with,
               std::span<const std::byte> plain, std::span<std::byte> into) {
  Tag tag{};
  std::array<unsigned char, kTagBytes> rest{};
  int length = 0;
  require(context_->begin(true, number, with) && context_->convert(plain, into) &&
          EVP_CipherFinal_ex(context_->cipher, rest.data(), &length) == 1 &&
          EVP_CIPHER_CTX_ctrl(context_->cipher, EVP_CTRL_GCM_GET_TAG, kTagBytes, tag.data()) == 1);
  return tag;
}

bool Aead::open(std::uint64_t number, std::span<const std::byte> with,
                std::span<const std::byte> sealed, std::span<const std::byte> tag,
                std::span<std::byte> into) noexcept {
  Tag expected{};
  if (tag.size() != expected.size()) return false;
  std::copy(tag.begin(), tag.end(), expected.begin());
  std::array<unsigned char, kTagBytes> rest{};
  int length = 0;
  return context_->begin(false, number, with) && context_->convert(sealed, into) &&
         EVP_CIPHER_CTX_ctrl(context_->cipher, EVP_CTRL_GCM_SET_TAG, kTagBytes, expected.data()) ==
             1 &&
         EVP_CipherFinal_ex(context_->cipher, rest.data(), &length) == 1;
}

ContentKey random_content_key() {
  ContentKey key{};
  require(RAND_priv_bytes(out(key), static_cast<int>(key.size())) == 1);
  return key;
}

Hash256 hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> text) {
  Hash256 hash{};
  unsigned length = 0;
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), in(text), text.size(),
               out(hash), &length) != nullptr);
  return hash;
}

ContentKey derive_key(const ContentKey& from, std::span<const std::byte> salt,
                      std::string_view purpose) {
  EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* const context = kdf ? EVP_KDF_CTX_new(kdf) : nullptr;
  char digest[] = "SHA256";
  const auto octets = [](const char* name, const void* data, std::size_t size) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<void*>(data), size);
  };
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      octets(OSSL_KDF_PARAM_KEY, from.data(), from.size()),
      octets(OSSL_KDF_PARAM_SALT, salt.data(), salt.size()),
      octets(OSSL_KDF_PARAM_INFO, purpose.data(), purpose.size()), OSSL_PARAM_construct_end()};
  ContentKey key{};
  const bool derived = context && EVP_KDF_derive(context, out(key), key.size(), parameters) == 1;
  EVP_KDF_CTX_free(context);
  EVP_KDF_free(kdf);
  require(derived);
  return key;
}

}  // namespace larder::encryption
