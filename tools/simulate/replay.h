// Replay: one trace through one policy, and what that cost.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "simulate/policy.h"

namespace larder::simulate {

/// Counts of a replay.
struct Counts {
  std::uint64_t requests = 0;
  std::uint64_t hits = 0;
  std::uint64_t request_bytes = 0;
  std::uint64_t hit_bytes = 0;

  [[nodiscard]] double object_hit_rate() const noexcept;
  [[nodiscard]] double byte_hit_rate() const noexcept;
};

/// What a miss costs: a round trip, and its bytes through the line.
struct FetchCost {
  std::chrono::duration<double> per_request{0.040};
  double bytes_per_second = 5e6;
  /// Time spent waiting for everything that missed, one after the other.
  [[nodiscard]] std::chrono::duration<double> of(const Counts& counts) const noexcept;
};

class Replay {
 public:
  /// As PolicyKind::make.
  Replay(const PolicyKind& kind, std::uint64_t quota_bytes, std::span<const Request> trace = {});
  void request(const Request& request);
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }
  [[nodiscard]] const Policy& policy() const noexcept { return *policy_; }

 private:
  std::unique_ptr<Policy> policy_;
  Counts counts_;
};

/// The whole of `trace` through one policy.
[[nodiscard]] Counts replay(const PolicyKind& kind, std::uint64_t quota_bytes,
                            std::span<const Request> trace);

/// Distinct objects of a trace. Memory grows with their number, not with that of the requests.
class Footprint {
 public:
  void request(const Request& request);
  [[nodiscard]] std::uint64_t objects() const noexcept { return sizes_.size(); }
  /// Sum of the sizes that the objects had last.
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  std::unordered_map<std::uint64_t, std::uint64_t> sizes_;
  std::uint64_t bytes_ = 0;
};

}  // namespace larder::simulate
