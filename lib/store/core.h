// Core: the rooms of an open store and what they do together. Store-internal.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include <larder/blob.h>
#include <larder/result.h>

#include "store/appender.h"
#include "store/committer.h"
#include "store/counters.h"
#include "store/index.h"
#include "store/ledger.h"
#include "store/object_map.h"
#include "store/recovery.h"
#include "store/segment.h"
#include "store/store.h"

namespace larder::store {

/// Shared by the Store and its transactions. Threads: any.
class Core {
 public:
  /// `options` are complete: the file system is set and the sizes fit each other.
  Core(StoreOptions options, std::unique_ptr<Index> index, bool writable);

  /// Recovers what others left behind and starts the background work.
  Result<void> start();
  /// Makes everything durable. Transactions that are left pass bytes through.
  void stop() noexcept { committer_.stop(); }

  // See Store.
  Blob find(const ObjectKey& key);
  std::optional<std::uint64_t> size_of(const ObjectKey& key);
  bool claim(const ObjectKey& claim, const Digest& digest);
  void drop(const ObjectKey& key);
  Result<void> flush() noexcept { return writable_ ? committer_.flush() : Result<void>(); }
  StoreFigures figures();
  Result<void> visit(const std::function<bool(const StoredObject&)>& each);
  Health check(const Digest& digest);
  void hit_took(std::chrono::nanoseconds time) noexcept { counters_.hit.record(time); }
  void waited(std::chrono::nanoseconds time) noexcept;

  // For transactions.
  [[nodiscard]] bool writable() const noexcept { return writable_; }
  [[nodiscard]] std::uint64_t large_object_bytes() const noexcept {
    return options_.large_object_bytes;
  }
  [[nodiscard]] Appender& appender() noexcept { return appender_; }
  /// The object if it is there and whole. Counts no hit and no miss.
  ObjectRef existing(const Digest& digest);
  /// Publishes the object whose record begins `extent`, after a look at it through the mapping, and
  /// closes the extent. Leaves it open if another writer was first: that one's object is returned.
  /// errc::damaged if the mapping shows other bytes than were written.
  Result<ObjectRef> publish(const Digest& digest, std::uint64_t length, std::uint64_t fast,
                            Extent& extent);
  /// Has `claims` name a stored object.
  void add_claims(std::span<const ObjectKey> claims, const Digest& digest);
  void stored() noexcept;
  void write_failed(const std::error_code& error) noexcept;
  void passed_through() noexcept {
    counters_.write_failures.fetch_add(1, std::memory_order_relaxed);
  }

 private:
  [[nodiscard]] Tally count() const noexcept;
  ObjectRef load(const ObjectKey& key);
  std::optional<Found> look_up(const ObjectKey& key);
  ObjectRef open_object(const Found& found);
  bool passes_first_use(const Payload& payload, const Digest& digest) const;
  void read_failed(const std::error_code& error);
  void forget_damaged(const Found& found, const std::error_code& why);
  void write_claims(std::span<const ObjectKey> claims, const Digest& digest);

  const StoreOptions options_;
  sys::FileSystem& fs_;
  const bool writable_;
  const std::unique_ptr<Index> index_;
  Counters counters_;
  DiskHealth health_;
  std::atomic<std::uint64_t> first_uses_{0};
  SegmentSet segments_;
  ObjectMap objects_;
  Appender appender_;
  Recovery recovery_;
  Ledger ledger_;
  Committer committer_;  // last: its thread uses all of the above
};

}  // namespace larder::store
