// GCC 12 sees null pointers and foreign allocators in the frames of coroutines that are neither.
#pragma GCC diagnostic ignored "-Wnull-dereference"
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

#include "net/connect.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <list>
#include <optional>

namespace larder::net {
namespace {

namespace asio = boost::asio;
using asio::ip::make_address;
using asio::ip::tcp;

class Connect : public ::testing::Test {
 protected:
  tcp::endpoint listening(const char* address) {
    auto& acceptor = acceptors_.emplace_back(io_, tcp::endpoint(make_address(address), 0));
    return acceptor.local_endpoint();
  }
  tcp::endpoint refusing(const char* address) {
    tcp::acceptor acceptor(io_, tcp::endpoint(make_address(address), 0));
    return acceptor.local_endpoint();
  }
  /// A listener whose queue is full: attempts to connect are not answered.
  tcp::endpoint silent(const char* address) {
    auto& acceptor = acceptors_.emplace_back(io_);
    const tcp::endpoint any(make_address(address), 0);
    acceptor.open(any.protocol());
    acceptor.bind(any);
    acceptor.listen(0);
    for (int i = 0; i < 4; ++i) {
      auto& filler = fillers_.emplace_back(io_);
      filler.async_connect(acceptor.local_endpoint(), [](const boost::system::error_code&) {});
    }
    io_.run_for(std::chrono::milliseconds(50));
    io_.restart();
    return acceptor.local_endpoint();
  }
  /// Where connect_to_any() led; empty if it threw `error_`.
  std::optional<tcp::endpoint> connect(std::vector<tcp::endpoint> addresses) {
    led_.reset();
    bool over = false;
    asio::co_spawn(io_, run(std::move(addresses)),
                   asio::bind_cancellation_slot(signal_.slot(), [&](const std::exception_ptr& e) {
                     over = true;
                     try {
                       if (e) std::rethrow_exception(e);
                     } catch (const boost::system::system_error& failure) {
                       error_ = failure.code();
                     }
                   }));
    while (!over) io_.run_one();
    return led_;
  }
  asio::awaitable<void> run(std::vector<tcp::endpoint> addresses) {
    const tcp::socket socket = co_await connect_to_any(std::move(addresses));
    led_ = socket.remote_endpoint();
  }

  asio::io_context io_;
  std::list<tcp::acceptor> acceptors_;
  std::list<tcp::socket> fillers_;
  asio::cancellation_signal signal_;
  std::optional<tcp::endpoint> led_;
  boost::system::error_code error_;
};

TEST_F(Connect, TriesTheFamiliesInTurnIpv6First) {
  const auto address = [](const char* text) { return tcp::endpoint(make_address(text), 80); };
  EXPECT_EQ(in_turn({address("10.0.0.1"), address("10.0.0.2"), address("::1"), address("::2"),
                     address("::3")}),
            (std::vector<tcp::endpoint>{address("::1"), address("10.0.0.1"), address("::2"),
                                        address("10.0.0.2"), address("::3")}));
  EXPECT_TRUE(in_turn({}).empty());
}

TEST_F(Connect, GoesToTheNextAddressWhenOneRefuses) {
  const auto good = listening("127.0.0.2");
  EXPECT_EQ(connect({refusing("127.0.0.1"), refusing("127.0.0.3"), good}), good);
}

TEST_F(Connect, DoesNotWaitForAnAddressThatIsSilent) {
  const auto good = listening("127.0.0.2");
  EXPECT_EQ(connect({silent("127.0.0.1"), good}), good);
}

TEST_F(Connect, EndsWithTheLastFailure) {
  EXPECT_EQ(connect({refusing("127.0.0.1"), refusing("127.0.0.2")}), std::nullopt);
  EXPECT_EQ(error_, asio::error::connection_refused);
  EXPECT_EQ(connect({}), std::nullopt);
  EXPECT_EQ(error_, asio::error::host_not_found);
}

TEST_F(Connect, EndsWhenItIsCancelled) {
  const auto dead = silent("127.0.0.1");
  asio::steady_timer timer(io_, std::chrono::milliseconds(20));
  timer.async_wait(
      [&](const boost::system::error_code&) { signal_.emit(asio::cancellation_type::terminal); });
  EXPECT_EQ(connect({dead}), std::nullopt);
  EXPECT_EQ(error_, asio::error::operation_aborted);
}

}  // namespace
}  // namespace larder::net
