// ConnectionPool::Turn: one request, from the line to the end of its answer.
#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "net/connection_pool_host.h"

namespace larder::net {

namespace asio = boost::asio;

ConnectionPool::Turn::Turn(std::shared_ptr<ConnectionPool> pool, Host& host, std::string text,
                           Rank rank, std::uint32_t& sent)
    : pool_(std::move(pool)),
      host_(host),
      text_(std::move(text)),
      rank_(rank),
      sent_(sent),
      called_(pool_->executor_, asio::steady_timer::time_point::max()) {}

ConnectionPool::Turn::~Turn() {
  leave();
}

void ConnectionPool::Turn::leave() noexcept {
  const auto pipeline = std::exchange(pipeline_, nullptr);
  if (!pipeline) {
    if (std::exchange(in_line_, false)) std::erase(host_.line, this);
    return;
  }
  abandoned_ = true;
  const bool is_front = pipeline->turns.front() == this;
  pool_->send_back(host_, *pipeline);
  if (!is_front) {
    pipeline->last = true;  // the answer will come, and nobody is there to read it
    pipeline->joinable = false;
    return pool_->serve(host_);
  }
  pipeline->turns.clear();
  pool_->drop(host_, pipeline);
  pool_->serve(host_);
}

asio::awaitable<void> ConnectionPool::Turn::front() {
  while (!pipeline_ || pipeline_->turns.front() != this) {
    if (!pipeline_ && !in_line_) throw std::bad_alloc();  // there was no memory to go back
    co_await called_.async_wait(asio::as_tuple(asio::use_awaitable));
  }
}

const std::shared_ptr<Connection>& ConnectionPool::Turn::connection() const noexcept {
  return pipeline_->connection;
}

void ConnectionPool::Turn::opened(std::shared_ptr<Connection> connection) {
  connection->send(text_);
  ++sent_;
  pipeline_->sent = 1;
  pipeline_->connection = std::move(connection);
  pool_->serve(host_);
}

bool ConnectionPool::Turn::is_reused() const noexcept {
  return pipeline_->answered > 0;
}

bool ConnectionPool::Turn::somebody_behind() const noexcept {
  return std::any_of(pipeline_->turns.begin() + 1, pipeline_->turns.end(),
                     [](const Turn* turn) { return !turn->abandoned_; });
}

bool ConnectionPool::Turn::holds_up_a_higher_one() const noexcept {
  return std::any_of(pipeline_->turns.begin() + 1, pipeline_->turns.end(), [&](const Turn* turn) {
    return !turn->abandoned_ && turn->rank_.priority > rank_.priority;
  });
}

void ConnectionPool::Turn::raise(Priority priority) noexcept {
  if (priority <= rank_.priority) return;
  rank_.priority = priority;
  if (!in_line_) return;
  // Nobody in line went past it: the part before its place is still in order.
  const auto now = std::find(host_.line.begin(), host_.line.end(), this);
  const auto there =
      std::upper_bound(host_.line.begin(), now, this,
                       [](const Turn* a, const Turn* b) { return a->rank_ < b->rank_; });
  std::rotate(there, now, now + 1);
  pool_->serve(host_);
}

void ConnectionPool::Turn::start_over() {
  if (joined_ || somebody_behind()) host_.depth.surprised();
  joined_ = false;
  pool_->send_back(host_, *pipeline_);
  pipeline_->connection->close();
  Pipeline fresh;
  fresh.turns.push_back(this);
  *pipeline_ = std::move(fresh);
  pool_->serve(host_);
}

void ConnectionPool::Turn::is_long() {
  pipeline_->joinable = false;
  if (!somebody_behind()) return;
  pipeline_->last = true;  // answers to what is sent again elsewhere would come here, too
  pool_->send_back(host_, *pipeline_);
  pool_->serve(host_);
}

void ConnectionPool::Turn::finish(bool exemplary) noexcept {
  const std::uint64_t number = ++pipeline_->answered;
  // Nobody asked for bytes behind the last answer; they would be taken for the next one.
  const bool too_much = pipeline_->turns.size() == 1 && !pipeline_->connection->unread().empty();
  if (pipeline_->last) return leave();
  if (too_much) return fail();
  if (exemplary)
    host_.depth.answered(number);
  else
    host_.depth.surprised();
  const auto pipeline = std::exchange(pipeline_, nullptr);
  pipeline->turns.pop_front();
  if (!pipeline->turns.empty()) {
    pipeline->turns.front()->wake();
  } else {
    pipeline->joinable = true;
    pool_->keep(host_, pipeline);
  }
  pool_->serve(host_);
}

void ConnectionPool::Turn::finish_last() noexcept {
  host_.depth.closed_after(++pipeline_->answered);
  leave();
}

void ConnectionPool::Turn::fail() noexcept {
  if (pipeline_) host_.depth.surprised();
  leave();
}

bool ConnectionPool::Turn::abandon() noexcept {
  if (!pipeline_ || !pipeline_->connection) return false;
  const bool is_front = pipeline_->turns.front() == this;
  // What was interrupted in the middle of a TLS record cannot be continued.
  if (is_front && (!somebody_behind() || pipeline_->connection->is_tls())) return false;
  abandoned_ = true;
  pipeline_->joinable = false;
  return true;
}

}  // namespace larder::net
