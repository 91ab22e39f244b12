// What a store says about itself.
#include <algorithm>
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
  static_cast<StoreActivity&>(figures) = activity_of(count());
  if (const auto life = index_->life()) figures.life = activity_of(sum(*life, ledger_.unwritten()));
  figures.content_quota = retention_.content_quota();
  return figures;
}

Tally Core::count() const noexcept {
  const auto value = [](const std::atomic<std::uint64_t>& counter) {
    return counter.load(std::memory_order_relaxed);
  };
  Tally tally;
  tally.hits = objects_.hits() + value(first_uses_);
  tally.misses = value(counters_.misses);
  tally.stored = value(counters_.stored);
  tally.stored_again = value(counters_.stored_again);
  tally.damaged = value(counters_.damaged);
  tally.write_failures = value(counters_.write_failures);
  tally.read_failures = value(counters_.read_failures);
  tally.refusals = value(counters_.refusals);
  tally.evictions = value(counters_.evictions);
  tally.reinsertions = value(counters_.reinsertions);
  tally.stored_bytes = value(counters_.stored_bytes);
  tally.appended_bytes = value(counters_.appended_bytes);
  tally.waited_ns = value(counters_.waited_ns);
  tally.hit = counters_.hit.buckets();
  tally.miss = counters_.miss.buckets();
  return tally;
}

void Core::waited(std::chrono::nanoseconds time) noexcept {
  time = std::max(time, std::chrono::nanoseconds(0));
  counters_.waited_ns.fetch_add(static_cast<std::uint64_t>(time.count()),
                                std::memory_order_relaxed);
  counters_.miss.record(time);
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
