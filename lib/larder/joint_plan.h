// JointPlan: whether many downloads cost less as one.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/release.h"

namespace larder {

/// Of the files that a job is going to download. Threads: one at a time. All functions but made()
/// throw std::bad_alloc.
class JointPlan {
 public:
  using Download = std::pair<std::shared_ptr<const Release>, Entry>;

  /// A content of `release` that is not local.
  void add(const std::shared_ptr<const Release>& release, const Entry& entry) {
    Side& side = side_of(release);
    if (!side.joint) return;
    const std::uint64_t bytes = release->bytes_apart(entry);
    if (bytes != 0 && side.contents.insert(entry.key).second) side.bytes += bytes;
  }

  /// Whether files not seen yet may make a difference.
  [[nodiscard]] bool is_open() const {
    return std::any_of(sides_.begin(), sides_.end(),
                       [](const Side& side) { return side.joint && !side.pays(); });
  }

  /// The joint objects that cost less than what they stand for.
  [[nodiscard]] std::vector<Download> choose() const {
    std::vector<Download> chosen;
    for (const Side& side : sides_)
      if (side.pays()) chosen.emplace_back(side.release, *side.joint);
    return chosen;
  }

  /// Whether `entry` is among what a chosen object stands for.
  [[nodiscard]] bool made(const Release& release, const Entry& entry) const noexcept {
    return std::any_of(sides_.begin(), sides_.end(), [&](const Side& side) {
      return side.release.get() == &release && side.pays() && side.contents.contains(entry.key);
    });
  }

 private:
  struct Side {
    std::shared_ptr<const Release> release;
    std::optional<Entry> joint;
    std::uint64_t bytes = 0;  ///< of what it stands for
    std::unordered_set<ObjectKey, ObjectKeyHash> contents;
    [[nodiscard]] bool pays() const noexcept { return joint && bytes > joint->size.value_or(0); }
  };

  Side& side_of(const std::shared_ptr<const Release>& release) {
    for (Side& side : sides_)
      if (side.release == release) return side;
    sides_.push_back({release, release->joint(), 0, {}});
    return sides_.back();
  }

  std::vector<Side> sides_;  ///< as many as there are mounts, few
};

}  // namespace larder
