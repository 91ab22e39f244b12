// Connection: through an HTTP proxy to a TLS server (RFC 9110, section 9.3.6).
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "net/connection.h"
#include "net/failure.h"
#include "net/response_parser.h"

namespace larder::net {

namespace asio = boost::asio;
using boost::system::system_error;

namespace {

constexpr std::uint32_t kMaxHeadBytes = 16u << 10;

std::string connect_text(const Endpoint& endpoint, const std::string& user_agent) {
  std::string text = "CONNECT " + endpoint.name() + " HTTP/1.1\r\nHost: " + endpoint.name();
  text += "\r\nUser-Agent: " + user_agent + "\r\n";
  if (!endpoint.proxy->authorization.empty())
    text += "Proxy-Authorization: " + endpoint.proxy->authorization + "\r\n";
  return text + "\r\n";
}

/// Why the proxy does not lead on.
Failure refusal(unsigned status, const Endpoint& endpoint) {
  const std::string proxy = "the proxy " + endpoint.proxy->name();
  const std::string answer = " (HTTP status " + std::to_string(status) + ")";
  if (status == 407)
    return {errc::proxy_refused,
            proxy +
                (endpoint.proxy->authorization.empty() ? " wants a user name and a password"
                                                       : " refuses the user name or password") +
                answer};
  if (status == 408 || status == 425 || status == 429)
    return {errc::overloaded, proxy + " asks to come back later" + answer};
  if (status >= 500)
    return {errc::unreachable, proxy + " cannot reach " + endpoint.name() + answer};
  return {errc::proxy_refused, proxy + " refuses to lead to " + endpoint.name() + answer};
}

}  // namespace

asio::awaitable<void> Connection::tunnel(const Endpoint& endpoint, const std::string& user_agent) {
  const std::string text = connect_text(endpoint, user_agent);
  unsigned status = 0;
  std::string problem;
  try {
    co_await asio::async_write(socket_, asio::buffer(text), asio::use_awaitable);
    status = co_await tunnel_answer();
  } catch (const system_error& e) {
    problem = e.code().message();
  }
  const std::string proxy = "the proxy " + endpoint.proxy->name();
  if (!problem.empty())
    throw Failure(errc::proxy_unreachable,
                  "the connection to " + proxy + " was lost before it led on: " + problem);
  if (status < 200 || status > 299) throw refusal(status, endpoint);
  // A TLS server waits for the first word: what is here is none of its.
  if (!unread().empty())
    throw Failure(errc::bad_response, proxy + " sent bytes that nobody asked for");
}

asio::awaitable<unsigned> Connection::tunnel_answer() {
  for (;;) {
    ResponseParser parser(kMaxHeadBytes,
                          [](std::span<const std::byte>) { return errc::cancelled; });
    auto step = ResponseParser::Step::more;
    for (;;) {
      std::span<const char> input = unread();
      const std::size_t size = input.size();
      step = parser.feed(input);
      consume(size - input.size());
      if (step != ResponseParser::Step::more) break;
      co_await read_more();
    }
    if (step == ResponseParser::Step::failed)
      throw Failure(errc::bad_response, "the proxy: " + parser.problem());
    if (const unsigned status = parser.head().status; status / 100 != 1) co_return status;
  }
}

}  // namespace larder::net
