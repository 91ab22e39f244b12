// Writes a joint patch: what leads from one release to another in one piece.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include <larder/result.h>

#include "filetable/delta_table.h"
#include "filetable/joint_patch.h"
#include "filetable/page_tree.h"
#include "filetable/tree_compare.h"
#include "publish/origin_directory.h"

namespace larder::publish {

/// `notes`: the patches that there are. A joint patch is put, but not committed,
/// if it is at least 10 % smaller than what it stands for: patches of contents, and, if it is small
/// enough for that, of pages. Empty if it is not, or objects of the older release are gone. Memory:
/// a few hundred MiB while it compresses. The errors of reading and writing. Throws std::bad_alloc.
Result<std::optional<filetable::JointPatch>> put_joint_patch(
    OriginDirectory& origin, const filetable::TreeDifference& difference,
    const filetable::PageTree& before, std::span<const filetable::PatchNote> notes);

}  // namespace larder::publish
