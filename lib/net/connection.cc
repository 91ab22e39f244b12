#include "net/connection.h"

#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <cstring>
#include <utility>

#include <larder/error.h>

#include "net/connect.h"
#include "net/failure.h"
#include "net/resolve.h"

namespace larder::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::system_error;

Connection::Connection(const asio::any_io_executor& executor, std::size_t buffer_bytes)
    : socket_(executor), timer_(executor), buffer_(buffer_bytes) {}

std::string Endpoint::name() const {
  return (host.find(':') == host.npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

asio::awaitable<void> Connection::open(Endpoint endpoint, TlsClient& tls,
                                       const std::string& user_agent) {
  const Proxy* const proxy = endpoint.proxy;
  if (proxy && !proxy->problem.empty()) throw Failure(errc::invalid_argument, proxy->problem);
  if (proxy)
    co_await reach(proxy->host, proxy->port, errc::proxy_unreachable, "the proxy ");
  else
    co_await reach(endpoint.host, endpoint.port, errc::unreachable, "");
  if (!endpoint.tls) co_return;
  if (proxy) co_await tunnel(endpoint, user_agent);
  tls_context_ = tls.context();
  if (!tls_context_) throw Failure(errc::io, "the system's certificates cannot be loaded");
  tls_.emplace(socket_, *tls_context_);
  tls_resumption_.emplace(tls.sessions(), endpoint.name());
  tls_resumption_->offer(tls_->native_handle());
  co_await shake_hands(endpoint.host);
}

asio::awaitable<void> Connection::reach(std::string host, std::uint16_t port, errc error,
                                        std::string whom) {
  std::vector<tcp::endpoint> addresses;
  std::string problem;
  try {
    addresses = co_await resolve(host, port);
  } catch (const system_error& e) {
    problem = "the host name " + (whom.empty() ? whom : "of " + whom) + host +
              " cannot be resolved: " + e.code().message();
  }
  if (!problem.empty()) throw Failure(error, problem);

  try {
    socket_ = co_await connect_to_any(std::move(addresses));
  } catch (const system_error& e) {
    problem = "cannot connect to " + whom + Endpoint{false, host, port, nullptr}.name() + ": " +
              e.code().message();
  }
  if (!problem.empty()) throw Failure(error, problem);
  boost::system::error_code ignored;  // without it the connection is slower, not wrong
  socket_.set_option(tcp::no_delay(true), ignored);
}

asio::awaitable<void> Connection::shake_hands(std::string host) {
  if (!expect_host(tls_->native_handle(), host)) throw std::bad_alloc();
  boost::system::error_code ec;
  try {
    co_await tls_->async_handshake(asio::ssl::stream_base::client, asio::use_awaitable);
  } catch (const system_error& e) {
    ec = e.code();
  }
  if (!ec) co_return;
  if (TlsPins::refused(tls_->native_handle()))
    throw Failure(errc::not_pinned, "none of the public keys of " + host + " is pinned");
  const std::string problem = certificate_problem(tls_->native_handle());
  if (!problem.empty())
    throw Failure(errc::bad_certificate, "the certificate of " + host + " is refused: " + problem);
  throw Failure(errc::unreachable, "the TLS handshake with " + host + " failed: " + ec.message());
}

void Connection::send(std::string_view text) noexcept {
  try {
    outgoing_.append(text);
    if (sending_.empty()) write_some();
  } catch (const std::bad_alloc&) {  // half a request may be on its way
    close();
  }
}

void Connection::write_some() {
  sending_.clear();
  sending_.swap(outgoing_);
  if (sending_.empty()) return;
  auto written = [self = shared_from_this()](const boost::system::error_code& ec, std::size_t) {
    // After an error nothing more is sent. The server may still have said something: the reader
    // comes upon the end by itself.
    if (!ec) self->write_some();
  };
  if (tls_)
    asio::async_write(*tls_, asio::buffer(sending_), std::move(written));
  else
    asio::async_write(socket_, asio::buffer(sending_), std::move(written));
}

void Connection::close() noexcept {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

asio::awaitable<std::size_t> Connection::read_more() {
  if (begin_ == end_) begin_ = end_ = 0;
  if (begin_ > 0 && buffer_.size() - end_ < buffer_.size() / 2) {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= std::exchange(begin_, 0);
  }
  if (end_ == buffer_.size())
    throw Failure(errc::bad_response, "a line of the answer is longer than the limit");
  const asio::mutable_buffer room(buffer_.data() + end_, buffer_.size() - end_);
  std::size_t received = 0;
  if (tls_)
    received = co_await tls_->async_read_some(room, asio::use_awaitable);
  else
    received = co_await socket_.async_read_some(room, asio::use_awaitable);
  end_ += received;
  co_return received;
}

std::span<const char> Connection::unread() const noexcept {
  return {buffer_.data() + begin_, end_ - begin_};
}

}  // namespace larder::net
