// GCC 12 sees null pointers and foreign allocators in the frames of coroutines that are neither.
#pragma GCC diagnostic ignored "-Wnull-dereference"
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include "support/scripted_server.h"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <mutex>
#include <optional>
#include <thread>

namespace larder::test {

namespace asio = boost::asio;
using asio::use_awaitable;
using asio::ip::tcp;
using Kind = Reply::Step::Kind;

namespace {

constexpr std::chrono::milliseconds kLookAgain{1};

asio::awaitable<void> sleep(std::chrono::milliseconds time) {
  asio::steady_timer timer(co_await asio::this_coro::executor, time);
  co_await timer.async_wait(use_awaitable);
}

/// `before_last` is called before the last piece is sent.
template <class Stream, class BeforeLast>
asio::awaitable<void> drip(Stream& stream, std::string bytes, std::size_t piece,
                           std::chrono::milliseconds pause, BeforeLast before_last) {
  for (std::size_t at = 0; at < bytes.size(); at += piece) {
    if (at > 0 && pause.count() > 0) co_await sleep(pause);
    if (bytes.size() - at <= piece) before_last();
    const std::string part = bytes.substr(at, piece);
    co_await asio::async_write(stream, asio::buffer(part), use_awaitable);
  }
}

template <class Stream>
asio::awaitable<void> read_to_end(Stream& stream) {
  std::vector<char> scrap(4096);
  for (;;) co_await stream.async_read_some(asio::buffer(scrap), use_awaitable);
}

template <class From, class To>
asio::awaitable<void> carry(From& from, To& to) {
  std::vector<char> bytes(16384);
  for (;;) {
    const std::size_t size = co_await from.async_read_some(asio::buffer(bytes), use_awaitable);
    co_await asio::async_write(to, asio::buffer(bytes, size), use_awaitable);
  }
}

template <class Stream>
asio::awaitable<void> relay(Stream& stream, std::uint16_t port) {
  using namespace asio::experimental::awaitable_operators;
  tcp::socket server(co_await asio::this_coro::executor);
  co_await server.async_connect({asio::ip::address_v4::loopback(), port}, use_awaitable);
  co_await (carry(stream, server) || carry(server, stream));
}

void reset(tcp::socket& socket) {
  socket.set_option(asio::socket_base::linger(true, 0));
  socket.close();
}

/// A whole head in `buffer`, at its beginning; returns its size.
template <class Stream>
asio::awaitable<std::size_t> await_request(Stream& stream, std::string& buffer) {
  return asio::async_read_until(stream, asio::dynamic_buffer(buffer), std::string("\r\n\r\n"),
                                use_awaitable);
}

/// `buffer`: what came behind the request. `early`: whether anything had come before the last bytes
/// of the reply were sent. False if the connection has ended.
template <class Stream>
asio::awaitable<bool> perform(Stream& stream, tcp::socket& socket, std::string& buffer, bool& early,
                              Reply reply) {
  const auto look = [&] { early = !buffer.empty() || socket.available() > 0; };
  for (const Reply::Step& step : reply.steps()) {
    switch (step.kind) {
      case Kind::send:
        look();
        co_await asio::async_write(stream, asio::buffer(step.bytes), use_awaitable);
        break;
      case Kind::drip: co_await drip(stream, step.bytes, step.piece, step.pause, look); break;
      case Kind::wait:
        while (!step.gate.is_open()) co_await sleep(kLookAgain);
        break;
      case Kind::next: co_await await_request(stream, buffer); break;
      case Kind::tell: Gate(step.gate).open(); break;
      case Kind::relay: co_await relay(stream, step.port); break;
      case Kind::stall: co_await read_to_end(stream); break;
      case Kind::close:
        if constexpr (!std::is_same_v<Stream, tcp::socket>)
          co_await stream.async_shutdown(use_awaitable);
        socket.shutdown(tcp::socket::shutdown_send);
        co_return false;
      case Kind::reset: reset(socket); co_return false;
    }
  }
  co_return true;
}

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

}  // namespace

Reply& Reply::send(std::string bytes) {
  steps_.push_back({Kind::send, std::move(bytes)});
  return *this;
}
Reply& Reply::drip(std::string bytes, std::size_t piece, std::chrono::milliseconds pause) {
  steps_.push_back({Kind::drip, std::move(bytes), piece, pause});
  return *this;
}
Reply& Reply::wait_for(Gate gate) {
  steps_.push_back({Kind::wait, {}, 0, {}, std::move(gate)});
  return *this;
}
Reply& Reply::wait_for_next() {
  steps_.push_back({Kind::next});
  return *this;
}
Reply& Reply::tell(Gate gate) {
  steps_.push_back({Kind::tell, {}, 0, {}, std::move(gate)});
  return *this;
}
Reply& Reply::relay_to(std::uint16_t port) {
  steps_.push_back({Kind::relay, {}, 0, {}, {}, port});
  return *this;
}
Reply& Reply::stall() {
  steps_.push_back({Kind::stall});
  return *this;
}
Reply& Reply::close() {
  steps_.push_back({Kind::close});
  return *this;
}
Reply& Reply::reset() {
  steps_.push_back({Kind::reset});
  return *this;
}

Reply answer(int status, std::string_view body, const std::vector<std::string>& headers) {
  std::string text = "HTTP/1.1 " + std::to_string(status) + " Status\r\n";
  for (const std::string& header : headers) text += header + "\r\n";
  text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  return Reply(text.append(body));
}

Reply chunked_answer(const std::vector<std::string>& pieces) {
  std::string text = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (const std::string& piece : pieces) {
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    text.append(size).append(piece).append("\r\n");
  }
  return Reply(text + "0\r\n\r\n");
}

Reply redirect_to(std::string_view location, int status) {
  return answer(status, {}, {"Location: " + std::string(location)});
}

std::string SeenRequest::header(std::string_view name) const {
  for (std::size_t at = raw.find("\r\n") + 2; at < raw.size();) {
    const std::size_t end = raw.find("\r\n", at);
    const std::string line = raw.substr(at, end - at);
    const std::size_t colon = line.find(':');
    if (colon != line.npos && same_name(line.substr(0, colon), name))
      return line.substr(line.find_first_not_of(' ', colon + 1));
    at = end + 2;
  }
  return {};
}

class ScriptedServer::Impl {
 public:
  Impl(Handler handler, ScriptedServerOptions options)
      : handler_(std::move(handler)),
        options_(std::move(options)),
        acceptor_(io_, {asio::ip::address_v4::loopback(), 0}),
        port_(acceptor_.local_endpoint().port()) {
    if (!options_.tls_cert_file.empty()) {
      tls_.emplace(asio::ssl::context::tls_server);
      tls_->use_certificate_chain_file(options_.tls_cert_file);
      tls_->use_private_key_file(options_.tls_key_file, asio::ssl::context::pem);
    }
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Impl() {
    io_.stop();
    thread_.join();
  }

  asio::awaitable<void> accept() {
    for (std::size_t number = 0;; ++number) {
      tcp::socket socket = co_await acceptor_.async_accept(use_awaitable);
      socket.set_option(tcp::no_delay(true));
      {
        std::lock_guard lock(mutex_);
        connections_ = number + 1;
        most_open_ = std::max(most_open_, ++open_);
      }
      asio::co_spawn(io_, serve(std::move(socket), number), [this](std::exception_ptr) {
        std::lock_guard lock(mutex_);
        --open_;
      });
    }
  }

  asio::awaitable<void> serve(tcp::socket socket, std::size_t connection) {
    std::string nothing;
    bool early = false;
    const bool go_on = co_await perform(socket, socket, nothing, early, options_.on_accept);
    if (!go_on) co_return;
    if (!tls_) {
      co_await converse(socket, socket, connection);
      co_return;
    }
    asio::ssl::stream<tcp::socket&> stream(socket, *tls_);
    co_await stream.async_handshake(asio::ssl::stream_base::server, use_awaitable);
    co_await converse(stream, socket, connection);
  }

  template <class Stream>
  asio::awaitable<void> converse(Stream& stream, tcp::socket& socket, std::size_t connection) {
    std::string buffer;
    bool early = false;
    bool go_on = true;
    while (go_on) {
      const std::size_t size = co_await await_request(stream, buffer);
      const SeenRequest request = note(buffer.substr(0, size), connection, early);
      buffer.erase(0, size);
      go_on = co_await perform(stream, socket, buffer, early, handler_(request));
    }
    // Without this a close with unread input would become a reset.
    co_await read_to_end(socket);
  }

  SeenRequest note(std::string raw, std::size_t connection, bool early) {
    SeenRequest request;
    request.raw = std::move(raw);
    const std::size_t begin = request.raw.find(' ') + 1;
    request.target = request.raw.substr(begin, request.raw.find(' ', begin) - begin);
    request.connection = connection;
    request.early = early;
    std::lock_guard lock(mutex_);
    request.number = requests_.size();
    requests_.push_back(request);
    return request;
  }

  const Handler handler_;
  const ScriptedServerOptions options_;
  mutable std::mutex mutex_;
  std::vector<SeenRequest> requests_;  // guarded by mutex_, as all below
  std::size_t connections_ = 0;
  std::size_t open_ = 0;
  std::size_t most_open_ = 0;

  std::optional<asio::ssl::context> tls_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
  std::thread thread_;
};

ScriptedServer::ScriptedServer(Handler handler, ScriptedServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(handler), std::move(options))) {}

ScriptedServer::ScriptedServer(std::vector<Reply> script, ScriptedServerOptions options)
    : ScriptedServer(
          [script = std::move(script)](const SeenRequest& request) {
            return request.number < script.size() ? script[request.number] : answer(500);
          },
          std::move(options)) {}

ScriptedServer::~ScriptedServer() = default;

std::uint16_t ScriptedServer::port() const {
  return impl_->port_;
}

std::string ScriptedServer::url(std::string_view target, std::string_view host) const {
  std::string url = impl_->tls_ ? "https://" : "http://";
  return url.append(host).append(":").append(std::to_string(port())).append(target);
}

std::vector<SeenRequest> ScriptedServer::requests() const {
  std::lock_guard lock(impl_->mutex_);
  return impl_->requests_;
}

std::size_t ScriptedServer::connections() const {
  std::lock_guard lock(impl_->mutex_);
  return impl_->connections_;
}

std::size_t ScriptedServer::open_connections() const {
  std::lock_guard lock(impl_->mutex_);
  return impl_->open_;
}

std::size_t ScriptedServer::most_open_connections() const {
  std::lock_guard lock(impl_->mutex_);
  return impl_->most_open_;
}

bool ScriptedServer::eventually(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kLookAgain);
  }
  return true;
}

}  // namespace larder::test
