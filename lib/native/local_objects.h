// LocalObjects: what can be had by digest without the network.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "base/release.h"
#include "filetable/page_tree.h"
#include "store/store.h"

namespace larder::native {

/// Bundles, the store, and the pages that came in last (there may be no store, or one that has no
/// room). Threads: any.
class LocalObjects final : public filetable::PageSource {
 public:
  /// `store` may be null; it outlives this.
  LocalObjects(store::Store* store, std::vector<std::shared_ptr<LocalSource>> bundles);

  Result<Blob> page(const filetable::PageReference& page) noexcept override;

  /// Empty if it is not here.
  [[nodiscard]] Blob lend(const Digest& digest, std::uint64_t size_bytes) noexcept;
  /// Whether lend() would find it.
  [[nodiscard]] bool holds(const Digest& digest, std::uint64_t size_bytes) noexcept;
  /// Whether the store keeps it.
  bool store(const Digest& digest, std::span<const std::byte> bytes, Priority priority) noexcept;
  /// The store may forget it.
  void drop(const Digest& digest) noexcept;
  [[nodiscard]] bool has_store() const noexcept { return store_ != nullptr; }
  /// Keeps a page until so many others have come that its tree must have taken it.
  void put(const Digest& digest, Blob bytes);

  [[nodiscard]] const std::vector<std::shared_ptr<LocalSource>>& bundles() const noexcept {
    return bundles_;
  }

 private:
  store::Store* const store_;
  const std::vector<std::shared_ptr<LocalSource>> bundles_;
  std::mutex mutex_;
  std::deque<std::pair<Digest, Blob>> recent_;  ///< oldest first; guarded by mutex_
};

/// An object as an entry: without a path, not encoded.
[[nodiscard]] Entry entry_of(const Digest& digest, std::uint64_t size_bytes) noexcept;

}  // namespace larder::native
