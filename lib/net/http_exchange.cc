#include "net/http_exchange.h"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include <larder/error.h>

#include "net/response_rules.h"

namespace larder::net {

namespace asio = boost::asio;
using boost::system::system_error;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::uint32_t kBufferBytes = 64u << 10;

}  // namespace

HttpExchange::HttpExchange(std::shared_ptr<HttpShared> shared, Request request,
                           std::shared_ptr<Sink> sink, Transport::Done done)
    : Exchange(shared->registry, std::move(request), std::move(sink), std::move(done)),
      shared_(std::move(shared)),
      timer_(shared_->strand) {
  if (request_.timeout > milliseconds::zero())
    exchange_ends_ = steady_clock::now() + request_.timeout;
}

void HttpExchange::start() {
  asio::post(shared_->strand, [self = shared_from_this()] { self->begin(); });
}

void HttpExchange::cancel() noexcept {
  const auto self = weak_from_this().lock();
  if (!self) return;
  try {
    asio::post(shared_->strand, [self] { self->abort(errc::cancelled, "cancelled"); });
  } catch (const std::bad_alloc&) {  // then it ends by its own time limits
  }
}

void HttpExchange::begin() noexcept {
  number_ = ++shared_->last_number;
  try {
    on_stop_.emplace(request_.stop, [this] { cancel(); });
    if (request_.urgency)
      watcher_ = request_.urgency->watch([weak = weak_from_this()] {
        if (const auto self = weak.lock()) self->raise();
      });
    arm_timer();
    // The handler keeps the exchange alive for longer than its coroutine.
    asio::co_spawn(
        shared_->strand, run(),
        asio::bind_cancellation_slot(cancellation_.slot(),
                                     [self = shared_from_this()](const std::exception_ptr&) {}));
  } catch (const std::bad_alloc&) {
    const Failure failure(make_error_code(std::errc::not_enough_memory), {});
    end(&failure);
  }
}

asio::awaitable<void> HttpExchange::run() {
  std::optional<Failure> failure;
  try {
    co_await follow_redirects();
  } catch (const Failure& e) {
    failure = e;
  } catch (const system_error& e) {
    failure = Failure(errc::interrupted,
                      "the connection was lost in the middle of the answer: " + e.code().message());
  } catch (const std::bad_alloc&) {
    failure = Failure(make_error_code(std::errc::not_enough_memory), "out of memory");
  }
  const bool others_wait = leave_turn(failure ? &*failure : nullptr);
  end(failure ? &*failure : nullptr);
  if (!others_wait) co_return;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await make_way();
}

bool HttpExchange::leave_turn(const Failure* failure) noexcept {
  if (!turn_) return false;
  if (aborted_ && !stalled_) {
    if (turn_->abandon()) return true;
  } else if (failure &&
             (failure->error() == errc::interrupted || failure->error() == errc::bad_response ||
              failure->error() == errc::unreachable || stalled_)) {
    turn_->fail();
  }
  turn_.reset();
  return false;
}

asio::awaitable<void> HttpExchange::make_way() {
  try {
    co_await turn_->front();
    makes_way_ = true;
    exchange_ends_ = steady_clock::now() + shared_->options.idle_timeout;
    arm_timer();
    if (turn_->somebody_behind()) {
      if (!has_head_) co_await read_head();
      co_await discard_body();
    }
  } catch (const std::exception&) {  // then the others are sent again
  }
  timer_.cancel();
  turn_.reset();
}

void HttpExchange::end(const Failure* failure) noexcept {
  ended_ = true;
  window_ends_ = time_point::max();
  timer_.cancel();
  on_stop_.reset();
  if (watcher_) request_.urgency->unwatch(*watcher_);
  if (failure && aborted_) failure = &*aborted_;
  // A refusal stands, even if time ran out while the rest of the answer was read.
  if (failure && refused_ && failure->error() != errc::cancelled) failure = &*refused_;
  if (failure)
    finish(failure->error(), failure->what());
  else
    finish({}, {});
}

asio::awaitable<void> HttpExchange::follow_redirects() {
  std::string why = problem_with(request_.headers);
  if (why.empty() && request_.resume_from > 0)
    why = problem_with({{"x-tag", request_.resume_etag}});
  if (!why.empty()) throw Failure(errc::invalid_argument, why);
  Result<Url> parsed = parse_url(request_.url, &why);
  if (!parsed) throw Failure(parsed.error(), why);
  if (parsed->scheme == "file") throw Failure(errc::invalid_argument, "this is not an http URL");
  if (!sink_) throw Failure(errc::invalid_argument, "there is no sink");

  Url url = *std::move(parsed);
  Headers headers = request_.headers;
  if (request_.resume_from > 0) {
    headers.emplace_back("Range", "bytes=" + std::to_string(request_.resume_from) + "-");
    headers.emplace_back("If-Range", request_.resume_etag);
  }
  for (unsigned redirects = 0;; ++redirects) {
    std::optional<Url> next = co_await ask(url, headers);
    if (!next) co_return;
    if (redirects == shared_->options.max_redirects)
      throw Failure(errc::refused_redirect,
                    "more than " + std::to_string(redirects) + " redirects");
    if (!next->same_origin(url)) headers = for_other_origin(headers);
    url = *std::move(next);
    response_.url = url.text();
    if (redirects == 0) chain_ends_ = steady_clock::now() + shared_->options.idle_timeout;
  }
}

asio::awaitable<std::optional<Url>> HttpExchange::ask(Url url, Headers headers) {
  const Endpoint endpoint{url.scheme == "https", url.host, url.port,
                          shared_->options.proxies.proxy_for(url)};
  const Proxy* const asked = endpoint.tls ? nullptr : endpoint.proxy;
  window_ends_ = time_point::max();
  limit_step("waiting for a connection", milliseconds::zero());
  parser_.reset();
  has_head_ = false;
  turn_ =
      shared_->pool->join(endpoint, request_text(url, headers, shared_->options.user_agent, asked),
                          {priority(), number_}, response_.requests);
  co_await await_answer(endpoint);
  co_await read_head();
  if (const auto status = parser_->head().status; status < 300 || status >= 400)
    chain_ends_ = time_point::max();

  const ResponseHead head = parser_->head();
  describe(head, response_);
  Verdict verdict =
      judge(head, has_validators(headers), request_.resume_from, request_.resume_etag);
  std::optional<Url> next;
  switch (verdict.kind) {
    case Verdict::Kind::accept:
    case Verdict::Kind::resume:
      accept(head, verdict.kind == Verdict::Kind::resume);
      co_await read_body();
      break;
    case Verdict::Kind::not_modified: co_await read_body(); break;
    case Verdict::Kind::redirect: {
      std::string why;
      Result<Url> target = redirect_target(url, head, shared_->options.redirects, &why);
      if (target)
        next = *std::move(target);
      else
        refused_.emplace(target.error(), why);
      break;
    }
    case Verdict::Kind::refuse:
      if (asked) verdict.what += ", by way of the proxy " + asked->name();
      refused_.emplace(verdict.error, verdict.what);
      response_.range_refused =
          request_.resume_from > 0 && (head.status == 206 || head.status == 416);
      break;
  }
  if (next || refused_) co_await discard_body();
  if (refused_) throw Failure(*refused_);
  co_return next;
}

asio::awaitable<void> HttpExchange::await_answer(Endpoint endpoint) {
  for (;;) {
    co_await turn_->front();
    if (!turn_->connection()) co_await connect(endpoint);
    const auto asked = steady_clock::now();
    limit_step("waiting for the answer", shared_->options.idle_timeout);
    std::string problem;
    try {
      if (turn_->connection()->unread().empty()) co_await turn_->connection()->read_more();
    } catch (const system_error& e) {
      problem = e.code().message();
    }
    if (problem.empty()) {
      if (!turn_->is_joined())
        response_.latency =
            std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - asked);
      co_return;
    }
    if (aborted_ || !turn_->is_reused())
      throw Failure(errc::unreachable,
                    "the connection to " + endpoint.name() +
                        (endpoint.proxy ? " by way of the proxy " + endpoint.proxy->name() : "") +
                        " was lost before an answer came: " + problem);
    turn_->start_over();  // the server had closed it; a fresh one will do
  }
}

Priority HttpExchange::priority() const noexcept {
  return request_.urgency ? request_.urgency->now() : Priority::normal;
}

asio::awaitable<void> HttpExchange::connect(Endpoint endpoint) {
  limit_step("connecting", shared_->options.connect_timeout);
  auto connection = std::make_shared<Connection>(
      shared_->strand, std::max(shared_->options.max_header_bytes, kBufferBytes));
  co_await connection->open(endpoint, *shared_->tls, shared_->options.user_agent);
  turn_->opened(std::move(connection));
}

}  // namespace larder::net
