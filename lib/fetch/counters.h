// Counters: figures that every read adds to, without a cache line that all readers share.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace larder::fetch {

enum class Figure : std::uint8_t {
  reads,
  from_bundle,
  from_store,
  from_origin,
  joined,
  absent,
  failed,
  bytes_served,
  wire_bytes,
  requests,
  hedges,
  hedges_won,
  index_bytes,
  index_requests,
  damaged,
  store_failures,
  store_refusals,
  count_,
};

/// Threads: any. A sum taken while others add is a moment old, never torn.
class Counters {
 public:
  void add(Figure figure, std::uint64_t amount = 1) noexcept {
    mine().values[static_cast<std::size_t>(figure)].fetch_add(amount, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t sum(Figure figure) const noexcept {
    std::uint64_t total = 0;
    for (const Stripe& stripe : stripes_)
      total += stripe.values[static_cast<std::size_t>(figure)].load(std::memory_order_relaxed);
    return total;
  }

 private:
  struct alignas(64) Stripe {
    std::array<std::atomic<std::uint64_t>, static_cast<std::size_t>(Figure::count_)> values{};
  };
  static constexpr std::size_t kStripes = 32;

  Stripe& mine() noexcept {
    static std::atomic<std::size_t> next{0};
    thread_local const std::size_t index = next.fetch_add(1, std::memory_order_relaxed) % kStripes;
    return stripes_[index];
  }

  std::array<Stripe, kStripes> stripes_;
};

}  // namespace larder::fetch
