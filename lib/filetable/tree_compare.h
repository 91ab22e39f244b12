// Compares two native filetables, reading only the pages that differ.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <larder/result.h>

#include "filetable/file_entry.h"
#include "filetable/page_tree.h"
#include "filetable/page_writer.h"

namespace larder::filetable {

/// A page that one of the two trees has and the other has not.
struct DifferentPage {
  PageReference page;
  unsigned level = 0;
  std::string first_key;  ///< empty for the root
};

struct ChangedEntry {
  std::string path;
  FileEntry before;
  FileEntry after;
};

/// Tombstones count as what they say: that there is no file. Every list ascends by path.
struct TreeDifference {
  std::vector<NamedEntry> added;
  std::vector<NamedEntry> removed;
  std::vector<ChangedEntry> changed;  ///< in content or flags
  /// Of an added and a removed path with one content, which are not among the above: before, after.
  std::vector<std::pair<std::string, NamedEntry>> moved;
  std::vector<DifferentPage> new_pages;  ///< of the second tree: what its index costs
  std::uint64_t pages_read = 0;
};

/// The errors of the source; errc::would_fetch, and `missing` is set, where a page is not local.
/// errc::bad_table. Throws std::bad_alloc.
Result<TreeDifference> compare_trees(const PageReference& before, const PageReference& after,
                                     PageSource& source_before, PageSource& source_after,
                                     PageReference* missing = nullptr);

}  // namespace larder::filetable
