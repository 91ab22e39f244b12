#include "store/object_map.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace larder::store {

ObjectRef make_cached_object(std::shared_ptr<const Segment> segment,
                             std::span<const std::byte> bytes, const Digest& digest, bool durable) {
  return {new CachedObject(std::move(segment), bytes, digest, durable), /*add_ref=*/false};
}

bool ObjectMap::Equal::operator()(const ObjectKey& a, const ObjectKey& b) const noexcept {
  return std::memcmp(a.bytes.data(), b.bytes.data(), sizeof a.bytes) == 0 && a.kind == b.kind;
}

ObjectMap::ObjectMap(std::size_t capacity)
    : shard_capacity_(std::max<std::size_t>(1, capacity / kShards)) {}

CachedObject* ObjectMap::look_up(Shard& shard, const Probe& probe) noexcept {
  const auto found = shard.objects.find(probe);
  if (found == shard.objects.end()) return nullptr;
  CachedObject* object = found->second.get();
  return object->gone_.load(std::memory_order_relaxed) ? nullptr : object;
}

Blob ObjectMap::find(const ObjectKey& key) noexcept {
  const Probe probe{key, ObjectKeyHash()(key)};
  Shard& shard = shard_of(probe.hash);
  std::lock_guard lock(shard.mutex);
  CachedObject* object = look_up(shard, probe);
  if (!object) return {};
  ++shard.hits;
  object->use();
  return object->lend(Source::store);
}

ObjectRef ObjectMap::peek(const ObjectKey& key) noexcept {
  const Probe probe{key, ObjectKeyHash()(key)};
  Shard& shard = shard_of(probe.hash);
  std::lock_guard lock(shard.mutex);
  return look_up(shard, probe);
}

ObjectRef ObjectMap::publish_found(const ObjectKey& key, ObjectRef object, std::uint64_t epoch) {
  const Probe probe{key, ObjectKeyHash()(key)};
  Shard& shard = shard_of(probe.hash);
  std::vector<ObjectRef> victims;
  std::lock_guard lock(shard.mutex);
  if (CachedObject* first = look_up(shard, probe)) return first;
  if (this->epoch() == epoch) put(shard, key, object, victims);
  return object;
}

ObjectRef ObjectMap::publish(const Digest& digest, ObjectRef object) {
  const ObjectKey key = ObjectKey::of(digest);
  const Probe probe{key, ObjectKeyHash()(key)};
  Shard& shard = shard_of(probe.hash);
  std::vector<ObjectRef> victims;
  std::lock_guard lock(shard.mutex);
  if (CachedObject* first = look_up(shard, probe)) return first;
  put(shard, key, object, victims);
  return object;
}

void ObjectMap::alias(const ObjectKey& claim, ObjectRef object) {
  Shard& shard = shard_of(ObjectKeyHash()(claim));
  std::vector<ObjectRef> victims;
  std::lock_guard lock(shard.mutex);
  put(shard, claim, std::move(object), victims);
}

void ObjectMap::put(Shard& shard, const ObjectKey& key, ObjectRef object,
                    std::vector<ObjectRef>& victims) {
  if (shard.objects.size() >= shard_capacity_) sweep(shard, victims);
  auto [slot, fresh] = shard.objects.try_emplace(key, object);
  if (fresh) return;
  victims.push_back(std::exchange(slot->second, std::move(object)));
}

void ObjectMap::sweep(Shard& shard, std::vector<ObjectRef>& victims) {
  for (auto it = shard.objects.begin(); it != shard.objects.end();) {
    CachedObject& object = *it->second;
    const bool used = object.uses_.exchange(0, std::memory_order_relaxed) != 0;
    if (!object.gone_ && (used || !object.durable_)) {
      ++it;
      continue;
    }
    // Claims must not keep an object that drop() would not find by its digest.
    if (it->first.kind == ObjectKey::Kind::digest) object.gone_ = true;
    victims.push_back(it->second);
    shard.objects.erase(it++);
  }
}

void ObjectMap::drop(const Digest& digest) noexcept {
  const ObjectKey key = ObjectKey::of(digest);
  const Probe probe{key, ObjectKeyHash()(key)};
  Shard& shard = shard_of(probe.hash);
  epoch_.fetch_add(1, std::memory_order_acq_rel);
  ObjectRef victim;
  std::lock_guard lock(shard.mutex);
  const auto found = shard.objects.find(probe);
  if (found == shard.objects.end()) return;
  victim = std::move(found->second);
  victim->gone_.store(true, std::memory_order_relaxed);
  shard.objects.erase(found);
}

std::uint64_t ObjectMap::hits() const noexcept {
  std::uint64_t sum = 0;
  for (const Shard& shard : shards_) {
    std::lock_guard lock(shard.mutex);
    sum += shard.hits;
  }
  return sum;
}

}  // namespace larder::store
