// Connection: one TCP or TLS connection to one host, with its read buffer.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <larder/error.h>

#include "net/proxy.h"
#include "net/tls_client.h"

namespace larder::net {

/// Whom a connection leads to, and how. Connections by way of a proxy and direct ones are never
/// taken for each other.
struct Endpoint {
  bool tls = false;
  std::string host;
  std::uint16_t port = 0;
  const Proxy* proxy = nullptr;  ///< null: directly

  /// "host:port".
  [[nodiscard]] std::string name() const;

  auto operator<=>(const Endpoint&) const = default;
};

/// Threads: all on `executor`, a strand. The coroutines throw boost::system::system_error when the
/// connection or the exchange ends.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  /// `buffer_bytes`: room for what arrives; the longest head that can be parsed.
  Connection(const boost::asio::any_io_executor& executor, std::size_t buffer_bytes);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Resolves, connects and, with `tls`, shakes hands, behind the proxy if there is one. Throws
  /// Failure with errc::unreachable or one of the codes for proxies and certificates.
  boost::asio::awaitable<void> open(Endpoint endpoint, TlsClient& tls,
                                    const std::string& user_agent);
  /// Sends `text` behind what is being sent. Returns at once, and nobody's end stops it half-way;
  /// if it fails, so will the wait for the answer.
  void send(std::string_view text) noexcept;
  [[nodiscard]] bool is_tls() const noexcept { return tls_.has_value(); }
  [[nodiscard]] bool is_sending() const noexcept { return !sending_.empty(); }
  /// Waits for bytes and appends them to unread(); returns how many. Throws Failure with
  /// errc::bad_response if the buffer is full; boost::asio::error::eof at the orderly end of the
  /// stream.
  boost::asio::awaitable<std::size_t> read_more();

  /// What has arrived and is not consumed. Valid until read_more().
  [[nodiscard]] std::span<const char> unread() const noexcept;
  /// The first `count` bytes of unread() are done with.
  void consume(std::size_t count) noexcept { begin_ += count; }

  /// Ends whatever is awaited of the connection.
  void close() noexcept;

  [[nodiscard]] boost::asio::ip::tcp::socket& socket() noexcept { return socket_; }
  /// For whoever keeps the connection while it is idle.
  [[nodiscard]] boost::asio::steady_timer& timer() noexcept { return timer_; }

 private:
  using TlsStream = boost::asio::ssl::stream<boost::asio::ip::tcp::socket&>;

  boost::asio::awaitable<void> reach(std::string host, std::uint16_t port, errc error,
                                     std::string whom);
  /// Has the proxy lead to the endpoint (CONNECT).
  boost::asio::awaitable<void> tunnel(const Endpoint& endpoint, const std::string& user_agent);
  /// The status of the proxy's answer.
  boost::asio::awaitable<unsigned> tunnel_answer();
  boost::asio::awaitable<void> shake_hands(std::string host);
  void write_some();

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer timer_;
  TlsClient::Context tls_context_;               // outlives tls_
  std::optional<TlsResumption> tls_resumption_;  // outlives tls_
  std::optional<TlsStream> tls_;
  std::string outgoing_;  // not yet being sent
  std::string sending_;   // empty: nothing is being sent
  std::vector<char> buffer_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

}  // namespace larder::net
