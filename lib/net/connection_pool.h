// ConnectionPool: which exchange may use which connection, and when. At most so many connections
// per host, on each a few requests in a row; whoever comes later waits in line.
#pragma once

#include <atomic>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include <larder/network.h>

#include "net/connection.h"
#include "net/pipeline_depth.h"

namespace larder::net {

struct PoolOptions {
  unsigned per_host = 16;                      ///< connections; at least 1
  unsigned most_depth = 16;                    ///< requests under way on one connection; at least 1
  std::chrono::milliseconds keep_idle{30000};  ///< how long an unused connection stays open
};

/// Who goes first: the higher priority, then the lower number. Priority::low leaves a quarter of
/// the connections to others. Where there is no quarter to leave, and while others are under way,
/// it sends half as many requests in a row as the server deserves: whoever overtakes it can
/// overtake only what is not sent yet.
struct Rank {
  Priority priority = Priority::normal;
  std::uint64_t number = 0;

  /// The first one is the least.
  auto operator<=>(const Rank& other) const noexcept {
    return std::pair(other.priority, number) <=> std::pair(priority, other.number);
  }
  bool operator==(const Rank&) const = default;
};

/// Threads: everything on `executor`, a strand, but close().
class ConnectionPool : public std::enable_shared_from_this<ConnectionPool> {
  struct Pipeline;
  struct Host;

 public:
  /// One request: first in line for a connection, then in a row with others whose requests were
  /// sent on the same one, at last in front, where its answer is read. When a connection ends, the
  /// requests behind the front, of whose answers nobody has seen a byte, go back into the line and
  /// are sent again.
  class Turn {
   public:
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
    /// Ends the connection, unless the turn is finished.
    ~Turn();

    /// Waits until it is this turn's answer that the connection brings next.
    boost::asio::awaitable<void> front();

    // The following need the front.

    /// Null if the holder has to open one.
    [[nodiscard]] const std::shared_ptr<Connection>& connection() const noexcept;
    /// Sends the request on the connection that the holder opened.
    void opened(std::shared_ptr<Connection> connection);
    /// The connection has brought an answer before.
    [[nodiscard]] bool is_reused() const noexcept;
    /// The request was sent while answers to others were due.
    [[nodiscard]] bool is_joined() const noexcept { return joined_; }
    /// Others than abandoned ones wait for this turn's end.
    [[nodiscard]] bool somebody_behind() const noexcept;
    /// One of them has a higher priority.
    [[nodiscard]] bool holds_up_a_higher_one() const noexcept;
    /// Gives up a connection that turned out to be dead; the holder has to open another one.
    void start_over();
    /// The answer is long: nobody should have to wait for its end.
    void is_long();
    /// The answer is read and the connection stays. `exemplary`: as pipelines need it.
    void finish(bool exemplary) noexcept;
    /// The answer is read; the server ends the connection in order.
    void finish_last() noexcept;

    // The following at any place.

    /// Moves up in the line. What is sent already stays where it is.
    void raise(Priority priority) noexcept;
    /// The server let the connection down.
    void fail() noexcept;
    /// The answer is not wanted any more. True if it has to be read all the same, for the sake of
    /// others; false if the turn is better destroyed.
    bool abandon() noexcept;

   private:
    friend class ConnectionPool;
    Turn(std::shared_ptr<ConnectionPool> pool, Host& host, std::string text, Rank rank,
         std::uint32_t& sent);
    void leave() noexcept;
    void wake() noexcept { called_.cancel(); }

    const std::shared_ptr<ConnectionPool> pool_;
    Host& host_;
    std::shared_ptr<Pipeline> pipeline_;  // null: in line, or over
    const std::string text_;
    Rank rank_;
    std::uint32_t& sent_;
    bool joined_ = false;  // sent while others were under way
    bool in_line_ = false;
    bool abandoned_ = false;
    boost::asio::steady_timer called_;  // never expires
  };

  ConnectionPool(boost::asio::any_io_executor executor, PoolOptions options);
  ~ConnectionPool();

  /// Joins the line with a request, `text`. `sent` counts how often it was sent; it must outlive
  /// the turn.
  std::unique_ptr<Turn> join(const Endpoint& endpoint, std::string text, Rank rank,
                             std::uint32_t& sent);
  /// Any thread: nobody gets a connection any more, and all that are open are closed soon.
  void close() noexcept;

 private:
  bool place(Host& host, Turn& turn);
  std::shared_ptr<Pipeline> find_place(Host& host, const Turn& turn);
  void enter_line(Host& host, Turn& turn);
  /// Gives places to the first in line, as long as there are any.
  void serve(Host& host) noexcept;
  void drop(Host& host, const std::shared_ptr<Pipeline>& pipeline) noexcept;
  /// Sends back into the line whoever is not in front.
  void send_back(Host& host, Pipeline& pipeline) noexcept;
  void keep(Host& host, const std::shared_ptr<Pipeline>& pipeline) noexcept;
  void watch(Host& host, const std::shared_ptr<Pipeline>& pipeline);

  const boost::asio::any_io_executor executor_;
  const PoolOptions options_;
  std::atomic<bool> closed_ = false;
  std::uint64_t last_idle_ = 0;
  std::map<Endpoint, Host> hosts_;  // never forgotten: turns refer to them
};

}  // namespace larder::net
