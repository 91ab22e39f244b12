// Writes what leads from one release to another: patches, a joint one, and the table that lists
// them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include <larder/result.h>

#include "filetable/delta_table.h"
#include "filetable/file_entry.h"
#include "filetable/tree_compare.h"
#include "publish/origin_directory.h"

namespace larder::publish {

/// An object that can be made from another one.
struct PatchJob {
  filetable::FileEntry target;  ///< of a page: as if it were a file
  filetable::FileEntry base;
  /// With a page: what `base` may be made longer by.
  std::optional<filetable::FileEntry> base_next;
  /// Of a new file: what may be better than `base`.
  std::optional<filetable::FileEntry> other_base;
  std::uint64_t most_bytes = 0;  ///< a longer patch is not worth it
};

/// What a client that has `before` may want patches for: each pair of objects once. Throws
/// std::bad_alloc.
[[nodiscard]] std::vector<PatchJob> patch_jobs(const filetable::TreeDifference& difference,
                                               const filetable::PageTree& before);

struct DeltaPass {
  OriginDirectory* origin = nullptr;  ///< both releases are committed there
  filetable::PageReference before;
  filetable::PageReference after;
  unsigned threads = 2;
  std::function<void(std::uint64_t done, std::uint64_t total)>
      progress;  ///< patches; one at a time
  const std::atomic<bool>* stop = nullptr;
};

struct DeltaReport {
  std::uint64_t patches = 0;
  std::uint64_t patch_bytes = 0;
  std::uint64_t joint_bytes = 0;  ///< of the one that stands for many of them; 0: there is none
  /// The table; empty if there are no patches. Put, but not committed.
  std::optional<Digest> table;
  std::uint64_t table_bytes = 0;
};

/// Patches that are there already are taken as they are; others are kept where they are at least
/// 10 % smaller than their object's download, those for pages also where they save less. The errors
/// of reading and writing; errc::cancelled. Throws std::bad_alloc and what `progress` throws.
Result<DeltaReport> put_deltas(const DeltaPass& pass);

}  // namespace larder::publish
