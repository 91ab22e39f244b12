// delay_relay: a line of some length between a client and a server on this machine.
// usage: delay_relay SERVER_PORT ROUND_TRIP_MS   prints the port it listens on, relays until stdin
// ends
//
// What arrives is passed on half a round trip later, in both directions, at any rate. A new
// connection is accepted at once but costs its first bytes a round trip more, as a handshake would.
#include <unistd.h>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace {

namespace asio = boost::asio;
using asio::awaitable;
using asio::use_awaitable;
using asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 64u << 10;
constexpr std::size_t kMostOnTheWay = 4096;  // pieces of one direction

/// One direction of one connection: pieces on the way, with the times at which they are due.
struct Line {
  explicit Line(const asio::any_io_executor& executor) : changed(executor) {
    changed.expires_at(Clock::time_point::max());
  }
  std::deque<std::pair<Clock::time_point, std::vector<char>>> pieces;
  bool ended = false;
  asio::steady_timer changed;
};

struct Pair {
  tcp::socket client;
  tcp::socket server;
};

awaitable<void> wait_for_change(Line& line) {
  boost::system::error_code cancelled;
  co_await line.changed.async_wait(asio::redirect_error(use_awaitable, cancelled));
}

// `pair` keeps the sockets.
awaitable<void> receive([[maybe_unused]] std::shared_ptr<Pair> pair, tcp::socket& from,
                        std::shared_ptr<Line> line, Clock::duration delay) {
  try {
    for (;;) {
      std::vector<char> piece(kReadBytes);
      piece.resize(co_await from.async_read_some(asio::buffer(piece), use_awaitable));
      piece.shrink_to_fit();
      line->pieces.emplace_back(Clock::now() + delay, std::move(piece));
      line->changed.cancel();
      while (line->pieces.size() > kMostOnTheWay) co_await wait_for_change(*line);
    }
  } catch (const std::exception&) {
  }
  line->ended = true;
  line->changed.cancel();
}

awaitable<void> deliver(std::shared_ptr<Pair> pair, tcp::socket& to, std::shared_ptr<Line> line) {
  asio::steady_timer due(to.get_executor());
  try {
    for (;;) {
      while (line->pieces.empty() && !line->ended) co_await wait_for_change(*line);
      if (line->pieces.empty()) break;
      const auto [time, piece] = std::move(line->pieces.front());
      line->pieces.pop_front();
      line->changed.cancel();
      if (time > Clock::now()) {
        due.expires_at(time);
        co_await due.async_wait(use_awaitable);
      }
      co_await asio::async_write(to, asio::buffer(piece), use_awaitable);
    }
    to.shutdown(tcp::socket::shutdown_send);
  } catch (const std::exception&) {
    boost::system::error_code ignored;
    pair->client.close(ignored);
    pair->server.close(ignored);
  }
}

awaitable<void> relay(tcp::socket accepted, tcp::endpoint server, Clock::duration one_way) {
  const auto executor = accepted.get_executor();
  auto pair = std::make_shared<Pair>(Pair{std::move(accepted), tcp::socket(executor)});
  asio::steady_timer handshake(executor, 2 * one_way);
  co_await handshake.async_wait(use_awaitable);
  co_await pair->server.async_connect(server, use_awaitable);
  pair->client.set_option(tcp::no_delay(true));
  pair->server.set_option(tcp::no_delay(true));
  const auto up = std::make_shared<Line>(executor);
  const auto down = std::make_shared<Line>(executor);
  asio::co_spawn(executor, receive(pair, pair->client, up, one_way), asio::detached);
  asio::co_spawn(executor, receive(pair, pair->server, down, one_way), asio::detached);
  asio::co_spawn(executor, deliver(pair, pair->server, up), asio::detached);
  asio::co_spawn(executor, deliver(pair, pair->client, down), asio::detached);
}

awaitable<void> listen(tcp::acceptor& acceptor, tcp::endpoint server, Clock::duration one_way) {
  for (;;) {
    tcp::socket accepted = co_await acceptor.async_accept(use_awaitable);
    asio::co_spawn(acceptor.get_executor(), relay(std::move(accepted), server, one_way),
                   [](const std::exception_ptr&) {});
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: delay_relay SERVER_PORT ROUND_TRIP_MS\n", stderr);
    return 2;
  }
  const auto loopback = asio::ip::address_v4::loopback();
  const tcp::endpoint server(loopback, static_cast<std::uint16_t>(std::atoi(argv[1])));
  const auto one_way = std::chrono::microseconds(500) * std::atoi(argv[2]);

  asio::io_context io(1);
  tcp::acceptor acceptor(io, {loopback, 0});
  asio::co_spawn(io, listen(acceptor, server, one_way), asio::detached);
  std::printf("%u\n", acceptor.local_endpoint().port());
  std::fflush(stdout);
  asio::posix::stream_descriptor input(io, ::dup(STDIN_FILENO));
  char end = 0;
  std::function<void(const boost::system::error_code&, std::size_t)> on_input =
      [&](const boost::system::error_code& ec, std::size_t) {
        if (ec)
          io.stop();
        else
          input.async_read_some(asio::buffer(&end, 1), on_input);
      };
  input.async_read_some(asio::buffer(&end, 1), on_input);
  io.run();
  return 0;
}
