#include "net/connection_pool.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

namespace larder::net {

namespace asio = boost::asio;

/// Somebody who wants a place. `granted` and `connection` are guarded by the pool's mutex; the
/// timer, which never expires, belongs to the waiter's executor.
struct ConnectionPool::Waiter {
  explicit Waiter(const asio::any_io_executor& executor)
      : called(executor, asio::steady_timer::time_point::max()) {}

  asio::steady_timer called;
  bool granted = false;
  std::unique_ptr<Connection> connection;
};

ConnectionPool::Lease::~Lease() {
  if (!pool_) return;
  connection_.reset();
  pool_->give_back(endpoint_, nullptr);
}

void ConnectionPool::Lease::put(std::unique_ptr<Connection> connection) noexcept {
  connection_ = std::move(connection);
  reused_ = false;
}

void ConnectionPool::Lease::keep() noexcept {
  std::exchange(pool_, nullptr)->give_back(endpoint_, std::move(connection_));
}

ConnectionPool::ConnectionPool(unsigned per_host, std::chrono::milliseconds keep_idle)
    : per_host_(std::max(per_host, 1u)), keep_idle_(keep_idle) {}

ConnectionPool::~ConnectionPool() = default;

asio::awaitable<ConnectionPool::Lease> ConnectionPool::acquire(Endpoint endpoint) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto waiter = std::make_shared<Waiter>(executor);
  bool granted = take(endpoint, waiter);

  // Whatever ends the wait, a place that was granted meanwhile is not lost.
  struct Guard {
    ConnectionPool& pool;
    const Endpoint& endpoint;
    std::shared_ptr<Waiter> waiter;
    ~Guard() {
      if (waiter) pool.give_up(endpoint, waiter);
    }
  } guard{*this, endpoint, waiter};

  while (!granted) {
    co_await waiter->called.async_wait(asio::as_tuple(asio::use_awaitable));
    std::lock_guard lock(mutex_);
    granted = waiter->granted;
  }
  guard.waiter.reset();
  co_return Lease(shared_from_this(), endpoint, std::move(waiter->connection));
}

bool ConnectionPool::take(const Endpoint& endpoint, const std::shared_ptr<Waiter>& waiter) {
  std::lock_guard lock(mutex_);
  Host& host = hosts_[endpoint];
  if (!host.idle.empty()) {
    waiter->connection = std::move(host.idle.back().connection);
    host.idle.pop_back();
    boost::system::error_code ignored;
    waiter->connection->socket().cancel(ignored);
    waiter->connection->timer().cancel();
    waiter->granted = true;
  } else if (host.places_taken < per_host_) {
    ++host.places_taken;
    waiter->granted = true;
  } else {
    host.line.push_back(waiter);
  }
  return waiter->granted;
}

void ConnectionPool::give_up(const Endpoint& endpoint,
                             const std::shared_ptr<Waiter>& waiter) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (!waiter->granted) {
      std::erase(hosts_[endpoint].line, waiter);
      return;
    }
  }
  give_back(endpoint, std::move(waiter->connection));
}

void ConnectionPool::give_back(const Endpoint& endpoint,
                               std::unique_ptr<Connection> connection) noexcept {
  std::lock_guard lock(mutex_);
  Host& host = hosts_[endpoint];
  if (!host.line.empty()) {
    auto next = std::move(host.line.front());
    host.line.pop_front();
    next->connection = std::move(connection);
    next->granted = true;
    asio::post(next->called.get_executor(), [next] { next->called.cancel(); });
    return;
  }
  if (connection && !closed_) {
    try {
      host.idle.push_back({++last_idle_, std::move(connection)});
      watch(endpoint, host.idle.back());
      return;
    } catch (const std::bad_alloc&) {  // an unwatched connection is not kept
      std::erase_if(host.idle, [this](const Idle& idle) { return idle.id == last_idle_; });
    }
  }
  leave_place(endpoint);
}

void ConnectionPool::leave_place(const Endpoint& endpoint) noexcept {
  const auto host = hosts_.find(endpoint);
  if (--host->second.places_taken == 0) hosts_.erase(host);
}

void ConnectionPool::watch(const Endpoint& endpoint, const Idle& idle) {
  // A server has nothing to say now: what makes the socket readable is the end of the connection.
  const auto drop = [weak = weak_from_this(), endpoint,
                     id = idle.id](const boost::system::error_code& ec) {
    if (ec == asio::error::operation_aborted) return;
    if (const auto pool = weak.lock()) pool->drop_idle(endpoint, id);
  };
  idle.connection->socket().async_wait(asio::ip::tcp::socket::wait_read, drop);
  idle.connection->timer().expires_after(keep_idle_);
  idle.connection->timer().async_wait(drop);
}

void ConnectionPool::drop_idle(const Endpoint& endpoint, std::uint64_t id) noexcept {
  std::unique_ptr<Connection> dropped;  // closed after the mutex is free
  std::lock_guard lock(mutex_);
  const auto host = hosts_.find(endpoint);
  if (host == hosts_.end()) return;
  auto& idle = host->second.idle;
  const auto found =
      std::find_if(idle.begin(), idle.end(), [&](const Idle& i) { return i.id == id; });
  if (found == idle.end()) return;  // taken, or dropped by the other watch
  dropped = std::move(found->connection);
  idle.erase(found);
  leave_place(endpoint);
}

void ConnectionPool::close() noexcept {
  std::list<Idle> dropped;
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (auto host = hosts_.begin(); host != hosts_.end();) {
    auto& [endpoint, state] = *host;
    state.places_taken -= static_cast<unsigned>(state.idle.size());
    dropped.splice(dropped.end(), state.idle);
    host = state.places_taken == 0 ? hosts_.erase(host) : std::next(host);
  }
}

}  // namespace larder::net
