// Client: keeps the release of one origin up to date. Implemented by the rooms that know an
// origin's protocol.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include <larder/blob.h>
#include <larder/release_info.h>
#include <larder/result.h>

#include "base/release.h"

namespace larder {

/// Fetches an entry of a release through the corridor and waits for it, at most until `deadline`
/// (errc::timed_out). Not from an I/O thread.
using FetchEntry =
    std::function<Result<Blob>(const std::shared_ptr<const Release>& release, const Entry& entry,
                               std::chrono::steady_clock::time_point deadline)>;

/// Fetches pages of a release's table, all at once, and has the release keep them. As FetchEntry.
using FetchPages = std::function<Result<void>(const std::shared_ptr<const Release>& release,
                                              std::span<const Entry> pages,
                                              std::chrono::steady_clock::time_point deadline)>;

/// Has here what the program needs of a release before that may replace the one in use. Called by a
/// client's refresh() when all else is ready, before anything is remembered. As FetchEntry.
using Prepare = std::function<Result<void>(const std::shared_ptr<const Release>& release,
                                           std::chrono::steady_clock::time_point deadline)>;

/// Threads: any; refresh() and load_names() one at a time. They block and must not be called from
/// an I/O thread.
class Client {
 public:
  virtual ~Client() = default;

  /// What can be served without the network; null if nothing is known.
  virtual std::shared_ptr<const Release> start() = 0;
  /// Asks the origin. The release to use from now on, or null when the current one stays. After an
  /// error nothing has changed. Zero `timeout`: the transport's own limits only.
  virtual Result<std::shared_ptr<const Release>> refresh(std::chrono::milliseconds timeout) = 0;
  /// Has the names of the current release here as a whole, if that can be had cheaply; from the
  /// origin only if `may_fetch`. errc::unsupported if nobody has them.
  virtual Result<void> load_names(bool may_fetch) = 0;
  /// Ends what waits for the origin, now and later, with errc::cancelled.
  virtual void stop() noexcept = 0;

  /// Of the release in use.
  [[nodiscard]] virtual ReleaseInfo info() const = 0;
  /// The id that the origin announced last, for damage reports.
  [[nodiscard]] virtual std::string server_id() const = 0;
  /// Bytes and requests spent on heads, ids, tables and name lists, pages of an index excepted.
  [[nodiscard]] virtual std::uint64_t table_bytes() const noexcept = 0;
  [[nodiscard]] virtual std::uint64_t table_requests() const noexcept = 0;
};

}  // namespace larder
