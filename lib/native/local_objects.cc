#include "native/local_objects.h"

#include <exception>

namespace larder::native {
namespace {

/// More than are ever asked for at the same time.
constexpr std::size_t kMostRecent = 512;

}  // namespace

Entry entry_of(const Digest& digest, std::uint64_t size_bytes) noexcept {
  Entry entry;
  entry.key = ObjectKey::of(digest);
  entry.checksum = {Checksum::Kind::sha256, digest.bytes};
  entry.size = size_bytes;
  return entry;
}

LocalObjects::LocalObjects(store::Store* store, std::vector<std::shared_ptr<LocalSource>> bundles)
    : store_(store), bundles_(std::move(bundles)) {}

Result<Blob> LocalObjects::page(const filetable::PageReference& page) noexcept {
  {
    std::lock_guard lock(mutex_);
    for (const auto& [digest, bytes] : recent_)
      if (digest == page.digest) return bytes;
  }
  if (Blob bytes = lend(page.digest, page.bytes)) return bytes;
  return errc::would_fetch;
}

Blob LocalObjects::lend(const Digest& digest, std::uint64_t size_bytes) noexcept {
  const Entry entry = entry_of(digest, size_bytes);
  for (const auto& bundle : bundles_)
    if (auto bytes = bundle->lend(entry)) return std::move(*bytes);
  return store_ ? store_->find(entry.key) : Blob();
}

bool LocalObjects::holds(const Digest& digest, std::uint64_t size_bytes) noexcept {
  const Entry entry = entry_of(digest, size_bytes);
  for (const auto& bundle : bundles_)
    if (bundle->holds(entry)) return true;
  return store_ && store_->size_of(entry.key);
}

bool LocalObjects::store(const Digest& digest, std::span<const std::byte> bytes,
                         Priority priority) noexcept {
  if (!store_) return false;
  const auto place = store_->begin(bytes.size(), {ObjectKey::of(digest), priority});
  return place && !place->write(bytes) && place->commit(digest, {}) && place->stored();
}

void LocalObjects::drop(const Digest& digest) noexcept try {
  if (store_) static_cast<void>(store_->evict({ObjectKey::of(digest)}));
} catch (const std::exception&) {  // it goes when there is no room for it
}

void LocalObjects::put(const Digest& digest, Blob bytes) {
  std::lock_guard lock(mutex_);
  recent_.emplace_back(digest, std::move(bytes));
  if (recent_.size() > kMostRecent) recent_.pop_front();
}

}  // namespace larder::native
