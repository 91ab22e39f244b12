// EvictionPolicy: which objects a store keeps within its quota. Pure: no clock, no disk, no
// floating point; the same calls give the same decisions everywhere. See docs/eviction.md.
// Store-internal.
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include <larder/network.h>

namespace larder::store {

/// Remembers of each object its size and what its use has earned it; holds no content. About 22
/// bytes an object, and half a mebibyte for the uses of objects that are not kept.
///
/// Threads: one at a time. Functions that are not noexcept throw std::bad_alloc; nothing has
/// changed then.
class EvictionPolicy {
 public:
  /// Names an object. Spread over all 64 bits, as the first eight bytes of a digest are.
  using Id = std::uint64_t;

  /// Larger objects are never kept.
  static constexpr std::uint64_t kMaxObjectBytes = (std::uint64_t{1} << 40) - 1;

  struct Object {
    Id id = 0;
    std::uint64_t size_bytes = 0;
    Priority priority = Priority::normal;
    bool pinned = false;  ///< never a victim
  };

  explicit EvictionPolicy(std::uint64_t quota_bytes);

  /// Asks for a place for an object that was fetched. True: it is kept from now on, and the objects
  /// appended to `victims` are forgotten; the caller drops them. False: it is worth less than what
  /// it would displace, or there is no room beside what is pinned; nothing is dropped, and its use
  /// is remembered. If the object is there already, this is a touch().
  bool admit(const Object& object, std::vector<Id>& victims);
  /// Takes up an object that is in the store whatever this policy thinks, such as one that another
  /// process stored. May exceed the quota; make_room(0, …) mends that. No effect on a known object.
  void adopt(const Object& object);
  /// Forgets the least worthy until `bytes` fit beside the rest, and appends them to `victims`.
  /// False: what is pinned leaves no such room, and everything else was forgotten; or `bytes`
  /// exceed the quota, and nothing was.
  bool make_room(std::uint64_t bytes, std::vector<Id>& victims);

  /// Counts `uses` uses. Here as below, an unknown id has no effect.
  void touch(Id id, unsigned uses = 1) noexcept;
  void erase(Id id) noexcept;
  /// `from` is called `to` from now on, and has the uses of both. Forgotten if there is a `to`.
  void rename(Id from, Id to);
  /// May exceed the quota, or leave the size at kMaxObjectBytes; make_room(0, …) mends the former.
  void resize(Id id, std::uint64_t size_bytes) noexcept;
  void set_pinned(Id id, bool pinned) noexcept;
  void set_priority(Id id, Priority priority) noexcept;
  /// make_room(0, …) does what a smaller quota asks for.
  void set_quota(std::uint64_t quota_bytes) noexcept { quota_bytes_ = quota_bytes; }
  /// Forgets the objects for which `keep` returns false; `keep` must not call this policy.
  void retain(const std::function<bool(Id)>& keep);

  [[nodiscard]] bool contains(Id id) const noexcept { return find(id) != nullptr; }
  [[nodiscard]] std::uint64_t objects() const noexcept { return objects_; }
  [[nodiscard]] std::uint64_t used_bytes() const noexcept { return used_bytes_; }
  [[nodiscard]] std::uint64_t quota_bytes() const noexcept { return quota_bytes_; }
  /// Allocated by this policy.
  [[nodiscard]] std::size_t memory_bytes() const noexcept;

  /// All that is known, but the quota: 24 bytes an object. load() on any machine restores it.
  [[nodiscard]] std::vector<std::byte> save() const;
  /// Replaces all that is known. False: `state` is damaged or of another version; nothing changed.
  bool load(std::span<const std::byte> state);

 private:
  static constexpr unsigned kCreditBits = 45;
  static constexpr std::size_t kPriorities = 3;
  static constexpr std::size_t kShards = 4096;

  struct Entry {
    std::uint32_t id_high, id_low;
    std::uint32_t size_low, credit_low;
    std::uint32_t size_high : 8, credit_high : kCreditBits - 32, uses : 8, priority : 2, pinned : 1;

    [[nodiscard]] Id id() const noexcept { return Id{id_high} << 32 | id_low; }
    [[nodiscard]] std::uint64_t size_bytes() const noexcept {
      return std::uint64_t{size_high} << 32 | size_low;
    }
    [[nodiscard]] std::uint64_t credit() const noexcept {
      return std::uint64_t{credit_high} << 32 | credit_low;
    }
    void set_size(std::uint64_t size_bytes) noexcept;
    void set_credit(std::uint64_t credit) noexcept;
    /// What entries are compared by: class, then credit.
    [[nodiscard]] std::uint64_t rank() const noexcept {
      return std::uint64_t{priority} << kCreditBits | credit();
    }
  };
  static_assert(sizeof(Entry) == 20);

  /// What an entry's rank was at some time; it may only have risen since.
  struct Candidate {
    std::uint64_t rank;
    Id id;
    friend auto operator<=>(const Candidate&, const Candidate&) = default;
  };
  using Shard = std::vector<Entry>;  // by id

  [[nodiscard]] const Entry* find(Id id) const noexcept;
  [[nodiscard]] Entry* find(Id id) noexcept;
  void insert(const Object& object, unsigned uses);
  void evict(Entry& entry) noexcept;
  void remove(Entry& entry) noexcept;
  void earn(Entry& entry) noexcept;
  void advance_clock(std::size_t priority, std::uint64_t credit) noexcept;

  bool take(std::uint64_t bytes, std::uint64_t rank_limit, std::vector<Candidate>& taken);
  Entry* find_lowest(const Candidate* after);
  void pop() noexcept;
  void refill(const Candidate* after);
  [[nodiscard]] std::uint64_t pick_horizon(const Candidate* after) const;
  void watch(const Entry& entry) noexcept;
  void forget_candidates() noexcept;

  void remember(Id id, unsigned uses) noexcept;
  [[nodiscard]] unsigned recall(Id id) const noexcept;

  std::uint64_t quota_bytes_;
  std::uint64_t used_bytes_ = 0;
  std::uint64_t objects_ = 0;
  std::array<std::uint64_t, kPriorities> clock_{};
  std::vector<Shard> shards_;  // by the id's top bits
  // A heap. Holds every entry that is not pinned and ranks below horizon_; other elements are
  // stale.
  std::vector<Candidate> candidates_;
  std::uint64_t horizon_ = 0;
  std::vector<std::uint32_t>
      recall_;  // uses of objects that are not kept: 24 bits of id, 8 of uses
};

}  // namespace larder::store
