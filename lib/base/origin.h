// Origin: the source that pours. Implemented by the rooms that know an origin's layout.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>

#include "base/entry.h"
#include "base/sink.h"

namespace larder {

/// What HTTP says about how long an answer may be reused. Only transient content asks.
struct Freshness {
  bool no_store = false;
  std::optional<std::chrono::seconds> lifetime;  ///< from max-age or Expires; unset: none given
  std::string etag;
  std::string last_modified;
};

/// One attempt to obtain one entry's bytes.
struct PourRequest {
  std::shared_ptr<const OwnedEntry> entry;
  bool past_caches = false;  ///< ask intermediaries not to answer from their caches
  Freshness validators;      ///< for transient content: revalidate what is held
  std::stop_token stop;      ///< requesting a stop ends the attempt with errc::cancelled
};

/// What an attempt cost and said. Filled also when it failed.
struct PourReply {
  std::uint64_t wire_bytes = 0;  ///< body bytes received
  std::uint32_t requests = 0;    ///< HTTP requests sent (redirects count)
  bool not_modified = false;     ///< the validators still hold; nothing was written to the sink
  Freshness freshness;
  std::optional<std::chrono::milliseconds> retry_after;  ///< the rest that the server asked for
  std::string detail;                                    ///< for logs: URL and what happened
};

/// Where missing bytes come from.
/// Threads: pour() from any thread; it returns at once; `done` is called exactly once, on an I/O
/// thread, never from inside pour(), and the sink is not touched after that.
class Origin {
 public:
  using Done = std::function<void(std::error_code, PourReply)>;

  virtual ~Origin() = default;
  virtual void pour(PourRequest request, std::shared_ptr<Sink> sink, Done done) = 0;
  /// The URL of an entry, for logs and explain().
  [[nodiscard]] virtual std::string url_of(const Entry& entry) const = 0;
};

}  // namespace larder
