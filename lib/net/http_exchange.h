// HttpExchange: one GET over HTTP, from the line for a connection to the last byte.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <system_error>

#include "net/connection_pool.h"
#include "net/exchange.h"
#include "net/failure.h"
#include "net/http_options.h"
#include "net/request_text.h"
#include "net/response_parser.h"
#include "net/tls_client.h"
#include "net/url.h"

namespace larder::net {

/// What the exchanges of one transport share; lives as long as the last of them.
struct HttpShared {
  boost::asio::io_context& io;
  const boost::asio::strand<boost::asio::io_context::executor_type> strand;
  const HttpOptions options;
  const std::unique_ptr<TlsClient> tls;
  const std::shared_ptr<ConnectionPool> pool;
  const std::shared_ptr<ExchangeRegistry> registry;
  std::uint64_t last_number = 0;  // of the exchanges; on the strand
};

/// A coroutine on the transport's strand. Everything that ends it early (stop token, time limits,
/// the transport's end) goes through abort(), on the strand: it notes the reason and cancels what
/// is awaited.
class HttpExchange final : public Exchange, public std::enable_shared_from_this<HttpExchange> {
 public:
  HttpExchange(std::shared_ptr<HttpShared> shared, Request request, std::shared_ptr<Sink> sink,
               Transport::Done done);

  /// Once, before anything else.
  void start();
  void cancel() noexcept override;

 private:
  using time_point = std::chrono::steady_clock::time_point;

  void begin() noexcept;
  void end(const Failure* failure) noexcept;

  boost::asio::awaitable<void> run();
  boost::asio::awaitable<void> follow_redirects();
  /// One request and its answer. The URL to go on with, if it is a redirect.
  boost::asio::awaitable<std::optional<Url>> ask(Url url, Headers headers);
  /// Waits for the turn and for the first bytes of the answer; sends the request once more if a
  /// reused connection turns out to be dead.
  boost::asio::awaitable<void> await_answer(Endpoint endpoint);
  boost::asio::awaitable<void> connect(Endpoint endpoint);
  boost::asio::awaitable<void> read_head();
  /// Ends the turn.
  boost::asio::awaitable<void> read_body();
  /// Reads nothing for so long, unless that holds up somebody with a higher priority.
  boost::asio::awaitable<void> pause(std::chrono::milliseconds time);
  /// Reads the body of an answer that is not for the sink, if that saves a connection.
  boost::asio::awaitable<void> discard_body();
  /// True if others wait behind an answer that was given up: make_way() lets them pass.
  bool leave_turn(const Failure* failure) noexcept;
  /// After the end: an answer that is still to come is read for the sake of those behind it.
  boost::asio::awaitable<void> make_way();

  [[nodiscard]] Priority priority() const noexcept;
  ResponseParser::Step feed();
  /// `resumes`: the body is the rest of what the sink has.
  void accept(const ResponseHead& head, bool resumes);
  std::error_code receive(std::span<const std::byte> bytes) noexcept;

  /// The request's priority has risen.
  void raise() noexcept;
  void abort(errc reason, std::string what);
  /// What is awaited next, `step`, may take `limit`; zero: as long as it likes.
  void limit_step(const char* step, std::chrono::milliseconds limit);
  /// From now on the answer has to come at a rate, see HttpOptions::stall_bytes.
  void watch_rate();
  void arm_timer();
  void on_timer();

  const std::shared_ptr<HttpShared> shared_;
  std::uint64_t number_ = 0;  // in the order of beginning
  boost::asio::cancellation_signal cancellation_;

  boost::asio::steady_timer timer_;
  time_point exchange_ends_ = time_point::max();
  time_point step_ends_ = time_point::max();
  time_point chain_ends_ = time_point::max();   // of redirects: until the answer they lead to
  time_point window_ends_ = time_point::max();  // of the rate
  std::uint64_t came_ = 0;                      // in the window
  time_point timer_ends_ = time_point::max();   // what the timer waits for
  const char* step_ = "";
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
  std::optional<std::uint64_t> watcher_;  // of the request's urgency

  std::unique_ptr<ConnectionPool::Turn> turn_;  // null: no request is under way
  std::unique_ptr<ResponseParser> parser_;      // of the answer at hand
  bool has_head_ = false;

  bool ended_ = false;
  bool makes_way_ = false;  // ended, and reads for the sake of others
  std::optional<Failure> aborted_;
  bool stalled_ = false;            // aborted because the server took too long
  std::optional<Failure> refused_;  // the answer's own verdict
  bool accepted_ = false;           // the body at hand is for the sink
  std::uint64_t limit_bytes_ = 0;   // of a body for the sink
  std::uint64_t read_bytes_ = 0;    // of the body at hand
};

}  // namespace larder::net
