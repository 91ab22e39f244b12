// Attempts of foreign origins as HTTP exchanges.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/origin.h"
#include "net/transport.h"

namespace larder::compat {

/// The exchange of one attempt: with the attempt's validators, past caches if it says so.
[[nodiscard]] net::Request to_request(const PourRequest& pour, std::string url,
                                      std::uint64_t max_bytes);
/// What came of it.
[[nodiscard]] PourReply to_reply(net::Response&& response);

/// `url` with `query` behind whatever query it has.
[[nodiscard]] std::string with_query(std::string url, std::string_view query);
/// A parameter that no cache has seen.
[[nodiscard]] std::string fresh_query();

/// Whether the entry has a URL of its own, below no base.
[[nodiscard]] bool is_foreign(const Entry& entry) noexcept;

}  // namespace larder::compat
