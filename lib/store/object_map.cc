#include "store/object_map.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace larder::store {
namespace {

// How many old objects a new one may have looked at. More than two make room on the whole.
constexpr int kStepsForOne = 8;
// Uses beyond these, by one front, are not counted until they are gathered.
constexpr std::size_t kMostUsed = 64 * 1024;

}  // namespace

std::uint64_t id_of(const Digest& digest) noexcept {
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < 8; ++i) id = id << 8 | std::to_integer<unsigned>(digest.bytes[i]);
  return id;
}

ObjectRef make_cached_object(const Digest& digest, std::span<const std::byte> bytes,
                             std::shared_ptr<const Segment> segment, bool durable) {
  return {new CachedObject(ObjectKey::of(digest), digest, bytes, std::move(segment), durable),
          /*add_ref=*/false};
}

bool ObjectMap::Equal::operator()(const Probe& probe, const ObjectRef& object) const noexcept {
  return std::memcmp(probe.key.bytes.data(), object->key_.data(), sizeof object->key_) == 0 &&
         probe.key.kind == object->kind_;
}

ObjectMap::ObjectMap(std::size_t capacity, bool counts_uses)
    : capacity_(capacity), counts_uses_(counts_uses) {}

ObjectMap::Front& ObjectMap::front_of_this_thread() noexcept {
  static std::atomic<std::size_t> next{0};
  thread_local const std::size_t kMine = next.fetch_add(1, std::memory_order_relaxed) % kFronts;
  return fronts_[kMine];
}

CachedObject* ObjectMap::look_up(const Shelf& shelf, const Probe& probe) noexcept {
  const auto found = shelf.objects.find(probe);
  if (found == shelf.objects.end() || (*found)->gone_.load(std::memory_order_relaxed))
    return nullptr;
  return found->get();
}

Blob ObjectMap::find(const ObjectKey& key) {
  const Probe probe = probe_of(key);
  Front& front = front_of_this_thread();
  {
    std::lock_guard lock(front.mutex);
    if (CachedObject* object = look_up(front.shelf, probe)) {
      ++front.hits;
      object->used_.store(true, std::memory_order_relaxed);
      note_use(front, *object);
      return object->lend(Source::store);
    }
  }
  return find_shared(probe, front);
}

Blob ObjectMap::find_shared(const Probe& probe, Front& front) {
  ObjectRef heir;
  {
    std::lock_guard lock(mutex_);
    CachedObject* object = look_up(shared_, probe);
    if (!object) return {};
    heir = make_heir(*object, probe.key);
  }
  Blob blob = heir->lend(Source::store);
  Victims victims;
  std::lock_guard lock(front.mutex);
  ++front.hits;
  note_use(front, *heir);
  put(front.shelf, probe, std::move(heir), std::max<std::size_t>(1, capacity_ / 4), victims);
  return blob;
}

ObjectRef ObjectMap::peek(const ObjectKey& key) noexcept {
  const Probe probe = probe_of(key);
  std::lock_guard lock(mutex_);
  return look_up(shared_, probe);
}

ObjectRef ObjectMap::publish_found(ObjectRef object, std::uint64_t epoch) {
  const ObjectKey key = ObjectKey::of(object->digest_);
  const Probe probe = probe_of(key);
  Victims victims;
  std::lock_guard lock(mutex_);
  if (CachedObject* first = look_up(shared_, probe)) return first;
  if (this->epoch() == epoch) put(shared_, probe, object, capacity_, victims);
  return object;
}

ObjectRef ObjectMap::publish(ObjectRef object) {
  const ObjectKey key = ObjectKey::of(object->digest_);
  const Probe probe = probe_of(key);
  Victims victims;
  std::lock_guard lock(mutex_);
  if (CachedObject* first = look_up(shared_, probe)) return first;
  put(shared_, probe, object, capacity_, victims);
  return object;
}

void ObjectMap::alias(const ObjectKey& claim, const Digest& digest) {
  const ObjectKey name = ObjectKey::of(digest);
  const Probe by_digest = probe_of(name);
  const Probe by_claim = probe_of(claim);
  Victims victims;
  std::lock_guard lock(mutex_);
  CachedObject* object = look_up(shared_, by_digest);
  if (object) put(shared_, by_claim, make_heir(*object, claim), capacity_, victims);
}

ObjectRef ObjectMap::make_heir(CachedObject& object, const ObjectKey& key) {
  const ObjectRef heir(
      new CachedObject(key, object.digest_, object.bytes_, object.segment_, /*durable=*/true),
      /*add_ref=*/false);
  if (!object.heirs_) object.heirs_ = std::make_unique<std::vector<ObjectRef>>();
  auto& heirs = *object.heirs_;
  if (heirs.size() == heirs.capacity())
    std::erase_if(heirs, [](const ObjectRef& other) { return other->gone_.load(); });
  heirs.push_back(heir);
  return heir;
}

void ObjectMap::put(Shelf& shelf, const Probe& probe, ObjectRef object, std::size_t capacity,
                    Victims& victims) {
  if (const auto found = shelf.objects.find(probe); found != shelf.objects.end()) {
    victims.push_back(*found);
    retire(**found);
    shelf.objects.erase(found);
  }
  make_room(shelf, capacity, victims);
  shelf.line.push_back(object);
  shelf.objects.insert(std::move(object));
}

void ObjectMap::make_room(Shelf& shelf, std::size_t capacity, Victims& victims) {
  for (int step = 0; step < kStepsForOne; ++step) {
    const bool full = shelf.objects.size() >= capacity;
    if (!full && shelf.line.size() <= 2 * shelf.objects.size()) return;
    victims.push_back(std::move(shelf.line.front()));
    shelf.line.pop_front();
    CachedObject& object = *victims.back();
    if (object.gone_) {
      const auto found = shelf.objects.find(victims.back());
      if (found != shelf.objects.end()) shelf.objects.erase(found);
    } else if (!full || !object.durable_ || take_used(object)) {
      shelf.line.push_back(std::move(victims.back()));
      victims.pop_back();
    } else {
      retire(object);
      shelf.objects.erase(victims.back());
    }
  }
}

bool ObjectMap::take_used(CachedObject& object) noexcept {
  bool used = object.used_.exchange(false, std::memory_order_relaxed);
  if (object.heirs_)
    for (const ObjectRef& heir : *object.heirs_)
      if (!heir->gone_) used |= take_used(*heir);
  return used;
}

void ObjectMap::retire(CachedObject& object) noexcept {
  object.gone_ = true;
  if (!object.heirs_) return;
  for (const ObjectRef& heir : *object.heirs_) retire(*heir);
  object.heirs_.reset();
}

void ObjectMap::drop(const Digest& digest) noexcept {
  const ObjectKey key = ObjectKey::of(digest);
  const Probe probe = probe_of(key);
  ObjectRef victim;  // released after the lock
  std::lock_guard lock(mutex_);
  epoch_.fetch_add(1, std::memory_order_acq_rel);
  const auto found = shared_.objects.find(probe);
  if (found == shared_.objects.end()) return;
  victim = *found;
  retire(*victim);
  shared_.objects.erase(found);
}

void ObjectMap::drop_durable() {
  Victims victims;
  std::lock_guard lock(mutex_);
  epoch_.fetch_add(1, std::memory_order_acq_rel);
  for (const ObjectRef& object : shared_.objects)
    if (object->durable_) retire(*object);
  sweep(shared_, victims);
}

void ObjectMap::let_go(const std::vector<SegmentId>& gone) {
  Victims victims;
  {
    std::lock_guard lock(mutex_);
    // What was just looked up may be in a segment that is gone by now.
    epoch_.fetch_add(1, std::memory_order_acq_rel);
    for (const ObjectRef& object : shared_.objects)
      if (std::binary_search(gone.begin(), gone.end(), object->segment_->id())) retire(*object);
    sweep(shared_, victims);
  }
  for (Front& front : fronts_) {
    std::lock_guard lock(front.mutex);
    for (ObjectRef& object : front.used) {
      if (!object->gone_) continue;
      front.uses.push_back({id_of(object->digest_), std::exchange(object->uses_, std::uint8_t{0})});
      victims.push_back(std::move(object));
    }
    std::erase(front.used, nullptr);
    sweep(front.shelf, victims);
  }
}

void ObjectMap::sweep(Shelf& shelf, Victims& victims) {
  boost::unordered::erase_if(shelf.objects, [&](const ObjectRef& object) {
    if (!object->gone_) return false;
    victims.push_back(object);
    return true;
  });
  std::erase_if(shelf.line, [](const ObjectRef& object) { return object->gone_.load(); });
}

inline void ObjectMap::note_use(Front& front, CachedObject& object) const {
  if (!counts_uses_ || object.uses_ == std::numeric_limits<std::uint8_t>::max()) return;
  if (object.uses_ == 0) {
    if (front.used.size() >= kMostUsed) return;
    front.used.emplace_back(&object);
  }
  ++object.uses_;
}

void ObjectMap::count_use(const Digest& digest) {
  if (!counts_uses_) return;
  Front& front = front_of_this_thread();
  std::lock_guard lock(front.mutex);
  if (front.uses.size() < kMostUsed) front.uses.push_back({id_of(digest), 1});
}

std::vector<ObjectMap::Uses> ObjectMap::gather_uses() {
  std::vector<Uses> all;
  Victims used;
  for (Front& front : fronts_) {
    std::lock_guard lock(front.mutex);
    all.insert(all.end(), front.uses.begin(), front.uses.end());
    front.uses.clear();
    for (ObjectRef& object : front.used) {
      all.push_back({id_of(object->digest_), std::exchange(object->uses_, std::uint8_t{0})});
      used.push_back(std::move(object));
    }
    front.used.clear();
  }
  return all;
}

std::uint64_t ObjectMap::hits() const noexcept {
  std::uint64_t sum = 0;
  for (const Front& front : fronts_) {
    std::lock_guard lock(front.mutex);
    sum += front.hits;
  }
  return sum;
}

}  // namespace larder::store
