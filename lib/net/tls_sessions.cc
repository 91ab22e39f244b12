#include "net/tls_sessions.h"

#include <exception>
#include <utility>

namespace larder::net {
namespace {

/// Under which a connection knows its TlsResumption.
int place() {
  static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

/// Not shared with a connection: OpenSSL spoils the session of one that ends without a goodbye.
TlsSessions::Session copy_of(SSL_SESSION* session) {
  return TlsSessions::Session(SSL_SESSION_dup(session));
}

}  // namespace

TlsSessions::Session TlsSessions::find(const std::string& peer) const {
  std::lock_guard lock(mutex_);
  const auto found = sessions_.find(peer);
  if (found == sessions_.end() || SSL_SESSION_is_resumable(found->second.get()) != 1)
    return nullptr;
  return copy_of(found->second.get());
}

void TlsSessions::keep(const std::string& peer, Session session) {
  std::lock_guard lock(mutex_);
  const auto known = sessions_.find(peer);
  if (known != sessions_.end()) {
    known->second = std::move(session);
    return;
  }
  if (sessions_.size() >= kMostPeers) sessions_.erase(sessions_.begin());
  sessions_.emplace(peer, std::move(session));
}

void TlsResumption::prepare(SSL_CTX* context) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE);
  SSL_CTX_sess_set_new_cb(context, &TlsResumption::keep);
}

void TlsResumption::offer(SSL* connection) {
  if (place() < 0 || SSL_set_ex_data(connection, place(), this) != 1) return;
  // Without a session, or if the server does not want it, the handshake is a full one.
  if (const auto session = sessions_->find(peer_)) SSL_set_session(connection, session.get());
}

int TlsResumption::keep(SSL* connection, SSL_SESSION* session) noexcept try {
  auto* const self = static_cast<TlsResumption*>(SSL_get_ex_data(connection, place()));
  if (!self || SSL_get_verify_result(connection) != X509_V_OK) return 0;
  TlsSessions::Session copy = copy_of(session);
  if (copy) self->sessions_->keep(self->peer_, std::move(copy));
  return 0;
} catch (const std::exception&) {  // then the next handshake is a full one
  return 0;
}

}  // namespace larder::net
