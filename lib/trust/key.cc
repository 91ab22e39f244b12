#include "trust/key.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>

#include <algorithm>
#include <new>
#include <utility>

#include "digest/hex.h"

namespace larder::trust {
namespace {

struct Free {
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
  void operator()(BIO* bio) const noexcept { BIO_free_all(bio); }
  void operator()(PKCS8_PRIV_KEY_INFO* info) const noexcept { PKCS8_PRIV_KEY_INFO_free(info); }
  void operator()(X509_SIG* sealed) const noexcept { X509_SIG_free(sealed); }
  void operator()(X509_ALGOR* algorithm) const noexcept { X509_ALGOR_free(algorithm); }
};
template <class T>
using Owned = std::unique_ptr<T, Free>;

/// The only way in which the calls of this file fail with sound arguments.
template <class T>
Owned<T> owned(T* pointer) {
  if (!pointer) throw std::bad_alloc();
  return Owned<T>(pointer);
}
void require(int done) {
  if (done != 1) throw std::bad_alloc();
}

const unsigned char* as_uchar(const void* bytes) {
  return static_cast<const unsigned char*>(bytes);
}

Owned<BIO> reader_of(std::string_view text) {
  return owned(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

std::string text_of(BIO& bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(&bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

int give_passphrase(char* into, int size, int /*writing*/, void* passphrase) {
  const auto& text = *static_cast<const std::string_view*>(passphrase);
  if (text.empty() || text.size() > static_cast<std::size_t>(size)) return -1;
  std::copy(text.begin(), text.end(), into);
  return static_cast<int>(text.size());
}

/// What OpenSSL noted of a refusal would be taken for one of TLS later.
errc refuse() noexcept {
  ERR_clear_error();
  return errc::invalid_argument;
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t\r\n";
  const auto first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

PublicKey public_half(EVP_PKEY& key) {
  PublicKey half;
  std::size_t size = half.bytes.size();
  require(EVP_PKEY_get_raw_public_key(&key, reinterpret_cast<unsigned char*>(half.bytes.data()),
                                      &size));
  return half;
}

Owned<EVP_PKEY> load(const PublicKey& key) {
  return owned(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, as_uchar(key.bytes.data()),
                                           key.bytes.size()));
}

/// scrypt with N = 2^14, r = 8: 16 MiB (OpenSSL reads back no more than 32) and about a tenth of a
/// second for whoever tries a pass phrase.
Owned<X509_SIG> seal(PKCS8_PRIV_KEY_INFO& info, std::string_view passphrase) {
  constexpr std::uint64_t kN = 1u << 14;
  auto algorithm = owned(PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), nullptr, 0, nullptr, kN, 8, 1));
  X509_SIG* sealed = PKCS8_set0_pbe(passphrase.data(), static_cast<int>(passphrase.size()), &info,
                                    algorithm.get());
  if (!sealed) throw std::bad_alloc();
  static_cast<void>(algorithm.release());  // it belongs to `sealed` now
  return Owned<X509_SIG>(sealed);
}

}  // namespace

struct PrivateKey::Context {
  Owned<EVP_PKEY> key;
};

bool verify(const PublicKey& key, std::string_view message, const Signature& signature) {
  const auto loaded = load(key);
  const auto context = owned(EVP_MD_CTX_new());
  require(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, loaded.get()));
  const int good =
      EVP_DigestVerify(context.get(), as_uchar(signature.bytes.data()), signature.bytes.size(),
                       as_uchar(message.data()), message.size());
  ERR_clear_error();
  return good == 1;
}

Result<PublicKey> parse_public_key(std::string_view text) {
  text = trim(text);
  PublicKey key;
  if (digest::from_hex(text, key.bytes)) return key;
  if (text.empty()) return errc::invalid_argument;
  const auto bio = reader_of(text);
  const Owned<EVP_PKEY> loaded(PEM_read_bio_PUBKEY(bio.get(), nullptr, nullptr, nullptr));
  if (!loaded || EVP_PKEY_get_id(loaded.get()) != EVP_PKEY_ED25519) return refuse();
  return public_half(*loaded);
}

std::string to_text(const PublicKey& key) {
  return digest::to_hex(key.bytes);
}

std::string to_pem(const PublicKey& key) {
  const auto bio = owned(BIO_new(BIO_s_mem()));
  require(PEM_write_bio_PUBKEY(bio.get(), load(key).get()));
  return text_of(*bio);
}

PrivateKey::PrivateKey(std::unique_ptr<Context> context) noexcept : context_(std::move(context)) {}
PrivateKey::PrivateKey(PrivateKey&&) noexcept = default;
PrivateKey& PrivateKey::operator=(PrivateKey&&) noexcept = default;
PrivateKey::~PrivateKey() = default;

PrivateKey PrivateKey::generate() {
  return PrivateKey(
      std::make_unique<Context>(Context{owned(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"))}));
}

Result<PrivateKey> PrivateKey::from_pem(std::string_view pem, std::string_view passphrase) {
  const auto bio = reader_of(pem);
  Owned<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, give_passphrase, &passphrase));
  if (!key || EVP_PKEY_get_id(key.get()) != EVP_PKEY_ED25519) return refuse();
  return PrivateKey(std::make_unique<Context>(Context{std::move(key)}));
}

std::string PrivateKey::to_pem(std::string_view passphrase) const {
  // The buffer of a secret is wiped by OpenSSL when the BIO goes.
  const auto bio = owned(BIO_new(BIO_s_secmem()));
  const auto info = owned(EVP_PKEY2PKCS8(context_->key.get()));
  if (passphrase.empty())
    require(PEM_write_bio_PKCS8_PRIV_KEY_INFO(bio.get(), info.get()));
  else
    require(PEM_write_bio_PKCS8(bio.get(), seal(*info, passphrase).get()));
  return text_of(*bio);
}

PublicKey PrivateKey::public_key() const {
  return public_half(*context_->key);
}

Signature PrivateKey::sign(std::string_view message) const {
  Signature signature;
  std::size_t size = signature.bytes.size();
  const auto context = owned(EVP_MD_CTX_new());
  require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, context_->key.get()));
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.bytes.data()),
                         &size, as_uchar(message.data()), message.size()));
  return signature;
}

bool is_encrypted_key(std::string_view pem) noexcept {
  return pem.find("-----BEGIN ENCRYPTED PRIVATE KEY-----") != std::string_view::npos;
}

}  // namespace larder::trust
