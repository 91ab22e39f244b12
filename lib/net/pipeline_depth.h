// PipelineDepth: how many requests may be under way on one connection to a server.
#pragma once

#include <cstdint>

namespace larder::net {

/// Learns from how the server's answers end. Begins at 1, doubles while all goes well, falls back
/// to 1 at each surprise, and wants twice as long a proof after each. Does no I/O; one thread.
class PipelineDepth {
 public:
  /// `most`: at least 1.
  explicit PipelineDepth(unsigned most) noexcept : most_(most) {}

  [[nodiscard]] unsigned depth() const noexcept { return depth_; }
  /// A connection that has been sent so many requests may be sent another one behind them.
  [[nodiscard]] bool allows_another(std::uint64_t sent) const noexcept { return sent < lifetime_; }

  /// An answer of known length has come whole, the `number`-th of its connection, from 1 on, and
  /// the server keeps the connection.
  void answered(std::uint64_t number) noexcept;
  /// The server ended the connection in order, behind its `number`-th answer. It may have a habit
  /// of it: connections are planned to live no longer.
  void closed_after(std::uint64_t number) noexcept;
  /// The server did something that costs those who wait behind: no length, HTTP/1.0, an end in the
  /// middle.
  void surprised() noexcept;

 private:
  static constexpr std::uint64_t kFirstProof = 2;  // answers, times the depth
  static constexpr std::uint64_t kProofAfterSurprise = 32;
  static constexpr std::uint64_t kLongestProof = 8192;
  static constexpr std::uint64_t kNoLimit = UINT64_MAX;

  const unsigned most_;
  unsigned depth_ = 1;
  std::uint64_t proof_ = kFirstProof;
  std::uint64_t in_a_row_ = 0;
  std::uint64_t lifetime_ = kNoLimit;  // answers on one connection
};

}  // namespace larder::net
