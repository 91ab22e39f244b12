// ConnectionPool: which exchange may use which connection. At most so many per host; whoever comes
// later waits in line.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>

#include "net/connection.h"

namespace larder::net {

/// Threads: any; each Lease one at a time. The mutex is never held across I/O.
class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
  struct Waiter;

 public:
  /// One of a host's places. Without a connection the holder opens one. A lease that is destroyed
  /// closes its connection and gives the place to the next in line.
  class Lease {
   public:
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();

    /// Null if the holder has to open one.
    [[nodiscard]] Connection* connection() noexcept { return connection_.get(); }
    /// The connection has served an exchange before.
    [[nodiscard]] bool is_reused() const noexcept { return reused_; }
    /// Puts a connection into the place; closes the one that was there.
    void put(std::unique_ptr<Connection> connection) noexcept;
    /// The connection is good for another exchange: gives it back with the place.
    void keep() noexcept;

   private:
    friend class ConnectionPool;
    Lease(std::shared_ptr<ConnectionPool> pool, Endpoint endpoint,
          std::unique_ptr<Connection> connection)
        : pool_(std::move(pool)),
          endpoint_(std::move(endpoint)),
          connection_(std::move(connection)),
          reused_(connection_ != nullptr) {}

    std::shared_ptr<ConnectionPool> pool_;  // null: the place was given back
    Endpoint endpoint_;
    std::unique_ptr<Connection> connection_;
    bool reused_;
  };

  /// `per_host`: at least 1. `keep_idle`: how long an unused connection stays open.
  ConnectionPool(unsigned per_host, std::chrono::milliseconds keep_idle);
  ~ConnectionPool();

  /// Waits for a place, first come first served. Cancelling the coroutine gives up the wait.
  boost::asio::awaitable<Lease> acquire(Endpoint endpoint);
  /// Closes idle connections and keeps none from now on.
  void close() noexcept;

 private:
  struct Idle {
    std::uint64_t id;
    std::unique_ptr<Connection> connection;
  };
  struct Host {
    unsigned places_taken = 0;  // by leases and idle connections
    std::list<Idle> idle;       // least recently used first
    std::deque<std::shared_ptr<Waiter>> line;
  };

  /// Takes a place, or joins the line.
  bool take(const Endpoint& endpoint, const std::shared_ptr<Waiter>& waiter);
  void give_up(const Endpoint& endpoint, const std::shared_ptr<Waiter>& waiter) noexcept;
  void give_back(const Endpoint& endpoint, std::unique_ptr<Connection> connection) noexcept;
  void leave_place(const Endpoint& endpoint) noexcept;
  void watch(const Endpoint& endpoint, const Idle& idle);
  void drop_idle(const Endpoint& endpoint, std::uint64_t id) noexcept;

  const unsigned per_host_;
  const std::chrono::milliseconds keep_idle_;
  std::mutex mutex_;
  bool closed_ = false;  // guarded by mutex_, as all below
  std::uint64_t last_idle_ = 0;
  std::map<Endpoint, Host> hosts_;
};

}  // namespace larder::net
