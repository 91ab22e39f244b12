#include "net/proxy.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>
#include <span>
#include <utility>

#include <larder/error.h>

#include "net/ascii.h"

namespace larder::net {
namespace {

namespace ip = boost::asio::ip;

std::string base64(std::string_view text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                                   reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

/// What `text`, the value of `setting`, means. Problems name the setting only: the value may hold a
/// password.
Proxy parse_proxy(std::string_view text, std::string_view setting) {
  Proxy proxy;
  const auto refuse = [&](std::string_view what) {
    proxy.problem = "the proxy of " + std::string(setting) + " " + std::string(what);
    return proxy;
  };
  std::string_view rest = text;
  if (const auto scheme = rest.find("://"); scheme != rest.npos) {
    if (!same_ascii(rest.substr(0, scheme), "http"))
      return refuse("cannot be used: only http:// proxies are supported");
    rest.remove_prefix(scheme + 3);
  }
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto at = rest.rfind('@'); at != rest.npos) {
    const auto user = rest.substr(0, at);
    const auto colon = user.find(':');
    const auto name = percent_decode(user.substr(0, colon));
    const auto password =
        percent_decode(colon == user.npos ? std::string_view() : user.substr(colon + 1));
    if (!name || !password) return refuse("has credentials that are not percent-encoded");
    proxy.authorization = "Basic " + base64(*name + ":" + *password);
    rest.remove_prefix(at + 1);
  }
  const auto url = parse_url("http://" + std::string(rest) + "/");
  if (!url) return refuse("is not of the form http://[user:password@]host[:port]");
  proxy.host = url->host;
  proxy.port = url->port;
  return proxy;
}

/// The first of `names` that is set, even if it is empty: that means none.
std::optional<Proxy> proxy_of(std::span<const char* const> names,
                              const ProxyRules::Variable& environment) {
  for (const char* name : names) {
    const auto value = environment(name);
    if (!value) continue;
    if (value->empty()) return std::nullopt;
    return parse_proxy(*value, std::string("the environment's ") + name);
  }
  return std::nullopt;
}

std::vector<std::string> words_of(std::string_view list) {
  std::vector<std::string> words;
  while (!list.empty()) {
    const auto end = std::min(list.find_first_of(", \t"), list.size());
    if (end > 0) words.push_back(ascii_lower(list.substr(0, end)));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return words;
}

bool is_loopback(const std::string& host) {
  if (host == "localhost" || host.ends_with(".localhost")) return true;
  boost::system::error_code not_an_address;
  const auto address = ip::make_address(host, not_an_address);
  return !not_an_address && address.is_loopback();
}

bool is_in_network(const std::string& host, const std::string& network) {
  boost::system::error_code no;
  const auto address = ip::make_address(host, no);
  if (no) return false;
  if (address.is_v4()) {
    const auto wanted = ip::make_network_v4(network, no);
    return !no && ip::network_v4(address.to_v4(), wanted.prefix_length()).canonical() ==
                      wanted.canonical();
  }
  const auto wanted = ip::make_network_v6(network, no);
  return !no &&
         ip::network_v6(address.to_v6(), wanted.prefix_length()).canonical() == wanted.canonical();
}

bool is_same_address(const ip::address& address, const std::string& text) {
  boost::system::error_code no;
  const auto other = ip::make_address(text, no);
  return !no && address == other;
}

/// Whether `word` of no_proxy means `url`: `*`, a domain with what is below it, an address, a
/// network, each of the former with or without a port.
bool means(std::string_view word, const Url& url) {
  if (word == "*") return true;
  if (word.find('/') != word.npos) return is_in_network(url.host, std::string(word));
  const bool bracketed = word.starts_with('[');
  const auto colon = word.rfind(':');
  const bool has_port =
      colon != word.npos && (bracketed ? word[colon - 1] == ']' : word.find(':') == colon);
  if (has_port) {
    if (word.substr(colon + 1) != std::to_string(url.port)) return false;
    word = word.substr(0, colon);
  }
  if (bracketed && word.ends_with(']')) word = word.substr(1, word.size() - 2);
  if (word.starts_with("*.")) word.remove_prefix(1);
  if (word.starts_with('.')) word.remove_prefix(1);
  if (word.empty()) return false;
  boost::system::error_code not_an_address;
  const auto address = ip::make_address(url.host, not_an_address);
  if (!not_an_address) return is_same_address(address, std::string(word));
  const std::string_view host = url.host;
  return host == word || (host.ends_with(word) && host.size() > word.size() &&
                          host[host.size() - word.size() - 1] == '.');
}

}  // namespace

std::string Proxy::name() const {
  return (host.find(':') == host.npos ? host : "[" + host + "]") + ":" + std::to_string(port);
}

Result<ProxyRules> ProxyRules::make(std::string_view option, const Variable& environment,
                                    std::string* why) {
  ProxyRules rules;
  if (option == "none") return rules;
  if (!option.empty()) {
    Proxy proxy = parse_proxy(option, "the options");
    if (!proxy.problem.empty()) {
      if (why) *why = proxy.problem;
      return errc::invalid_argument;
    }
    rules.http_ = rules.https_ = std::move(proxy);
    return rules;
  }
  // Not HTTP_PROXY: in a CGI program that is a header of whoever asks.
  constexpr std::array kHttp = {"http_proxy", "all_proxy", "ALL_PROXY"};
  constexpr std::array kHttps = {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};
  rules.of_environment_ = true;
  rules.http_ = proxy_of(kHttp, environment);
  rules.https_ = proxy_of(kHttps, environment);
  auto exempt = environment("no_proxy");
  if (!exempt) exempt = environment("NO_PROXY");
  rules.exempt_ = words_of(exempt.value_or(std::string()));
  return rules;
}

const Proxy* ProxyRules::proxy_for(const Url& url) const {
  const auto& proxy = url.scheme == "https" ? https_ : http_;
  return proxy && !is_exempt(url) ? &*proxy : nullptr;
}

bool ProxyRules::is_exempt(const Url& url) const {
  if (!of_environment_) return false;
  return is_loopback(url.host) ||
         std::any_of(exempt_.begin(), exempt_.end(),
                     [&](const std::string& word) { return means(word, url); });
}

}  // namespace larder::net
