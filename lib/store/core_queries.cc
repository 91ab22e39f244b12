// What a store says about itself.
#include <vector>

#include "digest/hash.h"
#include "store/core.h"
#include "store/disk_usage.h"

namespace larder::store {

StoreFigures Core::figures() {
  StoreFigures figures;
  if (const auto index = index_->figures()) {
    figures.objects = index->objects;
    figures.object_bytes = index->object_bytes;
    figures.claims = index->claims;
    figures.segments = index->segments;
  }
  const auto [objects, bytes] = committer_.pending();
  figures.objects += objects;
  figures.object_bytes += bytes;
  figures.disk_bytes = disk_usage(fs_, options_.directory);
  figures.hits = objects_.hits() + first_uses_.load(std::memory_order_relaxed);
  figures.misses = counters_.misses.load(std::memory_order_relaxed);
  figures.stored = counters_.stored.load(std::memory_order_relaxed);
  figures.damaged = counters_.damaged.load(std::memory_order_relaxed);
  figures.write_failures = counters_.write_failures.load(std::memory_order_relaxed);
  return figures;
}

Result<void> Core::visit(const std::function<bool(const StoredObject&)>& each) {
  if (writable_) (void)flush();  // what cannot be written yet is not visited
  // Gathered first: a long look at the index would keep its log from being folded in.
  std::vector<StoredObject> objects;
  auto read = index_->visit([&](const Found& found) {
    objects.push_back({found.digest, found.place.length});
    return true;
  });
  if (!read) return read;
  for (const StoredObject& object : objects)
    if (!each(object)) break;
  return {};
}

Health Core::check(const Digest& digest) {
  const auto found = look_up(ObjectKey::of(digest));
  if (!found) {
    const ObjectRef object = objects_.peek(ObjectKey::of(digest));
    if (!object) return Health::absent;
    return digest::sha256(object->bytes()) == digest ? Health::good : Health::damaged;
  }
  const auto located = segments_.locate(found->place, digest);
  if (!located) return Health::damaged;
  const Payload& payload = located->payload;
  const bool good =
      fast_checksum(payload.bytes) == payload.fast && digest::sha256(payload.bytes) == digest;
  return good ? Health::good : Health::damaged;
}

}  // namespace larder::store
