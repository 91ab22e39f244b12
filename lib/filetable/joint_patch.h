// Joint patches: many objects of a release made at once from those of an older one; see
// docs/release-format.md.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <larder/result.h>

#include "base/digest.h"
#include "filetable/page_tree.h"

namespace larder::filetable {

/// What a joint patch begins from and what it makes, together: whoever applies it has that in
/// memory.
inline constexpr std::uint64_t kMaxJointMemory = std::uint64_t{32} << 20;
/// One that makes pages as well is at most that long: about what one request more would cost.
inline constexpr std::uint64_t kMaxUpdateBytes = 64 * 1024;

/// An entry of the old release, by its number in the order of paths.
struct JointAnchor {
  std::uint64_t number = 0;
  bool is_base = false;  ///< its content is needed, not only the pages that lead to it
  friend bool operator==(const JointAnchor&, const JointAnchor&) = default;
};

/// What a delta table says of a joint patch.
struct JointPatch {
  Digest digest;
  std::uint64_t bytes = 0;
  bool makes_pages = false;  ///< all that the old release has not
  /// Of contents it makes those with a patch of their own that are, with what that begins from, at
  /// most that long.
  std::uint64_t longest_pair = 0;
  std::vector<JointAnchor> anchors;  ///< ascending

  [[nodiscard]] bool makes(std::uint64_t content_bytes, std::uint64_t base_bytes) const noexcept {
    return content_bytes <= longest_pair && base_bytes <= longest_pair - content_bytes;
  }
};

/// What a joint patch begins from: all different, in the order of anchors.
struct JointBases {
  std::vector<FileEntry> contents;
  std::vector<std::vector<PageReference>> pages;  ///< by level, of the pages that lead to anchors
};

/// errc::would_fetch: a page is not here. errc::bad_table: the release has no such entries;
/// errc::too_large: more than kMaxJointMemory. Throws std::bad_alloc.
[[nodiscard]] Result<JointBases> bases_of_joint(const PageTree& old, const JointPatch& joint);

/// One frame of a joint patch, and how long the objects are that come out of it, one after the
/// other. The first makes contents, the next ones pages: those of level 0, of level 1, and so on.
struct JointStage {
  std::vector<std::uint64_t> sizes;
  std::span<const std::byte> frame;  ///< empty if there are no objects
};

/// The stages of `joint`, which they view; their objects have at most kMaxJointMemory together.
/// errc::bad_table. Throws std::bad_alloc.
[[nodiscard]] Result<std::vector<JointStage>> read_joint(std::span<const std::byte> joint);
[[nodiscard]] std::string write_joint(std::span<const JointStage> stages);

}  // namespace larder::filetable
