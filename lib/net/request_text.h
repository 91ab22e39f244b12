// The text of a GET, and which headers a caller may add to it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "net/proxy.h"
#include "net/url.h"

namespace larder::net {

using Headers = std::vector<std::pair<std::string, std::string>>;

/// Empty if the headers may be sent; else a sentence that says which one may not and why: a name
/// that is no token, a value with control characters, or a header that the transport sends itself.
std::string problem_with(const Headers& headers);

/// True if the answer may be 304.
bool has_validators(const Headers& headers) noexcept;

/// Without the headers that are meant for the first origin alone (credentials).
Headers for_other_origin(const Headers& headers);

/// `headers` must have passed problem_with(). `proxy`: whom an http request is sent to; null: to
/// the server, be it through a tunnel.
std::string request_text(const Url& url, const Headers& headers, std::string_view user_agent,
                         const Proxy* proxy = nullptr);

}  // namespace larder::net
