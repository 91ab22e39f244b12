#include "store/core.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "digest/hash.h"
#include "digest/hex.h"

namespace larder::store {
namespace {

// About 64 MiB of keys and objects in the worst case; no recorded game session comes near.
constexpr std::size_t kMaxKeysInMemory = 256 * 1024;
// Of an object while it is being opened.
constexpr int kMostMoves = 8;

}  // namespace

Core::Core(StoreOptions options, std::unique_ptr<Index> index, bool writable)
    : options_(std::move(options)),
      fs_(*options_.file_system),
      writable_(writable),
      quota_(fs_, options_.directory, options_.quota_bytes),
      index_(std::move(index)),
      health_(options_.log),
      segments_(fs_, options_.directory),
      objects_(kMaxKeysInMemory, quota_.limited()),
      appender_(
          fs_, options_.directory, *index_, segments_, options_.segment_bytes,
          quota_.limited() ? Appender::kMostStreams : 1, [this] { return quota_.for_segments(); },
          [this](std::shared_ptr<SegmentWriter> writer) { committer_.touch(std::move(writer)); }),
      partials_(fs_, options_.directory, *index_, options_.keep_partial),
      recovery_(fs_, options_.directory, *index_, &partials_, options_.log),
      ledger_([this] { return count(); }),
      turns_(options_.directory, writable_),
      committer_({fs_, options_.directory, *index_, objects_, appender_, recovery_, counters_,
                  health_, ledger_, turns_, options_.log},
                 options_.commit_interval, [this] { tend(); }),
      retention_(
          {fs_, options_.directory, *index_, objects_, committer_, counters_, quota_, options_.log},
          options_.segment_bytes),
      cleaner_({fs_, options_.directory, *index_, segments_, objects_, committer_, retention_,
                partials_, counters_, quota_, options_.log},
               options_.segment_bytes) {}

Core::~Core() {
  committer_.stop();
}

Result<void> Core::start() {
  if (!writable_) return {};
  const std::uint64_t generation = index_->generation();
  auto recovered = recovery_.run();
  if (recovered.error() == errc::bad_store) recovered = committer_.repair(generation);
  if (!recovered) return recovered;
  if (quota_.limited())
    if (const auto bound = index_->bound_log(Quota::log_bytes(quota_.bytes())); !bound)
      return bound;
  committer_.start();
  return {};
}

void Core::stop() noexcept {
  if (writable_) {
    cleaner_.close();
    retention_.save();
  }
  committer_.stop();
}

void Core::tend() noexcept try {
  cleaner_.tend();
  if (!quota_.limited()) return;
  index_->tidy_log();
  if (const auto fits = cleaner_.fits(0); fits && !*fits) (void)trim();
} catch (const std::exception&) {  // later, then
}

Result<void> Core::trim() {
  if (!writable_) return errc::io;
  partials_.discard_all();
  if (auto done = flush(); !done) return done;
  if (quota_.limited()) {
    while (retention_.shrink())
      if (auto done = flush(); !done) return done;
    if (auto done = index_->shrink(); !done) return done;
    if (auto done = cleaner_.make_room(0); !done) return done;
  }
  if (auto done = cleaner_.remove_empty(); !done) return done;
  return index_->shrink();
}

template <class Reserve>
auto Core::with_room(std::uint64_t bytes, const Reserve& reserve) -> decltype(reserve()) {
  // What was made may be taken by another writer first.
  constexpr int kAttempts = 4;
  for (int attempt = 0;; ++attempt) {
    auto result = reserve();
    if (result.error() != errc::too_large || attempt == kAttempts) return result;
    const auto made = cleaner_.make_room(bytes);
    if (made.error() == errc::busy) return errc::too_large;
    if (!made) return made.error();
  }
}

Result<Extent> Core::reserve_for(std::optional<std::uint64_t> size) {
  const bool shared = size && *size <= options_.large_object_bytes;
  return shared ? reserve(record_bytes(*size)) : reserve_single(size);
}

Result<Extent> Core::reserve(std::uint64_t bytes) {
  return with_room(options_.segment_bytes, [&] { return appender_.reserve(bytes); });
}

Result<Extent> Core::reserve_single(std::optional<std::uint64_t> length) {
  const std::uint64_t bytes = record_bytes(length.value_or(Appender::kGrowthBytes));
  return with_room(kFirstRecord + bytes, [&] { return appender_.reserve_single(length); });
}

Result<void> Core::enlarge(const Extent& extent, std::uint64_t length) {
  return with_room(record_bytes(length), [&] { return appender_.enlarge(extent, length); });
}

Blob Core::find(const ObjectKey& key) {
  if (Blob blob = objects_.find(key)) return blob;
  if (const ObjectRef object = load(key)) {
    first_uses_.fetch_add(1, std::memory_order_relaxed);
    objects_.count_use(object->digest());
    return object->lend(Source::store);
  }
  counters_.misses.fetch_add(1, std::memory_order_relaxed);
  return {};
}

std::optional<std::uint64_t> Core::size_of(const ObjectKey& key) {
  if (const ObjectRef object = objects_.peek(key)) return object->size_bytes();
  const auto found = look_up(key);
  if (!found) return std::nullopt;
  return found->place.length;
}

ObjectRef Core::existing(const Digest& digest) {
  const ObjectKey key = ObjectKey::of(digest);
  ObjectRef object = objects_.peek(key);
  return object ? object : load(key);
}

ObjectRef Core::load(const ObjectKey& key) {
  const std::uint64_t epoch = objects_.epoch();
  const auto found = look_up(key);
  if (!found) return {};
  const ObjectKey name = ObjectKey::of(found->digest);
  ObjectRef object = objects_.peek(name);
  if (!object) {
    object = open_object(*found);
    if (!object) return {};
    object = objects_.publish_found(std::move(object), epoch);
  }
  if (key.kind == ObjectKey::Kind::claim) objects_.alias(key, found->digest);
  return object;
}

std::optional<Found> Core::look_up(const ObjectKey& key) {
  if (key.kind == ObjectKey::Kind::none) return std::nullopt;
  const std::uint64_t generation = index_->generation();
  auto found = index_->find(key);
  if (found.error() == errc::bad_store && committer_.repair(generation)) found = index_->find(key);
  if (!found) read_failed(found.error());
  if (!found || !*found || committer_.forgotten((*found)->digest)) return std::nullopt;
  return **found;
}

ObjectRef Core::open_object(Found found) {
  // It may be moved between the look into the index and the look at its segment.
  for (int attempt = 0; attempt < kMostMoves; ++attempt) {
    const auto located = segments_.locate(found.place, found.digest);
    if (located && passes_first_use(located->payload, found.digest)) {
      health_.reading.succeeded();
      return make_cached_object(found.digest, located->payload.bytes, located->segment,
                                /*durable=*/true);
    }
    const auto error = located ? make_error_code(errc::damaged) : located.error();
    const auto now = look_up(ObjectKey::of(found.digest));
    if (!now) return {};
    if (now->place == found.place) {
      // Other errors say nothing about the object: a lack of descriptors, a newer format.
      if (error == errc::damaged || error == errc::not_found || error == errc::bad_store)
        forget_damaged(found, error);
      else
        read_failed(error);
      return {};
    }
    found = *now;
  }
  return {};
}

bool Core::passes_first_use(const Payload& payload, const Digest& digest) const {
  switch (options_.first_use) {
    case FirstUse::none: return true;
    case FirstUse::fast: return fast_checksum(payload.bytes) == payload.fast;
    case FirstUse::sha256: return digest::sha256(payload.bytes) == digest;
  }
  return false;
}

void Core::read_failed(const std::error_code& error) {
  counters_.read_failures.fetch_add(1, std::memory_order_relaxed);
  health_.reading.failed(error.message());
}

void Core::forget_damaged(const Found& found, const std::error_code& why) {
  counters_.damaged.fetch_add(1, std::memory_order_relaxed);
  options_.log.warning("store: object " + digest::to_hex(found.digest.bytes) + " in segment " +
                       std::to_string(found.place.segment) + " is dropped: " + why.message());
  committer_.add({PlaceForgotten{found.digest, found.place}}, nullptr, nullptr);
  retention_.forget(found.digest);
}

bool Core::claim(const ObjectKey& claim, const Digest& digest) {
  if (claim.kind != ObjectKey::Kind::claim) return false;
  if (!existing(digest)) return false;
  ObjectRef named = objects_.peek(claim);
  if (!named) named = load(claim);
  if (!named || named->digest() != digest) add_claims({&claim, 1}, digest);
  return true;
}

void Core::drop(const ObjectKey& key) {
  Digest digest{key.bytes};
  if (key.kind == ObjectKey::Kind::claim) {
    if (const ObjectRef object = objects_.peek(key)) {
      digest = object->digest();
    } else if (const auto found = look_up(key)) {
      digest = found->digest;
    } else {
      return;
    }
  } else if (key.kind == ObjectKey::Kind::none) {
    return;
  }
  // In this order, so that no look-up can find the row and publish the object again.
  committer_.add({ObjectDropped{digest}}, nullptr, nullptr);
  objects_.drop(digest);
  retention_.forget(digest);
}

Result<void> Core::set_pinned(std::span<const ObjectKey> keys, bool pinned) {
  if (!writable_) return errc::io;
  // What is on its way into the index has to be found there.
  if (auto done = flush(); !done) return done;
  std::vector<Change> changes;
  for (const ObjectKey& key : keys)
    if (key.kind != ObjectKey::Kind::none) changes.emplace_back(PinChanged{key, pinned});
  if (auto done = index_->apply(changes, {}); !done) return done;
  retention_.set_pinned(keys, pinned);
  return {};
}

Result<void> Core::evict(std::vector<ObjectKey> keys, bool pinned_too) {
  if (!writable_) return errc::io;
  committer_.evict(std::move(keys), pinned_too);
  return {};
}

Result<void> Core::clear(bool pinned_too) {
  if (!writable_) return errc::io;
  partials_.discard_all();
  appender_.finish();
  if (auto done = flush(); !done) return done;
  if (auto done = index_->clear(pinned_too); !done) return done;
  objects_.drop_durable();
  retention_.reconcile();
  if (auto done = cleaner_.remove_empty(); !done) return done;
  return index_->shrink();
}

Result<ObjectRef> Core::publish(const Digest& digest, std::uint64_t length, std::uint64_t fast,
                                Priority priority, Extent& extent) {
  const auto writer = extent.writer();
  auto segment = writer->readable();
  if (!segment) return segment.error();
  const Place place{writer->id(), extent.offset(), length};
  const auto payload = (*segment)->payload_at(place);
  if (!payload) return payload.error();
  // Each byte was hashed on its way into the file. The look brings the pages into this process,
  // too: not the reader but the writer waits for it. With what is fetched ahead or large, memory
  // would fill; the one is read instead, of the other it would take half as long as the writing.
  const bool looks = options_.first_use != FirstUse::none && writer->kind() == SegmentKind::shared;
  if (looks && priority == Priority::low) {
    if (auto done = extent.check_object(digest, length, fast); !done) return done.error();
  } else {
    const auto object = (*segment)->object_at(place, digest);
    if (!object) return object.error();
    if (looks && fast_checksum(object->bytes) != fast) return errc::damaged;
  }
  segments_.add(*segment);
  const ObjectRef fresh =
      make_cached_object(digest, *payload, std::move(*segment), /*durable=*/false);
  ObjectRef object = objects_.publish(fresh);
  if (object != fresh) return object;
  // From here on others may hold the bytes: whatever happens, they must not be overwritten.
  try {
    committer_.add({ObjectAdded{digest, place, priority}}, writer, fresh);
  } catch (...) {
    objects_.drop(digest);
    extent.close(record_bytes(length));
    throw;
  }
  extent.close(record_bytes(length));
  return object;
}

void Core::add_claims(std::span<const ObjectKey> claims, const Digest& digest) {
  std::vector<ObjectKey> fresh;
  for (const ObjectKey& claim : claims) {
    if (claim.kind != ObjectKey::Kind::claim) continue;
    if (const ObjectRef named = objects_.peek(claim); named && named->digest() == digest) continue;
    objects_.alias(claim, digest);
    fresh.push_back(claim);
  }
  if (fresh.empty() || !writable_) return;
  retention_.named(digest, fresh);
  write_claims(fresh, digest);
}

void Core::write_claims(std::span<const ObjectKey> claims, const Digest& digest) {
  std::vector<Change> changes;
  for (const ObjectKey& claim : claims) changes.emplace_back(ClaimAdded{claim, digest});
  constexpr std::uint64_t kEach = record_bytes(kClaimBytes);
  auto extent = reserve(claims.size() * kEach);
  if (extent) {
    const auto writer = extent->writer();
    std::vector<std::byte> records(claims.size() * kEach);
    auto* into = records.data();
    for (std::size_t i = 0; i < claims.size(); ++i, into += kEach) {
      const auto header =
          encode({RecordType::claim, kClaimBytes, digest, fast_checksum(claims[i].bytes)},
                 writer->nonce(), extent->offset() + i * kEach);
      std::copy(header.begin(), header.end(), into);
      std::copy(claims[i].bytes.begin(), claims[i].bytes.end(), into + kHeaderBytes);
    }
    if (extent->write(0, records)) {
      committer_.add(std::move(changes), writer, nullptr);
      extent->close(records.size());
      counters_.appended_bytes.fetch_add(records.size(), std::memory_order_relaxed);
      return;
    }
  }
  // Without its record a claim lasts as long as the index.
  committer_.add(std::move(changes), nullptr, nullptr);
}

void Core::stored(std::uint64_t length) noexcept {
  counters_.stored.fetch_add(1, std::memory_order_relaxed);
  counters_.stored_bytes.fetch_add(length, std::memory_order_relaxed);
  counters_.appended_bytes.fetch_add(record_bytes(length), std::memory_order_relaxed);
  health_.segments.succeeded();
}

void Core::write_failed(const std::error_code& error) noexcept try {
  if (error == errc::bad_store) (void)committer_.repair(index_->generation());
  if (error != errc::cancelled) health_.segments.failed(error.message());
} catch (const std::exception&) {  // no memory for the message
}

}  // namespace larder::store
