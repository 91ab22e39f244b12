#include "digest/evp.h"

#include <new>
#include <stdexcept>
#include <string>

namespace larder::digest::evp {
namespace {

const EVP_MD* fetch(const char* name) {
  // Never freed: it is used until the process ends, also by destructors of static objects.
  const EVP_MD* algorithm = EVP_MD_fetch(nullptr, name, nullptr);
  if (!algorithm) throw std::runtime_error(std::string("OpenSSL does not offer ") + name);
  return algorithm;
}

unsigned char* as_uchar(std::byte* bytes) {
  return reinterpret_cast<unsigned char*>(bytes);
}

}  // namespace

const EVP_MD* sha256() {
  static const EVP_MD* const algorithm = fetch("SHA256");
  return algorithm;
}

const EVP_MD* md5() {
  static const EVP_MD* const algorithm = fetch("MD5");
  return algorithm;
}

void hash(const EVP_MD* algorithm, std::span<const std::byte> bytes, std::byte* into) {
  if (EVP_Digest(bytes.data(), bytes.size(), as_uchar(into), nullptr, algorithm, nullptr) != 1)
    throw std::bad_alloc();
}

Stream::Stream(const EVP_MD* algorithm) : context_(EVP_MD_CTX_new()) {
  if (!context_ || EVP_DigestInit_ex2(context_.get(), algorithm, nullptr) != 1)
    throw std::bad_alloc();
}

// Updating and finishing an initialised software digest cannot fail: neither allocates.
void Stream::update(std::span<const std::byte> bytes) noexcept {
  EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size());
}

// Copying can, for want of memory; what is computed then fulfils nothing.
void Stream::continue_from(const Stream& other) noexcept {
  EVP_MD_CTX_copy_ex(context_.get(), other.context_.get());
}

void Stream::finish(std::byte* into) noexcept {
  EVP_DigestFinal_ex(context_.get(), as_uchar(into), nullptr);
}

}  // namespace larder::digest::evp
