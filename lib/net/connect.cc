#include "net/connect.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>
#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace larder::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Shared by the coroutine and the attempts: either may be gone first.
class Race : public std::enable_shared_from_this<Race> {
 public:
  Race(const asio::any_io_executor& executor, std::vector<tcp::endpoint> addresses)
      : finished(executor, asio::steady_timer::time_point::max()),
        executor_(executor),
        addresses_(std::move(addresses)),
        next_after_(executor) {}

  void try_next() {
    if (is_over() || next_ == addresses_.size()) return;
    auto socket = std::make_shared<tcp::socket>(executor_);
    sockets_.push_back(socket);
    ++pending_;
    socket->async_connect(addresses_[next_++],
                          [self = shared_from_this(), socket](const boost::system::error_code& ec) {
                            self->ended(*socket, ec);
                          });
    next_after_.expires_after(kNextAddressAfter);
    next_after_.async_wait([self = shared_from_this()](const boost::system::error_code& ec) {
      if (!ec) self->try_next();
    });
  }
  void stop() {
    stopped_ = true;
    next_after_.cancel();
    boost::system::error_code ignored;
    for (const auto& socket : sockets_) socket->close(ignored);
    sockets_.clear();
  }
  [[nodiscard]] bool is_over() const {
    return stopped_ || winner || (pending_ == 0 && next_ == addresses_.size());
  }

  asio::steady_timer finished;  // cancelled when it is over
  std::optional<tcp::socket> winner;
  boost::system::error_code error = asio::error::host_not_found;

 private:
  void ended(tcp::socket& socket, const boost::system::error_code& ec) {
    --pending_;
    if (is_over() && pending_ > 0) return;
    if (!ec && !stopped_ && !winner) {
      winner = std::move(socket);
      stop();
    } else if (!stopped_ && !winner) {
      error = ec;
      try_next();
    }
    if (is_over()) finished.cancel();
  }

  const asio::any_io_executor executor_;
  const std::vector<tcp::endpoint> addresses_;
  asio::steady_timer next_after_;
  std::vector<std::shared_ptr<tcp::socket>> sockets_;
  std::size_t next_ = 0;
  std::size_t pending_ = 0;
  bool stopped_ = false;
};

/// Ends the race when the coroutine does.
struct Stop {
  std::shared_ptr<Race> race;
  ~Stop() { race->stop(); }
};

}  // namespace

std::vector<tcp::endpoint> in_turn(std::vector<tcp::endpoint> addresses) {
  std::vector<tcp::endpoint> of_family[2];
  for (const auto& address : addresses)
    of_family[address.address().is_v6() ? 0 : 1].push_back(address);
  std::vector<tcp::endpoint> order;
  for (std::size_t i = 0; order.size() < addresses.size(); ++i)
    for (const auto& family : of_family)
      if (i < family.size()) order.push_back(family[i]);
  return order;
}

asio::awaitable<tcp::socket> connect_to_any(std::vector<tcp::endpoint> addresses) {
  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  const auto race = std::make_shared<Race>(executor, in_turn(std::move(addresses)));
  const Stop stop{race};
  race->try_next();
  // The wait ends by cancellation in any case; if it was the exchange's, the next co_await throws.
  while (!race->is_over()) co_await race->finished.async_wait(asio::as_tuple(asio::use_awaitable));
  if (!race->winner) throw boost::system::system_error(race->error);
  tcp::socket socket = std::move(*race->winner);
  co_return socket;
}

}  // namespace larder::net
