// TestCertificates: an authority and server certificates, made when a test needs them.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "support/temp_directory.h"

namespace larder::test {

/// What a certificate says. Times are relative to now.
struct CertificateWish {
  std::vector<std::string> host_names = {"localhost"};
  std::vector<std::string> addresses = {"127.0.0.1"};
  std::chrono::hours valid_from{-24};
  std::chrono::hours valid_until{24};
  bool self_signed = false;  ///< by its own key, instead of by the authority
};

struct CertificateFiles {
  std::string certificate;  ///< PEM
  std::string key;          ///< PEM, not encrypted
};

/// Of the public key in a certificate, as TlsOptions::pins has it.
std::string pin_of(const std::string& certificate_file);

/// The files live as long as the object.
class TestCertificates {
 public:
  TestCertificates();

  /// The authority's certificate, PEM.
  [[nodiscard]] const std::string& ca_file() const { return authority_.certificate; }
  CertificateFiles issue(const CertificateWish& wish = {});

 private:
  TempDirectory directory_;
  CertificateFiles authority_;
  int issued_ = 0;
};

}  // namespace larder::test
