#include "store/eviction_policy.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <new>
#include <utility>

#include "store/record.h"

namespace larder::store {
namespace {

constexpr std::uint64_t kEverything = std::numeric_limits<std::uint64_t>::max();
constexpr unsigned kMaxUses = 255;
constexpr std::uint64_t kPinnedClass = 3;  // above every Priority

// A use of an object of n bytes earns kUseCredit / n.
constexpr std::uint64_t kUseCredit = std::uint64_t{1} << 38;
// What a smaller object costs the store anyway: a record's header and a row.
constexpr std::uint64_t kLeastBytes = 64;

constexpr std::size_t kRecallSlots = std::size_t{1} << 17;
constexpr std::uint32_t kUsesMask = 0xff;

// Candidates are collected for many decisions at once: 1 of 32 objects, at least 1024.
constexpr std::uint64_t kLeastBatch = 1024;
constexpr std::uint64_t kBatchShare = 32;
constexpr std::uint64_t kSamples = 4096;

constexpr std::uint64_t credit_of(std::uint64_t size_bytes, unsigned uses) noexcept {
  return uses * std::max<std::uint64_t>(1, kUseCredit / std::max(size_bytes, kLeastBytes));
}

// Whatever is earned on top of the clock still fits into the bits of a credit.
constexpr std::uint64_t max_clock(unsigned credit_bits) noexcept {
  return (std::uint64_t{1} << credit_bits) - 1 - credit_of(kLeastBytes, kMaxUses);
}

constexpr unsigned plus(unsigned uses, unsigned more) noexcept {
  return std::min(kMaxUses, uses + std::min(kMaxUses, more));
}

// A saved state is a row of 64-bit words, little-endian: magic, a clock for each class, number of
// objects, number of recalled uses; (id, size and flags, credit) of each object by id; (slot,
// value) of each recalled use; checksum of all that.
constexpr std::uint64_t kStateMagic = 0x31304c4f50564544;  // "DEVPOL01"
constexpr std::size_t kStateHeaderWords = 6;
constexpr std::size_t kObjectWords = 3;
constexpr unsigned kUsesAt = 40, kPriorityAt = 48, kPinnedAt = 50;

void put_word(std::vector<std::byte>& state, std::uint64_t word) {
  for (int shift = 0; shift < 64; shift += 8)
    state.push_back(static_cast<std::byte>(word >> shift));
}

std::uint64_t get_word(std::span<const std::byte> state, std::size_t index) noexcept {
  std::uint64_t word = 0;
  for (std::size_t i = 8; i-- > 0;)
    word = word << 8 | std::to_integer<unsigned>(state[8 * index + i]);
  return word;
}

constexpr std::size_t shard_of(EvictionPolicy::Id id) noexcept {
  return static_cast<std::size_t>(id >> 52);
}

}  // namespace

void EvictionPolicy::Entry::set_size(std::uint64_t size_bytes) noexcept {
  size_low = static_cast<std::uint32_t>(size_bytes);
  size_high = static_cast<std::uint32_t>(size_bytes >> 32) & 0xff;
}

void EvictionPolicy::Entry::set_credit(std::uint64_t credit) noexcept {
  credit_low = static_cast<std::uint32_t>(credit);
  credit_high = static_cast<std::uint32_t>(credit >> 32) & ((1u << (kCreditBits - 32)) - 1);
}

EvictionPolicy::EvictionPolicy(std::uint64_t quota_bytes)
    : quota_bytes_(quota_bytes), shards_(kShards), recall_(kRecallSlots) {}

bool EvictionPolicy::admit(const Object& object, std::vector<Id>& victims) {
  if (find(object.id)) {
    touch(object.id);
    return true;
  }
  if (object.size_bytes > std::min(quota_bytes_, kMaxObjectBytes)) return false;

  const unsigned uses = plus(recall(object.id), 1);
  const auto priority = static_cast<std::size_t>(object.priority);
  const std::uint64_t credit = clock_[priority] + credit_of(object.size_bytes, uses);
  const std::uint64_t rank =
      (object.pinned ? kPinnedClass : std::uint64_t{priority}) << kCreditBits | credit;
  std::vector<Candidate> taken;
  try {
    if (!take(object.size_bytes, rank, taken)) {
      for (const Candidate& candidate : taken) watch(*find(candidate.id));
      // Lets the clock run on, so that no one who was popular once stays for ever.
      advance_clock(priority, credit);
      remember(object.id, uses);
      return false;
    }
    victims.reserve(victims.size() + taken.size());
    insert(object, uses);
  } catch (const std::bad_alloc&) {
    forget_candidates();
    throw;
  }
  for (const Candidate& candidate : taken) {
    evict(*find(candidate.id));
    victims.push_back(candidate.id);
  }
  Entry& entry = *find(object.id);
  earn(entry);
  watch(entry);
  return true;
}

void EvictionPolicy::adopt(const Object& object) {
  if (find(object.id)) return;
  insert(object, plus(recall(object.id), 1));
  watch(*find(object.id));
}

bool EvictionPolicy::make_room(std::uint64_t bytes, std::vector<Id>& victims) {
  if (bytes > quota_bytes_) return false;
  while (used_bytes_ > quota_bytes_ - bytes) {
    Entry* lowest = find_lowest(nullptr);
    if (!lowest) return false;
    victims.push_back(lowest->id());
    pop();
    evict(*lowest);
  }
  return true;
}

void EvictionPolicy::touch(Id id, unsigned uses) noexcept {
  Entry* entry = find(id);
  if (!entry) return;
  entry->uses = plus(entry->uses, uses) & kUsesMask;
  earn(*entry);  // its rank can only rise, so its candidate need not know
}

void EvictionPolicy::erase(Id id) noexcept {
  if (Entry* entry = find(id)) remove(*entry);
}

void EvictionPolicy::rename(Id from, Id to) {
  if (from == to) return;
  Entry* entry = find(from);
  if (!entry) return;
  const unsigned uses = plus(entry->uses, recall(to));
  const Object object{to, entry->size_bytes(), static_cast<Priority>(entry->priority),
                      entry->pinned != 0};
  remove(*entry);
  if (find(to)) return touch(to);
  insert(object, uses);
  watch(*find(to));
}

void EvictionPolicy::resize(Id id, std::uint64_t size_bytes) noexcept {
  Entry* entry = find(id);
  if (!entry || entry->size_bytes() == size_bytes) return;
  used_bytes_ -= entry->size_bytes();
  entry->set_size(std::min(size_bytes, kMaxObjectBytes));
  used_bytes_ += entry->size_bytes();
  earn(*entry);
  watch(*entry);
}

void EvictionPolicy::set_pinned(Id id, bool pinned) noexcept {
  Entry* entry = find(id);
  if (!entry) return;
  entry->pinned = pinned;
  watch(*entry);
}

void EvictionPolicy::set_priority(Id id, Priority priority) noexcept {
  Entry* entry = find(id);
  if (!entry) return;
  entry->priority = static_cast<std::uint32_t>(priority) & 3;
  earn(*entry);
  watch(*entry);
}

void EvictionPolicy::retain(const std::function<bool(Id)>& keep) {
  for (Shard& shard : shards_)
    std::erase_if(shard, [&](const Entry& entry) {
      if (keep(entry.id())) return false;
      used_bytes_ -= entry.size_bytes();
      --objects_;
      return true;
    });
}

std::size_t EvictionPolicy::memory_bytes() const noexcept {
  std::size_t bytes = shards_.capacity() * sizeof(Shard) +
                      candidates_.capacity() * sizeof(Candidate) +
                      recall_.capacity() * sizeof(std::uint32_t);
  for (const Shard& shard : shards_) bytes += shard.capacity() * sizeof(Entry);
  return bytes;
}

std::vector<std::byte> EvictionPolicy::save() const {
  const auto recalled = static_cast<std::size_t>(
      std::count_if(recall_.begin(), recall_.end(), [](std::uint32_t slot) { return slot != 0; }));
  std::vector<std::byte> state;
  state.reserve(8 * (kStateHeaderWords + kObjectWords * objects_ + recalled + 1));
  put_word(state, kStateMagic);
  for (const std::uint64_t clock : clock_) put_word(state, clock);
  put_word(state, objects_);
  put_word(state, recalled);
  for (const Shard& shard : shards_)
    for (const Entry& entry : shard) {
      put_word(state, entry.id());
      put_word(state, entry.size_bytes() | std::uint64_t{entry.uses} << kUsesAt |
                          std::uint64_t{entry.priority} << kPriorityAt |
                          std::uint64_t{entry.pinned} << kPinnedAt);
      put_word(state, entry.credit());
    }
  for (std::size_t slot = 0; slot < recall_.size(); ++slot)
    if (recall_[slot] != 0) put_word(state, std::uint64_t{slot} << 32 | recall_[slot]);
  put_word(state, fast_checksum(state));
  return state;
}

bool EvictionPolicy::load(std::span<const std::byte> state) {
  const std::size_t words = state.size() / 8;
  if (state.size() % 8 != 0 || words <= kStateHeaderWords) return false;
  if (get_word(state, 0) != kStateMagic) return false;
  if (get_word(state, words - 1) != fast_checksum(state.first(state.size() - 8))) return false;
  const std::uint64_t objects = get_word(state, 4);
  const std::uint64_t recalled = get_word(state, 5);
  const std::uint64_t rest = words - kStateHeaderWords - 1;
  if (objects > rest / kObjectWords || recalled != rest - objects * kObjectWords) return false;

  EvictionPolicy loaded(quota_bytes_);
  for (std::size_t i = 0; i < kPriorities; ++i) {
    loaded.clock_[i] = get_word(state, 1 + i);
    if (loaded.clock_[i] > max_clock(kCreditBits)) return false;
  }
  std::size_t at = kStateHeaderWords;
  for (std::uint64_t i = 0; i < objects; ++i, at += kObjectWords) {
    const std::uint64_t packed = get_word(state, at + 1);
    const std::uint64_t priority = packed >> kPriorityAt & 3;
    const Object object{get_word(state, at), packed & kMaxObjectBytes,
                        static_cast<Priority>(priority), (packed >> kPinnedAt & 1) != 0};
    if (priority >= kPriorities || loaded.contains(object.id)) return false;
    loaded.insert(object, static_cast<unsigned>(packed >> kUsesAt) & kMaxUses);
    loaded.find(object.id)->set_credit(get_word(state, at + 2));
  }
  for (; at < words - 1; ++at) {
    const std::uint64_t word = get_word(state, at);
    loaded.recall_[(word >> 32) % kRecallSlots] = static_cast<std::uint32_t>(word);
  }
  *this = std::move(loaded);
  return true;
}

const EvictionPolicy::Entry* EvictionPolicy::find(Id id) const noexcept {
  const Shard& shard = shards_[shard_of(id)];
  const auto at =
      std::lower_bound(shard.begin(), shard.end(), id,
                       [](const Entry& entry, Id wanted) { return entry.id() < wanted; });
  return at != shard.end() && at->id() == id ? &*at : nullptr;
}

EvictionPolicy::Entry* EvictionPolicy::find(Id id) noexcept {
  return const_cast<Entry*>(static_cast<const EvictionPolicy*>(this)->find(id));
}

void EvictionPolicy::insert(const Object& object, unsigned uses) {
  Shard& shard = shards_[shard_of(object.id)];
  // Doubling would waste half of the memory.
  if (shard.size() == shard.capacity()) shard.reserve(shard.size() + shard.size() / 32 + 1);
  Entry entry{};
  entry.id_high = static_cast<std::uint32_t>(object.id >> 32);
  entry.id_low = static_cast<std::uint32_t>(object.id);
  entry.set_size(std::min(object.size_bytes, kMaxObjectBytes));
  entry.uses = uses & kUsesMask;
  entry.priority = static_cast<std::uint32_t>(object.priority) & 3;
  entry.pinned = object.pinned;
  earn(entry);
  shard.insert(std::lower_bound(shard.begin(), shard.end(), object.id,
                                [](const Entry& other, Id id) { return other.id() < id; }),
               entry);
  used_bytes_ += entry.size_bytes();
  ++objects_;
}

void EvictionPolicy::evict(Entry& entry) noexcept {
  remember(entry.id(), entry.uses * 3 / 4);
  advance_clock(entry.priority, entry.credit());
  remove(entry);
}

void EvictionPolicy::remove(Entry& entry) noexcept {
  used_bytes_ -= entry.size_bytes();
  --objects_;
  Shard& shard = shards_[shard_of(entry.id())];
  shard.erase(shard.begin() + (&entry - shard.data()));
}

void EvictionPolicy::earn(Entry& entry) noexcept {
  entry.set_credit(clock_[entry.priority] + credit_of(entry.size_bytes(), entry.uses));
}

void EvictionPolicy::advance_clock(std::size_t priority, std::uint64_t credit) noexcept {
  std::uint64_t& clock = clock_[priority];
  clock = std::max(clock, credit);
  if (clock <= max_clock(kCreditBits)) return;
  const std::uint64_t past = clock / 2;
  clock -= past;
  for (Shard& shard : shards_)
    for (Entry& entry : shard)
      if (entry.priority == priority)
        entry.set_credit(entry.credit() > past ? entry.credit() - past : 0);
  forget_candidates();
}

// Moves candidates to `taken`, the lowest first, until `bytes` would fit once they are evicted.
// False if those below `rank_limit` are too few.
bool EvictionPolicy::take(std::uint64_t bytes, std::uint64_t rank_limit,
                          std::vector<Candidate>& taken) {
  if (bytes > quota_bytes_) return false;
  std::uint64_t used = used_bytes_;
  while (used > quota_bytes_ - bytes) {
    const Entry* lowest = find_lowest(taken.empty() ? nullptr : &taken.back());
    if (!lowest || lowest->rank() >= rank_limit) return false;
    taken.push_back(candidates_.front());
    pop();
    used -= lowest->size_bytes();
  }
  return true;
}

// The lowest that is not pinned and comes after `after`; its candidate is on top. Null: none.
EvictionPolicy::Entry* EvictionPolicy::find_lowest(const Candidate* after) {
  for (;;) {
    while (!candidates_.empty()) {
      const Candidate top = candidates_.front();
      Entry* entry = find(top.id);
      const Candidate now{entry ? entry->rank() : 0, top.id};
      const bool eligible = entry && !entry->pinned && !(after && now <= *after);
      if (eligible && now == top) return entry;
      pop();
      if (eligible) watch(*entry);
    }
    if (horizon_ == kEverything) return nullptr;
    refill(after);
  }
}

void EvictionPolicy::pop() noexcept {
  std::pop_heap(candidates_.begin(), candidates_.end(), std::greater<>{});
  candidates_.pop_back();
}

void EvictionPolicy::refill(const Candidate* after) {
  forget_candidates();
  const std::uint64_t horizon = pick_horizon(after);
  for (const Shard& shard : shards_)
    for (const Entry& entry : shard) {
      const Candidate candidate{entry.rank(), entry.id()};
      if (entry.pinned || candidate.rank >= horizon || (after && candidate <= *after)) continue;
      candidates_.push_back(candidate);
    }
  std::make_heap(candidates_.begin(), candidates_.end(), std::greater<>{});
  horizon_ = horizon;
}

// A rank with about a batch of eligible entries below it; estimated, for any would do.
std::uint64_t EvictionPolicy::pick_horizon(const Candidate* after) const {
  const std::uint64_t batch = std::max(kLeastBatch, objects_ / kBatchShare);
  if (objects_ <= 2 * batch) return kEverything;
  const std::uint64_t stride = std::max<std::uint64_t>(1, objects_ / kSamples);
  std::vector<std::uint64_t> ranks;
  ranks.reserve(2 * kSamples);
  std::uint64_t position = 0;
  for (const Shard& shard : shards_) {
    for (; position < shard.size(); position += stride) {
      const Entry& entry = shard[position];
      if (entry.pinned || (after && Candidate{entry.rank(), entry.id()} <= *after)) continue;
      ranks.push_back(entry.rank());
    }
    position -= shard.size();
  }
  const std::uint64_t nth = batch / stride;
  if (nth >= ranks.size()) return kEverything;
  std::nth_element(ranks.begin(), ranks.begin() + static_cast<std::ptrdiff_t>(nth), ranks.end());
  return ranks[nth] + 1;
}

// Keeps the promise of horizon_ after the entry's rank may have fallen.
void EvictionPolicy::watch(const Entry& entry) noexcept {
  if (entry.pinned || entry.rank() >= horizon_) return;
  // Many stale elements: it is time to collect anew.
  if (candidates_.size() > 4 * kLeastBatch + 2 * objects_ / kBatchShare) return forget_candidates();
  try {
    candidates_.push_back({entry.rank(), entry.id()});
    std::push_heap(candidates_.begin(), candidates_.end(), std::greater<>{});
  } catch (const std::bad_alloc&) {
    forget_candidates();
  }
}

void EvictionPolicy::forget_candidates() noexcept {
  candidates_.clear();
  horizon_ = 0;
}

void EvictionPolicy::remember(Id id, unsigned uses) noexcept {
  std::uint32_t& slot = recall_[id % kRecallSlots];
  const std::uint32_t mark = static_cast<std::uint32_t>(id >> 32) & ~kUsesMask;
  if (uses > 0)
    slot = mark | uses;
  else if ((slot & ~kUsesMask) == mark)
    slot = 0;
}

unsigned EvictionPolicy::recall(Id id) const noexcept {
  const std::uint32_t slot = recall_[id % kRecallSlots];
  const std::uint32_t mark = static_cast<std::uint32_t>(id >> 32) & ~kUsesMask;
  return (slot & ~kUsesMask) == mark ? slot & kUsesMask : 0;
}

}  // namespace larder::store
