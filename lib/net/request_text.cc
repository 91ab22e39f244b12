#include "net/request_text.h"

#include <algorithm>
#include <array>

#include "net/ascii.h"

namespace larder::net {
namespace {

constexpr std::array<std::string_view, 11> kOwnHeaders = {
    "host",       "user-agent",     "accept-encoding",   "connection",
    "keep-alive", "content-length", "transfer-encoding", "upgrade",
    "te",         "range",          "if-range"};
constexpr std::array<std::string_view, 3> kCredentials = {"authorization", "cookie",
                                                          "proxy-authorization"};

template <std::size_t n>
bool is_one_of(std::string_view name, const std::array<std::string_view, n>& names) noexcept {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view other) { return same_ascii(name, other); });
}

constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";

bool is_token(std::string_view name) noexcept {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return is_ascii_alnum(c) || kMarks.find(c) != kMarks.npos;
  });
}

bool is_value(std::string_view value) noexcept {
  return std::all_of(value.begin(), value.end(), [](char c) {
    return (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) || c == '\t';
  });
}

}  // namespace

std::string problem_with(const Headers& headers) {
  for (const auto& [name, value] : headers) {
    if (!is_token(name)) return "a header's name is not valid: '" + name + "'";
    if (!is_value(value)) return "the value of the header " + name + " has control characters";
    if (is_one_of(name, kOwnHeaders)) return "the header " + name + " cannot be set by a caller";
  }
  return {};
}

bool has_validators(const Headers& headers) noexcept {
  return std::any_of(headers.begin(), headers.end(), [](const auto& header) {
    return same_ascii(header.first, "if-none-match") ||
           same_ascii(header.first, "if-modified-since");
  });
}

Headers for_other_origin(const Headers& headers) {
  Headers kept = headers;
  std::erase_if(kept, [](const auto& header) { return is_one_of(header.first, kCredentials); });
  return kept;
}

std::string request_text(const Url& url, const Headers& headers, std::string_view user_agent,
                         const Proxy* proxy) {
  std::string text;
  text.append("GET ").append(proxy ? url.text() : url.target);
  text.append(" HTTP/1.1\r\nHost: ").append(url.authority());
  text.append("\r\nUser-Agent: ").append(user_agent);
  text.append("\r\nAccept: */*\r\nAccept-Encoding: identity\r\nConnection: keep-alive\r\n");
  if (proxy && !proxy->authorization.empty())
    text.append("Proxy-Authorization: ").append(proxy->authorization).append("\r\n");
  for (const auto& [name, value] : headers)
    text.append(name).append(": ").append(value).append("\r\n");
  return text.append("\r\n");
}

}  // namespace larder::net
