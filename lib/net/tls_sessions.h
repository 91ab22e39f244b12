// TlsSessions: what servers gave for a shorter handshake the next time.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>

namespace larder::net {

/// The last session of each peer ("host:port") whose certificate was verified. In memory only.
/// Threads: any.
class TlsSessions {
 public:
  struct Free {
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
  };
  using Session = std::unique_ptr<SSL_SESSION, Free>;

  /// As many peers are remembered.
  static constexpr std::size_t kMostPeers = 64;

  /// Null if there is none that can still be used.
  [[nodiscard]] Session find(const std::string& peer) const;
  void keep(const std::string& peer, Session session);

 private:
  mutable std::mutex mutex_;
  std::map<std::string, Session> sessions_;  // guarded by mutex_
};

/// One connection's part in it: has a handshake go on with the peer's last session, and keeps the
/// ones that the peer gives. Outlives the SSL object.
class TlsResumption {
 public:
  TlsResumption(std::shared_ptr<TlsSessions> sessions, std::string peer)
      : sessions_(std::move(sessions)), peer_(std::move(peer)) {}
  TlsResumption(const TlsResumption&) = delete;
  TlsResumption& operator=(const TlsResumption&) = delete;

  /// Has connections of this context give their sessions away.
  static void prepare(SSL_CTX* context);
  /// Before the handshake of `connection`.
  void offer(SSL* connection);

 private:
  static int keep(SSL* connection, SSL_SESSION* session) noexcept;

  const std::shared_ptr<TlsSessions> sessions_;
  const std::string peer_;
};

}  // namespace larder::net
