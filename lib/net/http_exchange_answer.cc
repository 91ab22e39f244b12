// HttpExchange: reading an answer.
#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include <larder/error.h>

#include "net/content_range.h"
#include "net/http_exchange.h"

namespace larder::net {

namespace asio = boost::asio;
using boost::system::system_error;
using std::chrono::milliseconds;
using Step = ResponseParser::Step;

namespace {

/// A body nobody wants is read up to this size, to keep its connection.
constexpr std::uint64_t kDiscardBytes = 64u << 10;
/// So many interim answers (100 Continue, 103 Early Hints) may come before the real one.
constexpr int kInterimAnswers = 8;
/// Nobody waits behind the rest of a longer body.
constexpr std::uint64_t kLongBytes = 512u << 10;
/// Who pauses looks so often whether somebody in a hurry has come to wait for it.
constexpr milliseconds kGlance{50};

}  // namespace

asio::awaitable<void> HttpExchange::read_head() {
  for (int answers = 0; answers <= kInterimAnswers; ++answers) {
    if (!parser_)
      parser_ = std::make_unique<ResponseParser>(
          shared_->options.max_header_bytes,
          [this](std::span<const std::byte> bytes) { return receive(bytes); });
    watch_rate();
    while (feed() != Step::head) {
      limit_step("reading the head of the answer", shared_->options.idle_timeout);
      came_ += co_await turn_->connection()->read_more();
    }
    const unsigned status = parser_->head().status;
    if (status == 101) throw Failure(errc::bad_response, "the server switches protocols unasked");
    has_head_ = status / 100 != 1;
    if (has_head_) co_return;
    parser_.reset();
  }
  throw Failure(errc::bad_response, "too many interim answers");
}

asio::awaitable<void> HttpExchange::read_body() {
  const ResponseHead& head = parser_->head();
  bool is_long = false;
  while (feed() != Step::done) {
    if (const milliseconds time = accepted_ ? sink_->pause() : milliseconds(0); time.count() > 0)
      co_await pause(time);
    if (!is_long && std::max(head.content_length.value_or(0), read_bytes_) > kLongBytes) {
      is_long = true;
      turn_->is_long();
    }
    limit_step("reading the body", shared_->options.idle_timeout);
    bool ended = false;
    try {
      came_ += co_await turn_->connection()->read_more();
    } catch (const system_error& e) {
      if (e.code() != asio::error::eof) throw;
      ended = true;
    }
    if (!ended) continue;
    if (parser_->feed_end() == Step::failed) throw Failure(parser_->error(), parser_->problem());
    turn_->fail();
    turn_.reset();
    co_return;
  }
  if (head.keep_alive)
    turn_->finish(head.http_1_1);
  else
    turn_->finish_last();
  turn_.reset();
}

asio::awaitable<void> HttpExchange::pause(milliseconds time) {
  limit_step("pausing", time + shared_->options.idle_timeout);
  window_ends_ = time_point::max();
  const time_point end = std::chrono::steady_clock::now() + time;
  asio::steady_timer timer(co_await asio::this_coro::executor);
  while (!turn_->holds_up_a_higher_one() && std::chrono::steady_clock::now() < end) {
    timer.expires_at(std::min(end, std::chrono::steady_clock::now() + kGlance));
    co_await timer.async_wait(asio::use_awaitable);
  }
  watch_rate();
}

asio::awaitable<void> HttpExchange::discard_body() {
  const ResponseHead& head = parser_->head();
  accepted_ = false;
  read_bytes_ = 0;
  try {
    if (head.keep_alive && head.content_length.value_or(0) <= kDiscardBytes) co_await read_body();
  } catch (const std::exception&) {  // then the connection is not kept, that is all
  }
  turn_.reset();
}

ResponseParser::Step HttpExchange::feed() {
  Connection& connection = *turn_->connection();
  std::span<const char> input = connection.unread();
  const std::size_t size = input.size();
  const Step step = parser_->feed(input);
  connection.consume(size - input.size());
  if (step != Step::failed) return step;
  const std::error_code error = parser_->error();
  if (!parser_->problem().empty()) throw Failure(error, parser_->problem());
  if (error == errc::too_large)
    throw Failure(error,
                  "the body is longer than " + std::to_string(request_.max_bytes) + " bytes");
  throw Failure(error, "the receiver refused the bytes: " + error.message());
}

void HttpExchange::accept(const ResponseHead& head, bool resumes) {
  const std::uint64_t before = resumes ? request_.resume_from : 0;
  limit_bytes_ = request_.max_bytes - std::min(before, request_.max_bytes);
  if (head.content_length.value_or(0) > limit_bytes_)
    throw Failure(errc::too_large, "the server announces " + std::to_string(*head.content_length) +
                                       " bytes, more than the " + std::to_string(limit_bytes_) +
                                       " that are allowed");
  std::optional<std::uint64_t> size = head.content_length;
  if (resumes) size = parse_content_range(head.first("content-range"))->total;
  if (!resumes) sink_->identify(head.first("etag"));
  if (const auto error = resumes ? sink_->resume(before, size) : sink_->expect(size))
    throw Failure(error, "the receiver refused the content: " + error.message());
  accepted_ = true;
  read_bytes_ = 0;
}

std::error_code HttpExchange::receive(std::span<const std::byte> bytes) noexcept {
  response_.body_bytes += bytes.size();
  read_bytes_ += bytes.size();
  if (read_bytes_ > (accepted_ ? limit_bytes_ : kDiscardBytes)) return errc::too_large;
  return accepted_ ? sink_->write(bytes) : std::error_code{};
}

}  // namespace larder::net
