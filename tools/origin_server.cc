#include "origin_server.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "static_files.h"

namespace larder::tool {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::use_awaitable;
using asio::ip::tcp;

namespace {

constexpr std::size_t kPieceBytes = 256u << 10;
constexpr std::uint32_t kHeadBytes = 32u << 10;
/// How long accepting rests when the process has run out of descriptors.
constexpr std::chrono::milliseconds kAcceptRest{50};

using HttpRequest = http::request<http::empty_body>;

struct Answer {
  unsigned status = 200;
  std::string_view reason = "OK";
  std::string head;
  std::optional<StaticFile> file;  ///< whose bytes `range` are the body
  ByteRange range;
  std::uint64_t body_bytes = 0;
};

std::string_view field(const HttpRequest& request, http::field name) {
  const auto value = request[name];
  return {value.data(), value.size()};
}

Answer error_answer(unsigned status, std::string_view reason) {
  Answer answer;
  answer.status = status;
  answer.reason = reason;
  return answer;
}

/// The part of a file that the request asks for, and the fields that describe it.
Answer file_answer(const HttpRequest& request, StaticFile file, std::string_view path) {
  Answer answer;
  const std::string etag = file.etag();
  const std::string modified = http_date(file.modified());
  answer.head.append("ETag: ").append(etag).append("\r\nLast-Modified: ").append(modified);
  answer.head.append("\r\nCache-Control: ").append(cache_control_of(path));
  answer.head.append("\r\nAccept-Ranges: bytes\r\n");
  if (is_unmodified(file, field(request, http::field::if_none_match),
                    field(request, http::field::if_modified_since))) {
    answer.status = 304;
    answer.reason = "Not Modified";
    return answer;
  }

  RangeWish wish = parse_range(field(request, http::field::range), file.size());
  const std::string_view if_range = field(request, http::field::if_range);
  if (!if_range.empty() && if_range != etag && if_range != modified) wish = {};
  const std::string size = std::to_string(file.size());
  if (wish.kind == RangeWish::Kind::unsatisfiable) {
    answer.status = 416;
    answer.reason = "Range Not Satisfiable";
    answer.head += "Content-Range: bytes */" + size + "\r\n";
    return answer;
  }
  answer.range = {0, file.size() - 1};
  answer.body_bytes = file.size();
  if (wish.kind == RangeWish::Kind::part) {
    answer.status = 206;
    answer.reason = "Partial Content";
    answer.range = wish.range;
    answer.body_bytes = wish.range.last - wish.range.first + 1;
    answer.head += "Content-Range: bytes " + std::to_string(wish.range.first) + "-" +
                   std::to_string(wish.range.last) + "/" + size + "\r\n";
  }
  answer.head.append("Content-Type: ").append(content_type_of(path)).append("\r\n");
  answer.file.emplace(std::move(file));
  return answer;
}

Answer answer_to(const HttpRequest& request, const std::string& root,
                 const std::optional<std::string>& path) {
  if (request.method() != http::verb::get && request.method() != http::verb::head) {
    Answer answer = error_answer(405, "Method Not Allowed");
    answer.head = "Allow: GET, HEAD\r\n";
    return answer;
  }
  if (!path) return error_answer(400, "Bad Request");
  std::optional<StaticFile> file =
      path->ends_with('/') ? std::nullopt : StaticFile::open(root + *path);
  if (!file) return error_answer(404, "Not Found");
  return file_answer(request, *std::move(file), *path);
}

/// Status line and all fields.
std::string head_of(const Answer& answer, bool keep_alive) {
  std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " ";
  head.append(answer.reason).append("\r\nDate: ").append(http_date(std::time(nullptr)));
  head.append("\r\nServer: larder\r\n").append(answer.head);
  if (answer.status != 304)
    head.append("Content-Length: ").append(std::to_string(answer.body_bytes)).append("\r\n");
  return head.append(keep_alive ? "\r\n" : "Connection: close\r\n\r\n");
}

}  // namespace

class OriginServer::Impl {
 public:
  explicit Impl(OriginServerOptions options) : options_(std::move(options)), port_(options_.port) {}

  void start();
  void stop() noexcept;
  [[nodiscard]] std::string url() const;
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] OriginServerCounters counters() const {
    std::lock_guard lock(mutex_);
    return counters_;
  }

 private:
  void load_certificate();
  void listen();
  asio::awaitable<void> accept();
  asio::awaitable<void> serve(tcp::socket socket);
  template <class Stream>
  asio::awaitable<void> converse(Stream& stream);
  template <class Stream>
  asio::awaitable<void> send(Stream& stream, Answer answer, bool keep_alive, bool with_body);
  void note(const HttpRequest& request, const std::optional<std::string>& path,
            const Answer& answer, bool with_body);

  const OriginServerOptions options_;
  std::atomic<std::uint16_t> port_;
  mutable std::mutex mutex_;
  OriginServerCounters counters_;  // guarded by mutex_

  std::optional<asio::ssl::context> tls_;
  std::optional<asio::io_context> io_;  // destroyed by stop(), and all connections with it
  std::optional<tcp::acceptor> acceptor_;
  std::vector<std::thread> threads_;
};

void OriginServer::Impl::start() {
  load_certificate();
  io_.emplace();
  listen();
  asio::co_spawn(asio::make_strand(*io_), accept(), [](const std::exception_ptr&) {});
  for (unsigned i = 0; i < std::max(options_.threads, 1u); ++i)
    threads_.emplace_back([this] { io_->run(); });
}

void OriginServer::Impl::stop() noexcept {
  if (io_) io_->stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
  acceptor_.reset();
  io_.reset();
}

std::string OriginServer::Impl::url() const {
  const bool is_ipv6 = options_.address.find(':') != std::string::npos;
  return (options_.tls_cert_file.empty() ? "http://" : "https://") +
         (is_ipv6 ? "[" + options_.address + "]" : options_.address) + ":" + std::to_string(port_) +
         "/";
}

void OriginServer::Impl::load_certificate() {
  if (options_.tls_cert_file.empty() != options_.tls_key_file.empty())
    throw std::runtime_error("a TLS certificate and its key must be given together");
  if (options_.tls_cert_file.empty()) return;
  tls_.emplace(asio::ssl::context::tls_server);
  boost::system::error_code ec;
  tls_->use_certificate_chain_file(options_.tls_cert_file, ec);
  if (ec)
    throw std::runtime_error("the certificate " + options_.tls_cert_file +
                             " cannot be used: " + ec.message());
  tls_->use_private_key_file(options_.tls_key_file, asio::ssl::context::pem, ec);
  if (ec)
    throw std::runtime_error("the key " + options_.tls_key_file +
                             " cannot be used: " + ec.message());
}

void OriginServer::Impl::listen() {
  boost::system::error_code ec;
  const auto address = asio::ip::make_address(options_.address, ec);
  if (ec) throw std::runtime_error("'" + options_.address + "' is not an IP address");
  const tcp::endpoint endpoint(address, options_.port);
  acceptor_.emplace(*io_);
  acceptor_->open(endpoint.protocol(), ec);
  if (!ec) acceptor_->set_option(tcp::acceptor::reuse_address(true), ec);
  if (!ec) acceptor_->bind(endpoint, ec);
  if (!ec) acceptor_->listen(asio::socket_base::max_listen_connections, ec);
  if (ec)
    throw std::runtime_error("cannot listen on " + options_.address + ":" +
                             std::to_string(options_.port) + ": " + ec.message());
  port_ = acceptor_->local_endpoint().port();
}

asio::awaitable<void> OriginServer::Impl::accept() {
  asio::steady_timer rest(*io_);
  for (;;) {
    tcp::socket socket(*io_);
    boost::system::error_code ec;
    try {
      co_await acceptor_->async_accept(socket, use_awaitable);
    } catch (const boost::system::system_error& e) {
      ec = e.code();
    }
    if (ec) {
      rest.expires_after(kAcceptRest);
      co_await rest.async_wait(use_awaitable);
      continue;
    }
    socket.set_option(tcp::no_delay(true), ec);
    // An exception ends its connection and nothing else.
    asio::co_spawn(asio::make_strand(*io_), serve(std::move(socket)),
                   [](const std::exception_ptr&) {});
  }
}

asio::awaitable<void> OriginServer::Impl::serve(tcp::socket socket) {
  if (!tls_) {
    co_await converse(socket);
    co_return;
  }
  asio::ssl::stream<tcp::socket> stream(std::move(socket), *tls_);
  co_await stream.async_handshake(asio::ssl::stream_base::server, use_awaitable);
  co_await converse(stream);
  co_await stream.async_shutdown(use_awaitable);
}

template <class Stream>
asio::awaitable<void> OriginServer::Impl::converse(Stream& stream) {
  boost::beast::flat_buffer buffer;
  asio::steady_timer delay(*io_);
  for (bool keep_alive = true; keep_alive;) {
    http::request_parser<http::empty_body> parser;
    parser.header_limit(kHeadBytes);
    boost::system::error_code ec;
    try {
      co_await http::async_read_header(stream, buffer, parser, use_awaitable);
    } catch (const boost::system::system_error& e) {
      ec = e.code();
    }
    const bool is_http = ec.category() == http::make_error_code(http::error{}).category();
    if (ec && (!is_http || ec == http::error::end_of_stream)) co_return;
    if (ec) {
      co_await send(stream, error_answer(400, "Bad Request"), false, true);
      co_return;
    }

    const HttpRequest& request = parser.get();
    const std::string_view target(request.target().data(), request.target().size());
    const std::optional<std::string> path = path_of_target(target);
    Answer answer = answer_to(request, options_.root, path);
    const bool with_body = request.method() != http::verb::head;
    keep_alive = request.keep_alive() && parser.is_done();  // a body would not be read
    note(request, path, answer, with_body);
    if (options_.latency.count() > 0) {
      delay.expires_after(options_.latency);
      co_await delay.async_wait(use_awaitable);
    }
    co_await send(stream, std::move(answer), keep_alive, with_body);
  }
}

template <class Stream>
asio::awaitable<void> OriginServer::Impl::send(Stream& stream, Answer answer, bool keep_alive,
                                               bool with_body) {
  std::string bytes = head_of(answer, keep_alive);
  std::uint64_t left = with_body ? answer.body_bytes : 0;
  std::uint64_t offset = answer.range.first;
  for (;;) {
    const std::size_t piece = std::min<std::uint64_t>(left, kPieceBytes);
    if (piece > 0) {
      const std::size_t before = bytes.size();
      answer.file->read(offset, piece, bytes);
      if (bytes.size() - before < piece) throw std::runtime_error("the file became shorter");
    }
    co_await asio::async_write(stream, asio::buffer(bytes), use_awaitable);
    offset += piece;
    left -= piece;
    if (left == 0) co_return;
    bytes.clear();
  }
}

void OriginServer::Impl::note(const HttpRequest& request, const std::optional<std::string>& path,
                              const Answer& answer, bool with_body) {
  const std::uint64_t bytes = with_body ? answer.body_bytes : 0;
  {
    std::lock_guard lock(mutex_);
    ++counters_.requests;
    counters_.bytes += bytes;
    if (path) ++counters_.requests_by_path[*path];
  }
  if (!options_.on_request) return;
  options_.on_request(
      {std::string(request.method_string()), std::string(request.target()), answer.status, bytes});
}

OriginServer::OriginServer(OriginServerOptions options)
    : impl_(std::make_unique<Impl>(std::move(options))) {}

OriginServer::~OriginServer() {
  stop();
}

void OriginServer::start() {
  impl_->start();
}

void OriginServer::stop() noexcept {
  impl_->stop();
}

std::string OriginServer::url() const {
  return impl_->url();
}

std::uint16_t OriginServer::port() const {
  return impl_->port();
}

OriginServerCounters OriginServer::counters() const {
  return impl_->counters();
}

}  // namespace larder::tool
