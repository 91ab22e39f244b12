// Committer: makes what was stored durable, many objects at a time. Store-internal.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include <larder/result.h>

#include "base/log.h"
#include "store/appender.h"
#include "store/counters.h"
#include "store/fetch_turns.h"
#include "store/index.h"
#include "store/ledger.h"
#include "store/object_map.h"
#include "store/recovery.h"

namespace larder::store {

/// Collects changes and applies them: segments are synced first, then one transaction writes the
/// rows. A damaged index is made anew on the way. Threads: any.
class Committer {
 public:
  /// What the committer works on. Not owned.
  struct Rooms {
    sys::FileSystem& fs;
    const std::string& directory;
    Index& index;
    ObjectMap& objects;
    Appender& appender;
    Recovery& recovery;
    Counters& counters;
    DiskHealth& health;
    Ledger& ledger;
    const FetchTurns& turns;
    const Log& log;
  };

  /// `tend` is called on the background thread after each flush, and once an interval without one.
  Committer(Rooms rooms, std::chrono::milliseconds interval, std::function<void()> tend);
  ~Committer();

  /// Starts the background thread.
  void start();
  /// Stops the thread and flushes for the last time; segments are left for others to go on with.
  void stop() noexcept;

  /// Changes to apply. `writer` is where their bytes are, `object` what an ObjectAdded among them
  /// is about; either may be null. To be called before the extent is closed.
  void add(std::vector<Change> changes, std::shared_ptr<SegmentWriter> writer, ObjectRef object);
  /// Drops what the keys name with the next flush. What is pinned stays unless `pinned_too`.
  void evict(std::vector<ObjectKey> keys, bool pinned_too);
  /// The row of `writer` changes with the next flush.
  void touch(std::shared_ptr<SegmentWriter> writer);

  /// Has others fetch the object once everything added so far is applied, or could not be. If they
  /// wait for it, that is soon.
  void give_back(FetchTurns::Lock turn) noexcept;

  /// Applies everything. errc::io, errc::no_space, errc::busy: it stays pending.
  Result<void> flush() noexcept;
  /// Makes a damaged index anew from the segments, unless that happened since `generation`.
  Result<void> repair(std::uint64_t generation) noexcept;

  /// Whether a row that the index still shows is to go with the next flush.
  [[nodiscard]] bool forgotten(const Digest& digest) const;
  /// Objects that are not yet in the index and whose digest begins with these eight bytes.
  [[nodiscard]] std::vector<Digest> pending_named_like(std::uint64_t id) const;
  /// Objects that are not yet in the index: number and bytes.
  [[nodiscard]] std::pair<std::uint64_t, std::uint64_t> pending() const;

 private:
  struct DigestHash {
    std::size_t operator()(const Digest& digest) const noexcept;
  };
  struct Eviction {
    std::vector<ObjectKey> keys;
    bool pinned_too;
  };
  struct Work {
    std::vector<Change> changes;
    std::vector<Eviction> evictions;
    std::vector<ObjectRef> objects;
    std::set<std::shared_ptr<SegmentWriter>> writers;
  };

  void run() noexcept;
  /// Until there is reason to flush: after `pause`, or earlier for those who wait for a turn.
  void rest(std::unique_lock<std::mutex>& lock, std::chrono::milliseconds pause);
  Result<void> flush_in_turn(bool last);
  /// Of what is pending; its turns into `turns`.
  std::vector<SegmentRow> collect(bool last, std::vector<FetchTurns::Lock>& turns);
  void resolve_evictions();
  void sync_segments(std::vector<SegmentRow>& rows);
  void give_up(const std::shared_ptr<SegmentWriter>& writer);
  void forget_added(const Digest& digest);
  void done(bool last);
  Result<void> repair_in_turn(std::uint64_t generation);

  const Rooms rooms_;
  const std::chrono::milliseconds interval_;
  const std::function<void()> tend_;

  std::mutex turn_;              // one flush or repair at a time; held across I/O
  Work current_;                 // what a flush is about; changed under turn_ and mutex_
  std::vector<Digest> evicted_;  // by the flush under way

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable wake_;
  Work pending_;
  std::vector<FetchTurns::Lock> turns_;  // to be given back when pending_ is applied
  std::unordered_multiset<Digest, DigestHash> forgotten_;
  DroppedOnes dropped_;
  std::unordered_multimap<std::uint64_t, Digest> added_;  // pending objects by id_of()
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace larder::store
