// Ledger: carries what this process counted into the index, each thing once. DroppedOnes: tells
// objects that come back. Store-internal.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_set>
#include <utility>

#include "base/digest.h"
#include "store/object_map.h"
#include "store/tally.h"

namespace larder::store {

/// Threads: any.
class Ledger {
 public:
  /// `count` gives the sums of this process so far.
  explicit Ledger(std::function<Tally()> count) : count_(std::move(count)) {}

  /// What was counted since the last entry; null for nothing, or while that one is not written.
  std::shared_ptr<const Tally> make_entry() {
    const Tally now = count_();
    std::lock_guard lock(mutex_);
    if (entered_ != written_ || now == written_) return nullptr;
    auto entry = std::make_shared<const Tally>(difference(now, written_));
    entered_ = now;
    return entry;
  }
  /// The index holds the last entry.
  void entry_is_written() noexcept {
    std::lock_guard lock(mutex_);
    written_ = entered_;
  }
  /// What the index does not hold yet.
  [[nodiscard]] Tally unwritten() const {
    const Tally now = count_();
    std::lock_guard lock(mutex_);
    return difference(now, written_);
  }

 private:
  const std::function<Tally()> count_;
  mutable std::mutex mutex_;
  Tally entered_;  // guarded by mutex_, as is
  Tally written_;
};

/// The digests that were dropped last. Threads: one at a time.
class DroppedOnes {
 public:
  void add(const Digest& digest) {
    const std::uint64_t id = id_of(digest);
    if (!ids_.insert(id).second) return;
    line_.push_back(id);
    if (line_.size() <= kMost) return;
    ids_.erase(line_.front());
    line_.pop_front();
  }
  /// Whether it is among them.
  [[nodiscard]] bool contains(const Digest& digest) const { return ids_.contains(id_of(digest)); }

 private:
  static constexpr std::size_t kMost = 64 * 1024;

  std::unordered_set<std::uint64_t> ids_;
  std::deque<std::uint64_t> line_;
};

}  // namespace larder::store
