// What of an older release a new page, or a file, is patched from.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <larder/blob.h>

#include "base/digest.h"
#include "filetable/delta_table.h"
#include "filetable/page_tree.h"

namespace larder::filetable {

/// A new page's patch may begin from the old page in whose reach its first key lies, or from that
/// one with the next one behind it: where pages end may have moved.
struct PageBases {
  PageReference page;
  std::optional<PageReference> next;
};

/// For a page of `level` that begins with `first_key`; a root has none, and another root's as base.
/// Empty if there is no such page, or pages of `old` on the way to it are not here.
[[nodiscard]] std::optional<PageBases> bases_of_page(const PageTree& old,
                                                     std::string_view first_key,
                                                     unsigned level) noexcept;

/// The bytes of both pages, one after the other. Empty if one is not here, or there is no second.
[[nodiscard]] Blob join_bases(const PageBases& bases, PageSource& source);

/// What a file's patch may begin from, the best guess first: the file of the old release at that
/// path; for a path that it does not have, the files beside it, whose names are the most similar.
[[nodiscard]] std::vector<FileEntry> bases_of_file(const PageTree& old, std::string_view path);

struct FilePatch {
  FileEntry base;
  std::uint64_t bytes = 0;  ///< the patch's length
};

/// The patch that makes content `target` of `path`, if there is one.
[[nodiscard]] std::optional<FilePatch> find_file_patch(const DeltaTable& deltas,
                                                       const Digest& target, const PageTree& old,
                                                       std::string_view path);

struct PagePatch {
  Digest base;              ///< of `base_bytes`
  std::uint64_t bytes = 0;  ///< the patch's length
  Blob base_bytes;
};

/// The patch that makes page `target`, if there is one and what it begins from is here.
[[nodiscard]] std::optional<PagePatch> find_page_patch(const DeltaTable& deltas,
                                                       const Digest& target, const PageBases& bases,
                                                       PageSource& source);

}  // namespace larder::filetable
