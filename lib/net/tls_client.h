// TLS towards https servers: chain and host name are always verified.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>

#include <larder/result.h>

namespace larder::net {

/// A context for TLS 1.2 or later that trusts the certificates in `ca_file` (PEM), or the system's
/// if that is empty. errc::invalid_argument, with a sentence in `why` (may be null), if the file
/// cannot be used.
Result<std::shared_ptr<boost::asio::ssl::context>> make_tls_context(const std::string& ca_file,
                                                                    std::string* why);

/// Before the handshake: `session` announces `host` and will refuse a certificate for another one.
/// False: OpenSSL is out of memory.
bool expect_host(SSL* session, const std::string& host);

/// After a failed handshake: why the certificate was refused; empty if it was not.
std::string certificate_problem(SSL* session);

}  // namespace larder::net
