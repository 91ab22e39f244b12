// HttpExchange: what ends it early.
#include <algorithm>
#include <boost/asio/post.hpp>
#include <utility>

#include <larder/error.h>

#include "net/http_exchange.h"

namespace larder::net {

namespace asio = boost::asio;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

void HttpExchange::raise() noexcept try {
  asio::post(shared_->strand, [self = shared_from_this()] {
    if (self->turn_) self->turn_->raise(self->priority());
  });
} catch (const std::bad_alloc&) {  // then it stays where it is
}

void HttpExchange::abort(errc reason, std::string what) {
  if (aborted_ || ended_) return;
  aborted_.emplace(reason, std::move(what));
  cancellation_.emit(asio::cancellation_type::terminal);
}

void HttpExchange::limit_step(const char* step, milliseconds limit) {
  step_ = step;
  step_ends_ = limit > milliseconds::zero() ? steady_clock::now() + limit : time_point::max();
  step_ends_ = std::min(step_ends_, chain_ends_);
  if (step_ends_ < timer_ends_) arm_timer();
}

void HttpExchange::watch_rate() {
  came_ = 0;
  window_ends_ = steady_clock::now() + shared_->options.stall_window;
  if (window_ends_ < timer_ends_) arm_timer();
}

void HttpExchange::arm_timer() {
  timer_ends_ = std::min({exchange_ends_, step_ends_, window_ends_});
  if (timer_ends_ == time_point::max()) return;
  timer_.expires_at(timer_ends_);
  timer_.async_wait([weak = weak_from_this()](const boost::system::error_code& ec) {
    if (ec) return;
    if (const auto self = weak.lock()) self->on_timer();
  });
}

void HttpExchange::on_timer() {
  // Limits move while the timer runs: it may have come too early.
  const time_point now = steady_clock::now();
  if (ended_) {
    if (!makes_way_ || !turn_) return;
    if (now < std::min(exchange_ends_, step_ends_)) return arm_timer();
    turn_->connection()->close();  // enough has been read for others
    return;
  }
  if (now >= exchange_ends_) {
    abort(errc::timed_out, "no complete answer within " + std::to_string(request_.timeout.count()) +
                               " ms; gave up while " + step_);
  } else if (now >= step_ends_) {
    stalled_ = true;
    abort(errc::timed_out, std::string("timed out while ") + step_);
  } else if (now >= window_ends_ && came_ < shared_->options.stall_bytes) {
    stalled_ = true;
    abort(errc::timed_out, "only " + std::to_string(came_) + " bytes came in " +
                               std::to_string(shared_->options.stall_window.count()) +
                               " ms while " + step_);
  } else if (now >= window_ends_) {
    watch_rate();
  } else {
    arm_timer();
  }
}

}  // namespace larder::net
