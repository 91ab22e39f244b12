// EvictionPolicy against a slow model of itself, its saved state, and a million objects.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <span>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "store/eviction_policy.h"

namespace larder::store {
namespace {

using Id = EvictionPolicy::Id;
using Ids = std::vector<Id>;
using Object = EvictionPolicy::Object;

/// Spread, and no two below 2^17 share a slot of what is remembered.
constexpr Id id_of(std::uint64_t number) {
  return (number * 0x9e3779b97f4a7c15u & ~std::uint64_t{0x1ffff}) | number;
}

/// The same policy, written for nothing but clarity.
class Model {
 public:
  explicit Model(std::uint64_t quota_bytes) : quota_bytes_(quota_bytes) {}

  bool admit(const Object& object, Ids& victims) {
    if (entries_.contains(object.id)) {
      touch(object.id);
      return true;
    }
    if (object.size_bytes > quota_bytes_) return false;
    Entry entry{object, std::min(255u, uses_[object.id] + 1), 0};
    earn(entry);
    const auto class_of = [](const Entry& e) {
      return e.object.pinned ? 3 : int(e.object.priority);
    };
    const std::tuple<int, std::uint64_t, Id> newcomer{class_of(entry), entry.credit, 0};
    std::vector<std::tuple<int, std::uint64_t, Id>> order;
    std::uint64_t used = used_bytes();
    if (used + object.size_bytes > quota_bytes_)
      for (const auto& [id, other] : entries_)
        if (!other.object.pinned) order.emplace_back(class_of(other), other.credit, id);
    std::make_heap(order.begin(), order.end(), std::greater<>{});
    Ids lowest;
    while (used + object.size_bytes > quota_bytes_) {
      if (order.empty() || order.front() >= newcomer) {
        advance_clock(entry);
        uses_[object.id] = entry.uses;
        return false;
      }
      lowest.push_back(std::get<2>(order.front()));
      used -= entries_.at(lowest.back()).object.size_bytes;
      std::pop_heap(order.begin(), order.end(), std::greater<>{});
      order.pop_back();
    }
    for (const Id id : lowest) {
      const Entry& victim = entries_.at(id);
      advance_clock(victim);
      uses_[id] = victim.uses * 3 / 4;
      entries_.erase(id);
    }
    victims.insert(victims.end(), lowest.begin(), lowest.end());
    earn(entry);
    entries_[object.id] = entry;
    return true;
  }

  void touch(Id id) {
    const auto at = entries_.find(id);
    if (at == entries_.end()) return;
    at->second.uses = std::min(255u, at->second.uses + 1);
    earn(at->second);
  }
  template <class Change>
  void change(Id id, bool earns, Change change) {
    const auto at = entries_.find(id);
    if (at == entries_.end()) return;
    change(at->second.object);
    if (earns) earn(at->second);
  }
  void erase(Id id) { entries_.erase(id); }
  [[nodiscard]] std::uint64_t used_bytes() const {
    std::uint64_t used = 0;
    for (const auto& [id, entry] : entries_) used += entry.object.size_bytes;
    return used;
  }

 private:
  struct Entry {
    Object object;
    unsigned uses = 0;
    std::uint64_t credit = 0;
  };
  void advance_clock(const Entry& entry) {
    auto& clock = clock_[int(entry.object.priority)];
    clock = std::max(clock, entry.credit);
  }
  void earn(Entry& entry) const {
    const std::uint64_t size = std::max<std::uint64_t>(64, entry.object.size_bytes);
    entry.credit =
        clock_[int(entry.object.priority)] + entry.uses * ((std::uint64_t{1} << 38) / size);
  }

  std::uint64_t quota_bytes_;
  std::uint64_t clock_[3] = {};
  std::map<Id, Entry> entries_;
  std::map<Id, unsigned> uses_;
};

/// One random call to both. Equal ids meet again and again.
void step(std::mt19937_64& random, std::uint64_t names, EvictionPolicy& policy, Model& model) {
  const Id id = id_of(random() % names);
  const std::uint64_t size = 1 + random() % 100 * (random() % 100);
  const auto priority = static_cast<Priority>(random() % 20 < 18 ? 1 : random() % 3);
  const auto action = random() % 100;
  if (action < 70) {
    const Object object{id, size, priority, action == 0};
    Ids victims;
    Ids expected;
    const bool kept = policy.admit(object, victims);
    ASSERT_EQ(kept, model.admit(object, expected));
    ASSERT_EQ(victims, expected);
  } else if (action < 90) {
    policy.touch(id);
    model.touch(id);
  } else if (action < 93) {
    policy.erase(id);
    model.erase(id);
  } else if (action < 96) {
    policy.set_pinned(id, false);
    model.change(id, false, [](Object& object) { object.pinned = false; });
  } else if (action < 98) {
    policy.set_priority(id, priority);
    model.change(id, true, [&](Object& object) { object.priority = priority; });
  } else {
    policy.resize(id, size);
    model.change(id, true, [&](Object& object) { object.size_bytes = size; });
    // A grown object may have taken the room of others.
    if (model.used_bytes() > policy.quota_bytes()) {
      policy.erase(id);
      model.erase(id);
    }
  }
}

class AgainstTheModel : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(AgainstTheModel, DecidesTheSame) {
  const std::uint64_t names = GetParam();
  const std::uint64_t quota = names * 1200;
  EvictionPolicy policy(quota);
  Model model(quota);
  std::mt19937_64 random(names);
  for (int i = 0; i < 12'000; ++i) {
    step(random, names, policy, model);
    if (HasFatalFailure()) return;
    ASSERT_LE(policy.used_bytes(), quota);
  }
  EXPECT_EQ(policy.used_bytes(), model.used_bytes());
}

// Above 2048 objects, candidates are a part of all.
INSTANTIATE_TEST_SUITE_P(Sizes, AgainstTheModel, ::testing::Values(20, 500, 6000));

EvictionPolicy filled(std::uint64_t quota_bytes, std::uint64_t names, int requests) {
  EvictionPolicy policy(quota_bytes);
  std::mt19937_64 random(3);
  Ids victims;
  for (int i = 0; i < requests; ++i) {
    const std::uint64_t name = random() % names;
    policy.admit({id_of(name), 100 + name % 1000, static_cast<Priority>(name % 3), name % 97 == 0},
                 victims);
  }
  return policy;
}

TEST(EvictionPolicyState, GivesTheSameDecisionsAfterwards) {
  EvictionPolicy policy = filled(1'000'000, 5000, 30'000);
  EvictionPolicy loaded(policy.quota_bytes());
  ASSERT_TRUE(loaded.load(policy.save()));
  EXPECT_EQ(loaded.objects(), policy.objects());
  EXPECT_EQ(loaded.used_bytes(), policy.used_bytes());
  EXPECT_EQ(loaded.save(), policy.save());
  std::mt19937_64 random(5);
  for (int i = 0; i < 30'000; ++i) {
    const std::uint64_t name = random() % 6000;
    const Object object{id_of(name), 100 + name % 1000, static_cast<Priority>(name % 3)};
    Ids victims;
    Ids expected;
    ASSERT_EQ(loaded.admit(object, victims), policy.admit(object, expected));
    ASSERT_EQ(victims, expected);
  }
  EXPECT_EQ(loaded.save(), policy.save());
}

TEST(EvictionPolicyState, IsRefusedWhenDamagedAndThenChangesNothing) {
  const EvictionPolicy policy = filled(20'000, 100, 500);
  const std::vector<std::byte> state = policy.save();
  EvictionPolicy other = filled(5'000, 20, 100);
  const std::vector<std::byte> before = other.save();
  for (std::size_t length = 0; length < state.size(); ++length)
    ASSERT_FALSE(other.load(std::span(state).first(length))) << length;
  for (std::size_t at = 0; at < state.size(); ++at) {
    std::vector<std::byte> damaged = state;
    damaged[at] ^= std::byte{0x10};
    ASSERT_FALSE(other.load(damaged)) << at;
  }
  EXPECT_EQ(other.save(), before);
  EXPECT_TRUE(other.load(state));
  EXPECT_EQ(other.quota_bytes(), 5'000u);
}

TEST(EvictionPolicyScale, HoldsAMillionObjectsIn24BytesEach) {
  constexpr std::uint64_t kObjects = 1'000'000;
  EvictionPolicy policy(kObjects * 4096);
  Ids victims;
  for (std::uint64_t i = 0; i < kObjects; ++i) {
    const std::uint64_t spread = (i + 1) * 0x9e3779b97f4a7c15u;
    policy.admit({spread, 1 + spread % 8192}, victims);
  }
  const std::uint64_t objects = policy.objects();
  ASSERT_GT(objects, kObjects * 9 / 10);
  EXPECT_LE(policy.memory_bytes(), 24 * objects);
  RecordProperty("bytes_an_object",
                 std::to_string(double(policy.memory_bytes()) / double(objects)));

  // A batch of victims, the largest of which go first: 100,000 objects and more.
  victims.clear();
  ASSERT_TRUE(policy.make_room(policy.quota_bytes() * 3 / 10, victims));
  EXPECT_GT(victims.size(), 100'000u);
  EXPECT_EQ(std::set<Id>(victims.begin(), victims.end()).size(), victims.size());
  EXPECT_EQ(policy.objects(), objects - victims.size());
  EXPECT_LE(policy.used_bytes(), policy.quota_bytes() * 7 / 10);
  EXPECT_LE(policy.memory_bytes(), 24 * objects);
}

}  // namespace
}  // namespace larder::store
