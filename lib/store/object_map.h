// CachedObject and ObjectMap: what this process knows to be whole and readable. A hit costs a hash,
// an uncontended lock and one increment, all in memory that no other thread writes to.
// Store-internal.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include <boost/intrusive_ptr.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

#include <larder/blob.h>

#include "base/object_key.h"
#include "store/segment.h"

namespace larder::store {

/// An object in a mapped segment, as one user of it sees it: the shared map under its digest or a
/// claim, or a thread's front under either. Each has a count of its own, so that readers do not
/// contend. What a hit touches lies in the first cache line.
class alignas(64) CachedObject final : public detail::BlobOwner {
 public:
  CachedObject(const ObjectKey& key, const Digest& digest, std::span<const std::byte> bytes,
               std::shared_ptr<const Segment> segment, bool durable) noexcept
      : kind_(key.kind),
        durable_(durable),
        bytes_(bytes),
        key_(key.bytes),
        digest_(digest),
        segment_(std::move(segment)) {}

  [[nodiscard]] Blob lend(Source source) noexcept {
    acquire();
    return Blob::adopt(this, bytes_, source);
  }
  /// It has its row: the map may forget it.
  void set_durable() noexcept { durable_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }
  [[nodiscard]] std::uint64_t size_bytes() const noexcept { return bytes_.size(); }
  [[nodiscard]] const Digest& digest() const noexcept { return digest_; }

 private:
  friend class ObjectMap;
  friend void intrusive_ptr_add_ref(CachedObject* object) noexcept { object->acquire(); }
  friend void intrusive_ptr_release(CachedObject* object) noexcept { object->release(); }
  void dispose() noexcept override { delete this; }

  std::atomic<bool> used_{false};  // since its shelf last looked
  std::uint8_t uses_ = 0;          // since they were last gathered; guarded by its front's mutex
  const ObjectKey::Kind kind_;
  std::atomic<bool> gone_{false};  // to be treated as not there
  std::atomic<bool> durable_;
  const std::span<const std::byte> bytes_;
  const std::array<std::byte, 32> key_;

  const Digest digest_;
  const std::shared_ptr<const Segment> segment_;
  // What was made from this one and goes with it. Guarded by the mutex of the shared map.
  std::unique_ptr<std::vector<boost::intrusive_ptr<CachedObject>>> heirs_;
};

/// How the eviction policy calls an object: the first eight bytes of its digest, big-endian.
[[nodiscard]] std::uint64_t id_of(const Digest& digest) noexcept;

/// Owns one reference.
using ObjectRef = boost::intrusive_ptr<CachedObject>;

/// An object under its digest. Throws std::bad_alloc.
[[nodiscard]] ObjectRef make_cached_object(const Digest& digest, std::span<const std::byte> bytes,
                                           std::shared_ptr<const Segment> segment, bool durable);

/// ObjectKey → object. One map for all, and in front of it one for each thread (threads beyond the
/// number of fronts share). Bounded: old objects that are durable and not used are forgotten, a few
/// at a time, and found again through the index.
/// Threads: any.
class ObjectMap {
 public:
  /// `capacity`: of keys; each front may hold a quarter of it besides.
  ObjectMap(std::size_t capacity, bool counts_uses);

  /// The object's blob, or an empty one. Counts a hit or nothing.
  [[nodiscard]] Blob find(const ObjectKey& key);
  /// As find(), as a reference and uncounted.
  [[nodiscard]] ObjectRef peek(const ObjectKey& key) noexcept;

  /// Moves on with every drop(). What was found in the index before may be dropped by now.
  [[nodiscard]] std::uint64_t epoch() const noexcept {
    return epoch_.load(std::memory_order_acquire);
  }
  /// Publishes what was found in the index at `epoch`, unless something was dropped since.
  /// Returns the object that is to be used: this one, or one that was there first.
  ObjectRef publish_found(ObjectRef object, std::uint64_t epoch);
  /// Publishes a new object. Returns it, or an equal one that was there first.
  ObjectRef publish(ObjectRef object);
  /// Has `claim` name the published object of that digest from now on. Without one: nothing.
  void alias(const ObjectKey& claim, const Digest& digest);
  /// Forgets the object under all its keys. Blobs handed out stay.
  void drop(const Digest& digest) noexcept;
  /// Forgets what has its row.
  void drop_durable();
  /// Forgets what is in these segments, sorted by id, so that only blobs keep their mappings. What
  /// is there once more is found through the index.
  void let_go(const std::vector<SegmentId>& gone);

  /// How often an object was used.
  struct Uses {
    std::uint64_t id = 0;  ///< id_of() its digest
    unsigned uses = 0;
  };
  /// Uses since the last call. Costs as much as was used since; some may be missing after very
  /// many. An object may be named more than once.
  [[nodiscard]] std::vector<Uses> gather_uses();
  /// A use that find() did not see.
  void count_use(const Digest& digest);

  [[nodiscard]] std::uint64_t hits() const noexcept;

 private:
  struct Probe {
    const ObjectKey& key;
    std::size_t hash;
  };
  struct Hash {
    using is_transparent = void;
    using is_avalanching = void;
    std::size_t operator()(const Probe& probe) const noexcept { return probe.hash; }
    std::size_t operator()(const ObjectRef& object) const noexcept {
      return ObjectKeyHash()({object->kind_, object->key_});
    }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Probe& probe, const ObjectRef& object) const noexcept;
    bool operator()(const ObjectRef& a, const ObjectRef& b) const noexcept { return a == b; }
  };
  /// Objects by key, and in the order in which they came: a full shelf lets go of the oldest that
  /// was not used since it was last looked at.
  struct Shelf {
    // Pointers only: the keys are beside the counts, in the line that a hit needs anyway.
    boost::unordered_flat_set<ObjectRef, Hash, Equal> objects;
    std::deque<ObjectRef> line;  // may hold some that are gone
  };
  struct alignas(64) Front {
    mutable std::mutex mutex;
    Shelf shelf;
    std::uint64_t hits = 0;
    std::vector<ObjectRef> used;  // whose uses_ is not 0
    std::vector<Uses> uses;       // of others
  };
  static constexpr std::size_t kFronts = 16;
  using Victims = std::vector<ObjectRef>;  // released after the lock

  static Probe probe_of(const ObjectKey& key) noexcept { return {key, ObjectKeyHash()(key)}; }
  static CachedObject* look_up(const Shelf& shelf, const Probe& probe) noexcept;
  static void put(Shelf& shelf, const Probe& probe, ObjectRef object, std::size_t capacity,
                  Victims& victims);
  static void make_room(Shelf& shelf, std::size_t capacity, Victims& victims);
  static bool take_used(CachedObject& object) noexcept;
  static void retire(CachedObject& object) noexcept;
  static ObjectRef make_heir(CachedObject& object, const ObjectKey& key);
  void note_use(Front& front, CachedObject& object) const;
  static void sweep(Shelf& shelf, Victims& victims);
  Front& front_of_this_thread() noexcept;
  Blob find_shared(const Probe& probe, Front& front);

  const std::size_t capacity_;
  const bool counts_uses_;
  std::array<Front, kFronts> fronts_;
  std::mutex mutex_;
  Shelf shared_;  // guarded by mutex_
  std::atomic<std::uint64_t> epoch_{0};
};

}  // namespace larder::store
