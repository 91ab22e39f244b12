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
#include "base/urgency.h"

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
  std::size_t mirror = 0;    ///< below Origin::mirrors()
  bool past_caches = false;  ///< ask intermediaries not to answer from their caches
  /// Bytes that the sink has already: the rest is enough if the origin's copy is still the one with
  /// this validator (a strong ETag). 0: the whole is wanted.
  std::uint64_t resume_from = 0;
  std::string resume_validator;
  /// How much it matters among others that wait for a connection; null: Priority::normal.
  std::shared_ptr<Urgency> urgency;
  Freshness validators;  ///< for transient content: revalidate what is held
  std::stop_token stop;  ///< requesting a stop ends the attempt with errc::cancelled
};

/// What an attempt cost and said. Filled also when it failed.
struct PourReply {
  std::uint64_t wire_bytes = 0;                      ///< body bytes received
  std::uint32_t requests = 0;                        ///< HTTP requests sent (redirects count)
  std::optional<std::chrono::microseconds> latency;  ///< from request to answer, if it is known
  bool not_modified = false;   ///< the validators still hold; nothing was written to the sink
  bool range_refused = false;  ///< only the whole is to be had there
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
  /// How many places have the entry; at least 1.
  [[nodiscard]] virtual std::size_t mirrors(const Entry&) const noexcept { return 1; }
  /// The URL of an entry at a mirror, for logs and explain().
  [[nodiscard]] virtual std::string url_of(const Entry& entry, std::size_t mirror) const = 0;
  [[nodiscard]] std::string url_of(const Entry& entry) const { return url_of(entry, 0); }
};

}  // namespace larder
