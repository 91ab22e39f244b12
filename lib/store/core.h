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
#include "store/cleaner.h"
#include "store/committer.h"
#include "store/counters.h"
#include "store/fetch_turns.h"
#include "store/index.h"
#include "store/ledger.h"
#include "store/object_map.h"
#include "store/partials.h"
#include "store/quota.h"
#include "store/recovery.h"
#include "store/retention.h"
#include "store/segment.h"
#include "store/store.h"

namespace larder::store {

/// Shared by the Store and its transactions. Threads: any.
class Core {
 public:
  /// `options` are complete: the file system is set and the sizes fit each other.
  Core(StoreOptions options, std::unique_ptr<Index> index, bool writable);

  ~Core();
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  /// Recovers what others left behind and starts the background work.
  Result<void> start();
  /// Makes everything durable. Transactions that are left pass bytes through.
  void stop() noexcept;

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
  Result<void> set_pinned(std::span<const ObjectKey> keys, bool pinned);
  Result<void> evict(std::vector<ObjectKey> keys, bool pinned_too);
  Result<void> clear(bool pinned_too);
  Result<void> trim();

  // For transactions.
  [[nodiscard]] bool writable() const noexcept { return writable_; }
  [[nodiscard]] std::uint64_t large_object_bytes() const noexcept {
    return options_.large_object_bytes;
  }
  [[nodiscard]] Appender& appender() noexcept { return appender_; }
  [[nodiscard]] Retention& retention() noexcept { return retention_; }
  [[nodiscard]] Partials& partials() noexcept { return partials_; }
  [[nodiscard]] FetchTurns& turns() noexcept { return turns_; }
  /// Once everything that was stored so far is in the index.
  void give_back(FetchTurns::Lock turn) noexcept { committer_.give_back(std::move(turn)); }
  /// Room for an object of that size, or of unknown size, made if there is none: in a segment of
  /// its own if it is large or may become so. errc::too_large: there is none to be had.
  Result<Extent> reserve_for(std::optional<std::uint64_t> size);
  /// As Appender::enlarge(), after making room.
  Result<void> enlarge(const Extent& extent, std::uint64_t length);
  /// The object if it is there and whole. Counts no hit and no miss.
  ObjectRef existing(const Digest& digest);
  /// Publishes the object whose record begins `extent`, after a look at it through the mapping, and
  /// closes the extent. Leaves it open if another writer was first: that one's object is returned.
  /// errc::damaged if the mapping shows other bytes than were written.
  Result<ObjectRef> publish(const Digest& digest, std::uint64_t length, std::uint64_t fast,
                            Priority priority, Extent& extent);
  /// Has `claims` name a stored object.
  void add_claims(std::span<const ObjectKey> claims, const Digest& digest);
  void stored(std::uint64_t length) noexcept;
  void write_failed(const std::error_code& error) noexcept;
  void passed_through(bool by_choice) noexcept {
    (by_choice ? counters_.refusals : counters_.write_failures)
        .fetch_add(1, std::memory_order_relaxed);
  }

 private:
  [[nodiscard]] Tally count() const noexcept;
  ObjectRef load(const ObjectKey& key);
  std::optional<Found> look_up(const ObjectKey& key);
  ObjectRef open_object(Found found);
  bool passes_first_use(const Payload& payload, const Digest& digest) const;
  void read_failed(const std::error_code& error);
  void forget_damaged(const Found& found, const std::error_code& why);
  void write_claims(std::span<const ObjectKey> claims, const Digest& digest);
  template <class Reserve>
  auto with_room(std::uint64_t bytes, const Reserve& reserve) -> decltype(reserve());
  Result<Extent> reserve(std::uint64_t bytes);
  Result<Extent> reserve_single(std::optional<std::uint64_t> length);
  void tend() noexcept;

  const StoreOptions options_;
  sys::FileSystem& fs_;
  const bool writable_;
  const Quota quota_;
  const std::unique_ptr<Index> index_;
  Counters counters_;
  DiskHealth health_;
  std::atomic<std::uint64_t> first_uses_{0};
  SegmentSet segments_;
  ObjectMap objects_;
  Appender appender_;
  Partials partials_;
  Recovery recovery_;
  Ledger ledger_;
  FetchTurns turns_;
  Committer committer_;
  Retention retention_;
  Cleaner cleaner_;
  // The thread of committer_ uses all of these: stop() ends it.
};

}  // namespace larder::store
