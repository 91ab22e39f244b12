// Applies a joint patch: what its stages begin from, and what comes out of them.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include <larder/blob.h>
#include <larder/result.h>

#include "filetable/joint_patch.h"

namespace larder::filetable {

/// Where the bases are. Both answer errc::would_fetch, or what else the matter is.
struct JointSources {
  std::function<Result<Blob>(const FileEntry&)> content;
  PageSource* pages = nullptr;
};

/// The prefix of the frame of stage number `stage`. `made`: the digests of what the stage before
/// has made. Errors of the sources; errc::damaged: what they give has another length. Throws
/// std::bad_alloc.
[[nodiscard]] Result<std::vector<std::byte>> prefix_of_stage(const JointBases& bases,
                                                             std::size_t stage,
                                                             std::span<const Digest> made,
                                                             const JointSources& sources);

/// Makes all objects of `joint` and gives each with its digest to `take`. What these are worth is
/// for those to say who look for them by digest. errc::too_large: with the bases more than
/// kMaxJointMemory; errc::bad_table, errc::damaged, and the errors of the sources. Some objects may
/// have been taken by then. Throws std::bad_alloc and what `take` throws.
Result<void> apply_joint(
    std::span<const std::byte> joint, const JointBases& bases, const JointSources& sources,
    const std::function<void(const Digest&, std::span<const std::byte>, bool is_page)>& take);

}  // namespace larder::filetable
