// Corridor: joins the sources. The only place that sees them all.
#pragma once

#include <memory>

#include <larder/result.h>

#include "base/release.h"
#include "fetch/flights.h"

namespace larder::fetch {

/// Threads: any.
class Corridor {
 public:
  explicit Corridor(FlightServices services) : services_(services), flights_(services) {}

  /// The bytes from a local source, in the caller's thread.
  /// errc::would_fetch: only the origin can help; errc::offline: it could, if there were one.
  Result<Blob> lend(const Release& release, const Entry& entry) noexcept;
  /// Whether lend() would find bytes, and which source would be asked. Reads no content.
  [[nodiscard]] Result<Source> locate(const Release& release, const Entry& entry) noexcept;

  /// Downloads in progress.
  [[nodiscard]] Flights& flights() noexcept { return flights_; }

 private:
  Result<Blob> lend_from_bundles(const Release& release, const Entry& entry) noexcept;
  Result<Blob> lend_from_memory(const Release& release, const Entry& entry) noexcept;

  FlightServices services_;
  Flights flights_;
};

}  // namespace larder::fetch
