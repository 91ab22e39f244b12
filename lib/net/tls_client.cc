#include "net/tls_client.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>

#include <larder/error.h>

namespace larder::net {

namespace ssl = boost::asio::ssl;

TlsClient::Context TlsClient::make_context(const std::string& ca_file,
                                           boost::system::error_code& ec) {
  // The context asks the pins: they live as long.
  struct Pinned {
    std::shared_ptr<const TlsPins> pins;
    ssl::context context{ssl::context::tls_client};
  };
  const auto pinned = std::make_shared<Pinned>(Pinned{pins_});
  const Context context(pinned, &pinned->context);
  if (pins_) pins_->guard(context->native_handle());
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  TlsResumption::prepare(context->native_handle());
  context->set_verify_mode(ssl::verify_peer, ec);
  if (ec) return nullptr;
  if (ca_file.empty())
    context->set_default_verify_paths(ec);
  else
    context->load_verify_file(ca_file, ec);
  return ec ? nullptr : context;
}

Result<std::unique_ptr<TlsClient>> TlsClient::make(const std::string& ca_file,
                                                   const std::vector<std::string>& pins,
                                                   std::string* why) {
  auto client = std::make_unique<TlsClient>();
  if (!pins.empty()) {
    auto keys = TlsPins::parse(pins, why);
    if (!keys) return keys.error();
    client->pins_ = std::make_shared<const TlsPins>(*std::move(keys));
  }
  if (ca_file.empty()) return client;
  boost::system::error_code ec;
  client->context_ = client->make_context(ca_file, ec);
  if (client->context_) return client;
  if (why)
    *why = "the file of trusted certificates '" + ca_file + "' cannot be used: " + ec.message();
  return errc::invalid_argument;
}

TlsClient::Context TlsClient::context() {
  std::lock_guard lock(mutex_);
  boost::system::error_code ignored;
  if (!context_) context_ = make_context({}, ignored);
  return context_;
}

bool expect_host(SSL* session, const std::string& host) {
  boost::system::error_code not_an_address;
  boost::asio::ip::make_address(host, not_an_address);
  if (!not_an_address)
    return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(session), host.c_str()) == 1;
  // The function behind SSL_set_tlsext_host_name, a macro with a cast that we warn about.
  std::string name = host;
  return SSL_ctrl(session, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name.data()) ==
             1 &&
         SSL_set1_host(session, host.c_str()) == 1;
}

std::string certificate_problem(SSL* session) {
  const long result = SSL_get_verify_result(session);
  return result == X509_V_OK ? std::string{} : X509_verify_cert_error_string(result);
}

}  // namespace larder::net
