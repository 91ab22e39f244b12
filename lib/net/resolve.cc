#include "net/resolve.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <memory>
#include <utility>

namespace larder::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

/// Shared by the coroutine and the look-up: either may be gone first.
struct LookUp {
  explicit LookUp(const asio::any_io_executor& executor) : resolver(executor), finished(executor) {
    finished.expires_at(asio::steady_timer::time_point::max());
  }

  tcp::resolver resolver;
  asio::steady_timer finished;  // cancelled when there is a result
  bool has_result = false;
  boost::system::error_code error;
  std::vector<tcp::endpoint> endpoints;
};

}  // namespace

asio::awaitable<std::vector<tcp::endpoint>> resolve(std::string host, std::uint16_t port) {
  std::vector<tcp::endpoint> endpoints;
  boost::system::error_code not_an_address;
  const auto address = asio::ip::make_address(host, not_an_address);
  if (!not_an_address) {
    endpoints.emplace_back(address, port);
    co_return endpoints;
  }

  const asio::any_io_executor executor = co_await asio::this_coro::executor;
  auto look_up = std::make_shared<LookUp>(executor);
  look_up->resolver.async_resolve(
      host, std::to_string(port),
      [look_up](const boost::system::error_code& ec, const tcp::resolver::results_type& results) {
        look_up->has_result = true;
        look_up->error = ec;
        for (const auto& result : results) look_up->endpoints.push_back(result.endpoint());
        look_up->finished.cancel();
      });
  // The wait ends by cancellation in any case; if it was the exchange's, the next co_await throws.
  while (!look_up->has_result)
    co_await look_up->finished.async_wait(asio::as_tuple(asio::use_awaitable));
  if (look_up->error) throw boost::system::system_error(look_up->error);
  endpoints = std::move(look_up->endpoints);
  co_return endpoints;
}

}  // namespace larder::net
