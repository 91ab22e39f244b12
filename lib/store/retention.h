// Retention: the eviction policy at work in a store: which objects come in, and which go for them.
// Store-internal. See docs/eviction.md.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include <larder/result.h>

#include "base/log.h"
#include "base/object_key.h"
#include "store/committer.h"
#include "store/counters.h"
#include "store/eviction_policy.h"
#include "store/index.h"
#include "store/object_map.h"
#include "store/quota.h"

namespace larder::store {

/// An object on its way in.
struct Newcomer {
  std::uint64_t id = 0;  ///< id_of() its digest, or another one until the digest is known
  std::uint64_t size_bytes = 0;
  Priority priority = Priority::normal;
};

/// Without a quota everything comes in and nothing goes. The policy is made when the store is
/// nearly full for the first time, from what was saved and what the index says; it then follows
/// what this process does, and looks at the index again when that shows more or less content than
/// it knows.
///
/// Threads: any.
class Retention {
 public:
  /// Not owned.
  struct Rooms {
    sys::FileSystem& fs;
    const std::string& directory;
    Index& index;
    ObjectMap& objects;
    Committer& committer;
    Counters& counters;
    const Quota& quota;
    const Log& log;
  };
  Retention(Rooms rooms, std::uint64_t segment_bytes);

  /// Whether the object is to be stored. True: victims have been dropped, and stored() or
  /// withdraw() has to follow. `names` are keys under which it may be pinned.
  bool admit(const Newcomer& newcomer, std::span<const ObjectKey> names);
  /// An admitted object turns out larger. False: it stays out; withdraw() has to follow.
  bool enlarge(const Newcomer& newcomer, std::uint64_t size_bytes);
  void stored(const Newcomer& newcomer, const Digest& digest, std::span<const ObjectKey> names);
  void withdraw(const Newcomer& newcomer) noexcept;
  void forget(const Digest& digest) noexcept;

  void set_pinned(std::span<const ObjectKey> keys, bool pinned);
  /// `digest` has further names.
  void named(const Digest& digest, std::span<const ObjectKey> names);

  /// Segments are too full of what lives to be cleaned: keeps less content from now on. False if
  /// that has gone as far as it may.
  bool tighten();
  /// Segments are nearly dead when they are cleaned: keeps more content again.
  void loosen() noexcept;
  /// Looks at what the index has become: by other processes, or by deletions.
  void reconcile();
  /// Drops what exceeds the quota, a little at a time. False if there was nothing to drop.
  bool shrink();
  /// What the policy knows becomes durable; it is made first if there is something to remember.
  void save() noexcept;

  /// What content may take; 0 without a quota.
  [[nodiscard]] std::uint64_t content_quota();

 private:
  bool give_up_in_turn(std::uint64_t bytes);
  bool has_room(std::uint64_t bytes);
  Result<void> measure();
  /// Whether the policy knows of about so many bytes.
  bool knows(std::uint64_t content) const;
  void load();
  void follow_index();
  void hand_over_uses();
  void drop(const std::vector<EvictionPolicy::Id>& victims);
  bool is_pinned(std::span<const ObjectKey> names) const;

  const Rooms rooms_;
  const std::uint64_t segment_bytes_;
  std::mutex mutex_;  // guards all below
  std::optional<EvictionPolicy> policy_;
  std::optional<std::uint64_t> room_;  // before there is a policy: bytes that may come in
  std::uint64_t unmeasured_bytes_ = 0;
  std::uint64_t content_quota_ = 0;
  std::uint64_t slack_permille_;
  std::unordered_multiset<EvictionPolicy::Id> arriving_;
  std::unordered_set<ObjectKey, ObjectKeyHash> pins_;
  bool worth_saving_ = false;
};

}  // namespace larder::store
