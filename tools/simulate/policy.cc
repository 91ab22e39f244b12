#include "simulate/policy.h"

#include <algorithm>
#include <compare>
#include <set>
#include <unordered_map>

#include "store/eviction_policy.h"

namespace larder::simulate {
namespace {

class LarderPolicy final : public Policy {
 public:
  explicit LarderPolicy(std::uint64_t quota_bytes) : policy_(quota_bytes) {}

  bool request(const Request& request) override {
    victims_.clear();
    if (!policy_.contains(request.id)) {
      policy_.admit({request.id, request.size_bytes}, victims_);
      return false;
    }
    policy_.touch(request.id);
    if (request.size_bytes > policy_.quota_bytes())
      policy_.erase(request.id);
    else
      policy_.resize(request.id, request.size_bytes);
    policy_.make_room(0, victims_);
    return true;
  }
  [[nodiscard]] std::uint64_t used_bytes() const override { return policy_.used_bytes(); }

 private:
  store::EvictionPolicy policy_;
  std::vector<store::EvictionPolicy::Id> victims_;
};

/// What the policies below look at.
struct Object {
  std::uint64_t size_bytes = 0;
  std::uint64_t uses = 0;
};

struct Rank {
  double worth = 0;
  std::uint64_t time = 0;  // decides between equals
  friend auto operator<=>(const Rank&, const Rank&) = default;
};

// The textbook policies differ only in how they rank objects.

struct KeepsNewcomers {
  static constexpr bool kRanksHits = true;   // again, at each use
  static constexpr bool kMayRefuse = false;  // a newcomer may be the victim
};

struct Lru : KeepsNewcomers {
  Rank rank(const Object&, std::uint64_t now) { return {0, now}; }
  void evicted(const Rank&) {}
};

struct Lfu : KeepsNewcomers {
  Rank rank(const Object& object, std::uint64_t now) {
    return {static_cast<double>(object.uses), now};
  }
  void evicted(const Rank&) {}
};

struct Fifo : Lru {
  static constexpr bool kRanksHits = false;
};

/// Cherkasova 1998, with a cost of 1 for every object.
struct Gdsf : KeepsNewcomers {
  Rank rank(const Object& object, std::uint64_t now) {
    const auto size = static_cast<double>(std::max<std::uint64_t>(1, object.size_bytes));
    return {clock_ + static_cast<double>(object.uses) / size, now};
  }
  void evicted(const Rank& rank) { clock_ = rank.worth; }

 private:
  double clock_ = 0;
};

/// Bélády 1966: the object whose next use is farthest goes first, whatever its size.
class Belady {
 public:
  static constexpr bool kRanksHits = true;
  static constexpr bool kMayRefuse = true;

  explicit Belady(std::span<const Request> trace) : next_use_(trace.size()) {
    std::unordered_map<std::uint64_t, std::size_t> seen_at;
    for (std::size_t i = trace.size(); i-- > 0;) {
      const auto [at, is_last] = seen_at.try_emplace(trace[i].id, i);
      next_use_[i] = is_last ? 2 * trace.size() : at->second;
      at->second = i;
    }
  }
  Rank rank(const Object&, std::uint64_t now) {
    return {-static_cast<double>(next_use_.at(now)), now};
  }
  void evicted(const Rank&) {}

 private:
  std::vector<std::size_t> next_use_;  // by time
};

template <class Ranking>
class RankedPolicy final : public Policy {
 public:
  explicit RankedPolicy(std::uint64_t quota_bytes, Ranking ranking = {})
      : quota_bytes_(quota_bytes), ranking_(std::move(ranking)) {}

  bool request(const Request& request) override {
    const std::uint64_t now = now_++;
    const auto [at, is_new] = entries_.try_emplace(request.id);
    Entry& entry = at->second;
    if (!is_new) {
      used_bytes_ -= entry.object.size_bytes;
      order_.erase({entry.rank, request.id});
    }
    if (request.size_bytes > quota_bytes_) {
      entries_.erase(at);
      return !is_new;
    }
    if (!Ranking::kMayRefuse) make_room(request.size_bytes);
    entry.object.size_bytes = request.size_bytes;
    ++entry.object.uses;
    if (is_new || Ranking::kRanksHits) entry.rank = ranking_.rank(entry.object, now);
    order_.emplace(entry.rank, request.id);
    used_bytes_ += request.size_bytes;
    if (Ranking::kMayRefuse) make_room(0);
    return !is_new;
  }
  [[nodiscard]] std::uint64_t used_bytes() const override { return used_bytes_; }

 private:
  struct Entry {
    Object object;
    Rank rank;
  };

  void make_room(std::uint64_t bytes) {
    while (used_bytes_ > quota_bytes_ - bytes) {
      const auto lowest = order_.begin();
      const auto victim = entries_.find(lowest->second);
      ranking_.evicted(lowest->first);
      used_bytes_ -= victim->second.object.size_bytes;
      entries_.erase(victim);
      order_.erase(lowest);
    }
  }

  std::uint64_t quota_bytes_;
  Ranking ranking_;
  std::uint64_t now_ = 0;
  std::uint64_t used_bytes_ = 0;
  std::unordered_map<std::uint64_t, Entry> entries_;
  std::set<std::pair<Rank, std::uint64_t>> order_;
};

template <class Ranking>
std::unique_ptr<Policy> make_ranked(std::uint64_t quota_bytes, std::span<const Request>) {
  return std::make_unique<RankedPolicy<Ranking>>(quota_bytes);
}

constexpr PolicyKind kKinds[] = {
    {"larder", "what the store does", false,
     [](std::uint64_t quota_bytes, std::span<const Request>) -> std::unique_ptr<Policy> {
       return std::make_unique<LarderPolicy>(quota_bytes);
     }},
    {"lru", "least recently used first", false, make_ranked<Lru>},
    {"fifo", "first in, first out", false, make_ranked<Fifo>},
    {"lfu", "least often used first", false, make_ranked<Lfu>},
    {"s3-fifo", "three queues (Yang 2023)", false, make_s3_fifo},
    {"gdsf", "greedy dual by size and frequency", false, make_ranked<Gdsf>},
    {"belady", "knows the future, not the sizes; needs the whole trace in memory", true,
     [](std::uint64_t quota_bytes, std::span<const Request> trace) -> std::unique_ptr<Policy> {
       return std::make_unique<RankedPolicy<Belady>>(quota_bytes, Belady(trace));
     }},
};

}  // namespace

std::span<const PolicyKind> policy_kinds() noexcept {
  return kKinds;
}

const PolicyKind* find_policy(std::string_view name) noexcept {
  const auto* found = std::find_if(std::begin(kKinds), std::end(kKinds),
                                   [&](const PolicyKind& kind) { return kind.name == name; });
  return found == std::end(kKinds) ? nullptr : found;
}

}  // namespace larder::simulate
