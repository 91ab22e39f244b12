// The network as a shared good: who may use how much of it.
#pragma once

#include <cstdint>
#include <optional>

namespace larder {

/// What matters more when not everything can be had at once: downloads of a higher priority begin
/// first and get the larger part of a limited line; when the store is full, all of a lower class
/// goes before any of a higher one. The numbers stand in the indexes of stores.
enum class Priority : std::uint8_t { low = 0, normal = 1, high = 2 };

/// What a Vfs may ask of the network. Content only: ids, tables and name lists are not limited.
/// A download that several reads wait for has the highest of their priorities.
struct NetworkPolicy {
  /// Most downloads at the same time; 0: no limit.
  unsigned flights = 0;
  /// Most downloads of Priority::low at the same time; 0: 16 for each connection that is theirs,
  /// which are three quarters of Options::connections_per_host.
  unsigned low_flights = 0;
  /// 0: no limit. Averaged over seconds; lower priorities get what higher ones leave. Not for
  /// origins that are directories.
  std::uint64_t bytes_per_second = 0;
  /// Nothing below it is downloaded. On a metered network: Priority::high.
  Priority least = Priority::low;
  /// Bytes that may be downloaded since open(); empty: no limit. A download that has begun is
  /// finished.
  std::optional<std::uint64_t> session_bytes;
  /// The same for one priority each.
  std::optional<std::uint64_t> low_bytes;
  std::optional<std::uint64_t> normal_bytes;
  std::optional<std::uint64_t> high_bytes;
};

}  // namespace larder
