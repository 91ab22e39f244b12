// Host name → addresses, without making anybody wait for a name server that does not answer.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace larder::net {

/// Throws boost::system::system_error. When the exchange is cancelled, the coroutine ends at once;
/// the look-up itself (getaddrinfo, which nothing can interrupt) ends later on Asio's own thread.
boost::asio::awaitable<std::vector<boost::asio::ip::tcp::endpoint>> resolve(std::string host,
                                                                            std::uint16_t port);

}  // namespace larder::net
