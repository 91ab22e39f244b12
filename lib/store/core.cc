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

}  // namespace

Core::Core(StoreOptions options, std::unique_ptr<Index> index, bool writable)
    : options_(std::move(options)),
      fs_(*options_.file_system),
      writable_(writable),
      index_(std::move(index)),
      health_(options_.log),
      segments_(fs_, options_.directory),
      objects_(kMaxKeysInMemory),
      appender_(
          fs_, options_.directory, *index_, segments_, options_.segment_bytes,
          [this](std::shared_ptr<SegmentWriter> writer) { committer_.touch(std::move(writer)); }),
      recovery_(fs_, options_.directory, *index_, options_.log),
      ledger_([this] { return count(); }),
      committer_({fs_, options_.directory, *index_, objects_, appender_, recovery_, counters_,
                  health_, ledger_, options_.log},
                 options_.commit_interval) {}

Result<void> Core::start() {
  if (!writable_) return {};
  const std::uint64_t generation = index_->generation();
  auto recovered = recovery_.run();
  if (recovered.error() == errc::bad_store) recovered = committer_.repair(generation);
  if (!recovered) return recovered;
  committer_.start();
  return {};
}

Blob Core::find(const ObjectKey& key) {
  if (Blob blob = objects_.find(key)) return blob;
  if (const ObjectRef object = load(key)) {
    first_uses_.fetch_add(1, std::memory_order_relaxed);
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

ObjectRef Core::open_object(const Found& found) {
  const auto located = segments_.locate(found.place, found.digest);
  if (!located) {
    // Other errors say nothing about the object: a lack of descriptors, a newer format.
    const auto error = located.error();
    if (error == errc::damaged || error == errc::not_found || error == errc::bad_store)
      forget_damaged(found, error);
    else
      read_failed(error);
    return {};
  }
  if (!passes_first_use(located->payload, found.digest)) {
    forget_damaged(found, errc::damaged);
    return {};
  }
  health_.reading.succeeded();
  return make_cached_object(found.digest, located->payload.bytes, located->segment,
                            /*durable=*/true);
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
}

Result<ObjectRef> Core::publish(const Digest& digest, std::uint64_t length, std::uint64_t fast,
                                Extent& extent) {
  const auto writer = extent.writer();
  auto segment = writer->readable();
  if (!segment) return segment.error();
  const Place place{writer->id(), extent.offset(), length};
  const auto payload = (*segment)->object_at(place, digest);
  if (!payload) return payload.error();
  // The look brings the pages into this process, too: not the reader but the writer waits for it.
  if (options_.first_use != FirstUse::none && fast_checksum(payload->bytes) != fast)
    return errc::damaged;
  segments_.add(*segment);
  const ObjectRef fresh =
      make_cached_object(digest, payload->bytes, std::move(*segment), /*durable=*/false);
  ObjectRef object = objects_.publish(fresh);
  if (object != fresh) return object;
  // From here on others may hold the bytes: whatever happens, they must not be overwritten.
  try {
    committer_.add({ObjectAdded{digest, place}}, writer, fresh);
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
  if (!fresh.empty() && writable_) write_claims(fresh, digest);
}

void Core::write_claims(std::span<const ObjectKey> claims, const Digest& digest) {
  std::vector<Change> changes;
  for (const ObjectKey& claim : claims) changes.emplace_back(ClaimAdded{claim, digest});
  constexpr std::uint64_t kEach = record_bytes(kClaimBytes);
  auto extent = appender_.reserve(claims.size() * kEach);
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
      return;
    }
  }
  // Without its record a claim lasts as long as the index.
  committer_.add(std::move(changes), nullptr, nullptr);
}

void Core::stored() noexcept {
  counters_.stored.fetch_add(1, std::memory_order_relaxed);
  health_.segments.succeeded();
}

void Core::write_failed(const std::error_code& error) noexcept try {
  if (error == errc::bad_store) (void)committer_.repair(index_->generation());
  if (error != errc::cancelled) health_.segments.failed(error.message());
} catch (const std::exception&) {  // no memory for the message
}

}  // namespace larder::store
