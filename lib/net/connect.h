// Connecting to a host that has several addresses, in the manner of RFC 8305 ("happy eyeballs").
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <chrono>
#include <vector>

namespace larder::net {

/// After so long the next address is tried as well.
inline constexpr std::chrono::milliseconds kNextAddressAfter{250};

/// The order in which addresses are tried: IPv6 and IPv4 in turn, IPv6 first, each in its own
/// order.
[[nodiscard]] std::vector<boost::asio::ip::tcp::endpoint> in_turn(
    std::vector<boost::asio::ip::tcp::endpoint> addresses);

/// Tries one address after the other, the next one when one has failed or has not answered for
/// kNextAddressAfter; takes the first connection that stands and ends the others. Throws
/// boost::system::system_error with the last failure.
/// Threads: on the coroutine's executor, a strand, alone. Cancellation ends all attempts.
boost::asio::awaitable<boost::asio::ip::tcp::socket> connect_to_any(
    std::vector<boost::asio::ip::tcp::endpoint> addresses);

}  // namespace larder::net
