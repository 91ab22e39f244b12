// Transport: one GET of one URL, poured into a Sink. The seam between Larder and the network.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "base/sink.h"
#include "base/urgency.h"

namespace larder::net {

/// One GET.
struct Request {
  std::string url;  ///< http, https or file; already percent-encoded
  std::vector<std::pair<std::string, std::string>> headers;  ///< beside those that are always sent
  std::uint64_t max_bytes = 0;  ///< a longer body ends in errc::too_large; 0: no body at all
  std::chrono::milliseconds timeout{0};  ///< for the whole exchange; 0: none
  /// Of two that wait for a connection the higher one goes first, also if it has risen meanwhile.
  /// Priority::low is the background: it leaves a quarter of the connections to others. Null:
  /// Priority::normal.
  std::shared_ptr<Urgency> urgency;
  /// More than 0: the sink has so many bytes of the answer with the strong ETag `resume_etag`, and
  /// may get the rest only (Sink::resume()), or the whole (Sink::expect()).
  std::uint64_t resume_from = 0;
  std::string resume_etag;
  std::stop_token stop;
};

/// What the server said. Header values are empty if absent.
struct Response {
  unsigned status = 0;  ///< of the last answer; 0 if none came
  std::string url;      ///< that answered, after redirects
  std::string etag;
  std::string last_modified;
  std::string cache_control;
  std::string expires;
  std::string date;
  std::string age;
  std::string vary;
  std::string retry_after;
  std::string content_type;
  std::optional<std::uint64_t> content_length;
  bool range_refused = false;  ///< the answer was another part than the one that was asked for
  /// From the request to the head of its answer; unset if others were ahead of it.
  std::optional<std::chrono::microseconds> latency;
  std::uint64_t body_bytes = 0;  ///< received, also of a failed exchange
  std::uint32_t requests = 0;    ///< sent, with redirects and repeats after a connection's end
  std::string detail;            ///< for logs: "GET http://… : connection refused"
};

/// Threads: get() from any thread. It returns at once; `done` is called exactly once, never from
/// inside get(), on an I/O thread, and the sink is not touched after that; it must not throw.
/// Destroying the Transport ends all exchanges with errc::cancelled first.
///
/// Outcome: success only for status 200, or 206 to a request with resume_from, with a complete body
/// in the sink, and for 304 (nothing written). Every other status is an error: 404 and 410
/// errc::not_found; 407 errc::proxy_refused; 408, 425, 429 and 5xx errc::overloaded; another part
/// than the one asked for, and 416, errc::interrupted; redirects by policy errc::refused_redirect;
/// else errc::http_status.
/// Bodies of errors never reach the sink.
class Transport {
 public:
  using Done = std::function<void(std::error_code, Response)>;

  virtual ~Transport() = default;
  virtual void get(Request request, std::shared_ptr<Sink> sink, Done done) = 0;
};

/// Fetches a small document into memory and waits for it. Not from an I/O thread.
struct Document {
  std::string body;
  Response response;
};
std::pair<std::error_code, Document> get_document(Transport& transport, Request request);

}  // namespace larder::net
