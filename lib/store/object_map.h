// CachedObject and ObjectMap: what this process knows to be whole and readable. A hit costs a hash,
// an uncontended lock and one increment. Store-internal.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include <boost/intrusive_ptr.hpp>
#include <boost/unordered/unordered_flat_map.hpp>

#include <larder/blob.h>

#include "base/object_key.h"
#include "store/segment.h"

namespace larder::store {

/// An object in a mapped segment. What a hit touches lies in the first cache line.
class alignas(64) CachedObject final : public detail::BlobOwner {
 public:
  CachedObject(std::shared_ptr<const Segment> segment, std::span<const std::byte> bytes,
               const Digest& digest, bool durable) noexcept
      : durable_(durable), bytes_(bytes), digest_(digest), segment_(std::move(segment)) {}

  [[nodiscard]] Blob lend(Source source) noexcept {
    acquire();
    return Blob::adopt(this, bytes_, source);
  }
  /// Counts a use. Approximate: concurrent uses may be counted once.
  void use() noexcept {
    uses_.store(uses_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
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

  std::atomic<std::uint32_t> uses_{0};  // since the last sweep of the map
  std::atomic<bool> gone_{false};       // to be treated as not there, under whichever key
  std::atomic<bool> durable_;
  const std::span<const std::byte> bytes_;
  const Digest digest_;
  const std::shared_ptr<const Segment> segment_;
};

/// Owns one reference, unlike the bare pointers that a new object's first reference starts with.
using ObjectRef = boost::intrusive_ptr<CachedObject>;

/// Throws std::bad_alloc.
[[nodiscard]] ObjectRef make_cached_object(std::shared_ptr<const Segment> segment,
                                           std::span<const std::byte> bytes, const Digest& digest,
                                           bool durable);

/// ObjectKey → object, in shards. Bounded: a full shard forgets durable objects that were not used
/// since it was last full; they are found again through the index.
/// Threads: any.
class ObjectMap {
 public:
  /// `capacity`: of keys, about.
  explicit ObjectMap(std::size_t capacity);

  /// The object's blob, or an empty one. Counts a hit or nothing.
  [[nodiscard]] Blob find(const ObjectKey& key) noexcept;
  /// As find(), as a reference and uncounted.
  [[nodiscard]] ObjectRef peek(const ObjectKey& key) noexcept;

  /// Moves on with every drop(). What was found in the index before may be dropped by now.
  [[nodiscard]] std::uint64_t epoch() const noexcept {
    return epoch_.load(std::memory_order_acquire);
  }
  /// Publishes what was found in the index at `epoch`, unless something was dropped since.
  /// Returns the object that is to be used: this one, or one that was there first.
  ObjectRef publish_found(const ObjectKey& key, ObjectRef object, std::uint64_t epoch);
  /// Publishes a new object. Returns it, or an equal one that was there first.
  ObjectRef publish(const Digest& digest, ObjectRef object);
  /// Has `claim` name `object` from now on.
  void alias(const ObjectKey& claim, ObjectRef object);
  /// Forgets the object under all its keys. Blobs handed out stay.
  void drop(const Digest& digest) noexcept;

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
    std::size_t operator()(const ObjectKey& key) const noexcept { return ObjectKeyHash()(key); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const ObjectKey& a, const ObjectKey& b) const noexcept;
    bool operator()(const Probe& a, const ObjectKey& b) const noexcept { return (*this)(a.key, b); }
    bool operator()(const ObjectKey& a, const Probe& b) const noexcept { return (*this)(a, b.key); }
  };
  using Objects = boost::unordered_flat_map<ObjectKey, ObjectRef, Hash, Equal>;
  struct alignas(64) Shard {
    mutable std::mutex mutex;
    Objects objects;
    std::uint64_t hits = 0;
  };
  static constexpr std::size_t kShards = 64;

  // Bits that the map inside a shard makes the least of.
  Shard& shard_of(std::size_t hash) noexcept { return shards_[(hash >> 24) % kShards]; }
  CachedObject* look_up(Shard& shard, const Probe& probe) noexcept;
  void put(Shard& shard, const ObjectKey& key, ObjectRef object, std::vector<ObjectRef>& victims);
  static void sweep(Shard& shard, std::vector<ObjectRef>& victims);

  const std::size_t shard_capacity_;
  std::array<Shard, kShards> shards_;
  std::atomic<std::uint64_t> epoch_{0};
};

}  // namespace larder::store
