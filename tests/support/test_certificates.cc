#include "support/test_certificates.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <memory>

namespace larder::test {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;
using Bio = std::unique_ptr<BIO, Free<BIO_free_all>>;

void check(bool done) {
  if (!done) std::abort();
}

Bio open(const std::string& path, const char* mode) {
  Bio file(BIO_new_file(path.c_str(), mode));
  check(file != nullptr);
  return file;
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
  check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

Certificate make_certificate(EVP_PKEY* key, const std::string& name, const CertificateWish& wish,
                             int serial) {
  Certificate certificate(X509_new());
  X509* const c = certificate.get();
  X509_set_version(c, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(c), serial);
  X509_gmtime_adj(X509_getm_notBefore(c), std::chrono::seconds(wish.valid_from).count());
  X509_gmtime_adj(X509_getm_notAfter(c), std::chrono::seconds(wish.valid_until).count());
  X509_set_pubkey(c, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(c), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  return certificate;
}

void sign_and_write(X509* certificate, X509* issuer, EVP_PKEY* issuer_key, EVP_PKEY* key,
                    const CertificateFiles& files) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  check(X509_sign(certificate, issuer_key, EVP_sha256()) > 0);
  check(PEM_write_bio_X509(open(files.certificate, "w").get(), certificate) == 1);
  check(PEM_write_bio_PrivateKey(open(files.key, "w").get(), key, nullptr, nullptr, 0, nullptr,
                                 nullptr) == 1);
}

std::string alternative_names(const CertificateWish& wish) {
  std::string names;
  for (const std::string& name : wish.host_names) names += ",DNS:" + name;
  for (const std::string& address : wish.addresses) names += ",IP:" + address;
  return names.empty() ? names : names.substr(1);
}

}  // namespace

std::string pin_of(const std::string& certificate_file) {
  const Certificate certificate(
      PEM_read_bio_X509(open(certificate_file, "r").get(), nullptr, nullptr, nullptr));
  check(certificate != nullptr);
  unsigned char* der = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate.get()), &der);
  check(size > 0);
  unsigned char digest[32];
  check(EVP_Digest(der, static_cast<std::size_t>(size), digest, nullptr, EVP_sha256(), nullptr) ==
        1);
  OPENSSL_free(der);
  unsigned char text[45];
  EVP_EncodeBlock(text, digest, sizeof digest);
  return "sha256//" + std::string(reinterpret_cast<const char*>(text));
}

TestCertificates::TestCertificates() : authority_{directory_ / "ca.pem", directory_ / "ca.key"} {
  const Key key(EVP_EC_gen("P-256"));
  check(key != nullptr);
  const Certificate certificate = make_certificate(key.get(), "Test Authority", {}, 1);
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), NID_key_usage, "critical,keyCertSign,cRLSign");
  sign_and_write(certificate.get(), certificate.get(), key.get(), key.get(), authority_);
}

CertificateFiles TestCertificates::issue(const CertificateWish& wish) {
  const std::string stem = directory_ / ("server" + std::to_string(++issued_));
  CertificateFiles files{stem + ".pem", stem + ".key"};
  const Key key(EVP_EC_gen("P-256"));
  check(key != nullptr);
  const Certificate certificate = make_certificate(key.get(), "Test Server", wish, issued_ + 1);
  const std::string names = alternative_names(wish);
  if (!names.empty()) add_extension(certificate.get(), NID_subject_alt_name, names);
  if (wish.self_signed) {
    sign_and_write(certificate.get(), certificate.get(), key.get(), key.get(), files);
    return files;
  }
  const Certificate issuer(
      PEM_read_bio_X509(open(authority_.certificate, "r").get(), nullptr, nullptr, nullptr));
  const Key issuer_key(
      PEM_read_bio_PrivateKey(open(authority_.key, "r").get(), nullptr, nullptr, nullptr));
  check(issuer && issuer_key);
  sign_and_write(certificate.get(), issuer.get(), issuer_key.get(), key.get(), files);
  return files;
}

}  // namespace larder::test
