// TLS towards https servers: chain and host name are always verified.
#pragma once

#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include <larder/result.h>

#include "net/tls_pins.h"
#include "net/tls_sessions.h"

namespace larder::net {

/// TLS 1.2 or later, trusting the certificates of a file, or the system's. Threads: any.
class TlsClient {
 public:
  using Context = std::shared_ptr<boost::asio::ssl::context>;

  /// `ca_file` (PEM) is loaded at once; empty: the system's certificates, which take a while to
  /// load, are loaded by the first context(). `pins`: as TlsOptions::pins. errc::invalid_argument,
  /// with a sentence in `why` (may be null), if either cannot be used.
  static Result<std::unique_ptr<TlsClient>> make(const std::string& ca_file,
                                                 const std::vector<std::string>& pins,
                                                 std::string* why);

  /// Null if the system's certificates cannot be loaded.
  [[nodiscard]] Context context();
  /// Of connections made with context().
  [[nodiscard]] const std::shared_ptr<TlsSessions>& sessions() const noexcept { return sessions_; }

 private:
  /// Null, with a reason in `ec`, if it cannot be made.
  Context make_context(const std::string& ca_file, boost::system::error_code& ec);

  std::shared_ptr<const TlsPins> pins_;  // shared with the contexts; null: no key is asked for
  const std::shared_ptr<TlsSessions> sessions_ = std::make_shared<TlsSessions>();
  std::mutex mutex_;
  Context context_;  // guarded by mutex_
};

/// Before the handshake: `session` announces `host` and will refuse a certificate for another one.
/// False: OpenSSL is out of memory.
bool expect_host(SSL* session, const std::string& host);

/// After a failed handshake: why the certificate was refused; empty if it was not.
std::string certificate_problem(SSL* session);

}  // namespace larder::net
