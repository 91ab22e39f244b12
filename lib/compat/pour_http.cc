#include "compat/pour_http.h"

#include <utility>

#include "net/freshness.h"
#include "net/random_text.h"
#include "net/retry_after.h"

namespace larder::compat {

net::Request to_request(const PourRequest& pour, std::string url, std::uint64_t max_bytes) {
  net::Request request;
  request.url = std::move(url);
  request.max_bytes = max_bytes;
  request.urgency = pour.urgency;
  request.stop = pour.stop;
  if (pour.past_caches) {
    request.headers.emplace_back("Cache-Control", "no-cache");
    request.headers.emplace_back("Pragma", "no-cache");
  }
  request.resume_from = pour.resume_from;
  request.resume_etag = pour.resume_validator;
  if (!pour.validators.etag.empty())
    request.headers.emplace_back("If-None-Match", pour.validators.etag);
  else if (!pour.validators.last_modified.empty())
    request.headers.emplace_back("If-Modified-Since", pour.validators.last_modified);
  return request;
}

PourReply to_reply(net::Response&& response) {
  PourReply reply;
  reply.wire_bytes = response.body_bytes;
  reply.requests = response.requests;
  reply.latency = response.latency;
  reply.not_modified = response.status == 304;
  reply.range_refused = response.range_refused;
  reply.freshness = net::freshness_of(response);
  reply.retry_after = net::retry_after_of(response, std::chrono::system_clock::now());
  reply.detail = std::move(response.detail);
  return reply;
}

std::string with_query(std::string url, std::string_view query) {
  if (query.empty()) return url;
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += query;
  return url;
}

std::string fresh_query() {
  return "larder=" + net::random_hex();
}

bool is_foreign(const Entry& entry) noexcept {
  return entry.route == Route::transient && entry.home.find("://") != std::string_view::npos;
}

}  // namespace larder::compat
