// Stats: what a Vfs has done since it was opened.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace larder {

/// How long something took, over many times. Percentiles are upper bounds, at most a quarter too
/// high.
struct Latency {
  std::uint64_t samples = 0;
  std::chrono::nanoseconds p50{0};
  std::chrono::nanoseconds p90{0};
  std::chrono::nanoseconds p99{0};
  std::chrono::nanoseconds max{0};
};

/// What a local store did.
struct StoreActivity {
  std::uint64_t hits = 0;              ///< look-ups that handed out bytes
  std::uint64_t misses = 0;            ///< look-ups that did not
  std::uint64_t stored = 0;            ///< objects that came in
  std::uint64_t stored_again = 0;      ///< of these: evicted or dropped before by the same process
  std::uint64_t damaged = 0;           ///< objects dropped because their bytes were wrong
  std::uint64_t write_failures = 0;    ///< verified objects that could not be stored
  std::uint64_t read_failures = 0;     ///< of `misses`: because the disk failed
  std::uint64_t refusals = 0;          ///< verified objects that the quota left no room for
  std::uint64_t evictions = 0;         ///< objects dropped to make room
  std::uint64_t reinsertions = 0;      ///< objects copied to have their segment removed
  std::uint64_t stored_bytes = 0;      ///< sum of the sizes of `stored`
  std::uint64_t appended_bytes = 0;    ///< written to segments for them, copies included
  std::chrono::nanoseconds waited{0};  ///< sum of `miss`: reads of what was not there
  Latency hit;   ///< of look-ups that handed out bytes; every 64th of each thread is measured
  Latency miss;  ///< of whole reads that had to wait for the origin; all are measured
};

/// What one server did since open().
struct HostActivity {
  std::string host;            ///< scheme, host and port: "https://cdn.example"; "file://"
  std::uint64_t requests = 0;  ///< sent to it
  std::uint64_t bytes = 0;     ///< of content and tables that it sent
  std::uint64_t failures = 0;  ///< attempts that ended in condition::retryable
  std::uint64_t damaged = 0;   ///< bodies that failed their checksum
  std::uint64_t hedges = 0;    ///< requests sent to it because another server's answer was late
  std::chrono::microseconds latency{0};  ///< from a request to its answer, on average; 0: unknown
  bool resting = false;                  ///< left alone for a while, because it failed too often
};

/// Counters since open(). Taken one by one, so figures of a busy Vfs may be a moment apart.
struct Stats {
  std::uint64_t reads = 0;        ///< read calls of any form
  std::uint64_t from_bundle = 0;  ///< served from content shipped with the app
  std::uint64_t from_store = 0;   ///< served from the local store
  std::uint64_t from_origin = 0;  ///< served after a download
  std::uint64_t joined = 0;       ///< of from_origin: waited for a download that was under way
  std::uint64_t absent = 0;       ///< ended in condition::absent
  std::uint64_t failed = 0;       ///< ended in any other error

  std::uint64_t bytes_served = 0;    ///< sum of the sizes handed out
  std::uint64_t wire_bytes = 0;      ///< content bytes received, damaged ones included
  std::uint64_t requests = 0;        ///< content requests sent
  std::uint64_t table_bytes = 0;     ///< bytes received for ids, tables and name lists
  std::uint64_t table_requests = 0;  ///< requests sent for them

  std::uint64_t hedges = 0;          ///< second requests, because an answer was late
  std::uint64_t hedges_won = 0;      ///< of these: answered first
  std::uint64_t damaged = 0;         ///< bodies or local objects that failed their checksum
  std::uint64_t store_failures = 0;  ///< verified content that could not be stored
  std::uint64_t store_refusals = 0;  ///< verified content that the quota left no room for

  std::uint64_t stored_objects = 0;    ///< in the store
  std::uint64_t stored_bytes = 0;      ///< sum of their sizes
  std::uint64_t store_disk_bytes = 0;  ///< what the store takes on disk
  StoreActivity store;                 ///< since open(), by this process
  StoreActivity store_life;            ///< since the store was made, by all processes

  /// Share of successful reads that needed no download; 1 if there were none.
  [[nodiscard]] double hit_rate() const noexcept {
    const std::uint64_t local = from_bundle + from_store;
    const std::uint64_t all = local + from_origin;
    return all == 0 ? 1.0 : static_cast<double>(local) / static_cast<double>(all);
  }
};

}  // namespace larder
