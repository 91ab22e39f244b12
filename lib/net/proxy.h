// Which HTTP proxy, if any, leads to a server.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

#include "net/url.h"

namespace larder::net {

/// An HTTP proxy that is spoken to without TLS.
struct Proxy {
  std::string host;  ///< as in Url
  std::uint16_t port = 0;
  std::string authorization;  ///< value of Proxy-Authorization; empty: none. Never to be shown
  std::string problem;        ///< not empty: what is set is no such proxy, and this says so

  /// "host:port".
  [[nodiscard]] std::string name() const;
};

/// Immutable; any thread. Throws std::bad_alloc, as all of this header.
class ProxyRules {
 public:
  /// Every server is asked directly.
  ProxyRules() = default;

  /// The value of an environment variable; empty if it is not set.
  using Variable = std::function<std::optional<std::string>(const char* name)>;

  /// `option` as Options::proxy. errc::invalid_argument, with a sentence in `why` that shows
  /// nothing of `option`, if that is no HTTP proxy. Of the environment, a proxy that cannot be used
  /// is told of by the one who needs it: Proxy::problem.
  static Result<ProxyRules> make(std::string_view option, const Variable& environment,
                                 std::string* why);

  /// Null: directly. Valid as long as the rules are.
  [[nodiscard]] const Proxy* proxy_for(const Url& url) const;

 private:
  [[nodiscard]] bool is_exempt(const Url& url) const;

  std::optional<Proxy> http_;
  std::optional<Proxy> https_;
  bool of_environment_ = false;
  std::vector<std::string> exempt_;  ///< of no_proxy, in lower case
};

}  // namespace larder::net
