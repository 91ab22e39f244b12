// Writes native filetables: items into pages, pages into a tree.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <larder/result.h>

#include "filetable/file_entry.h"

namespace larder::filetable {

struct NamedEntry {
  std::string path;
  FileEntry entry;
};
struct NamedChild {
  std::string first_key;
  PageReference child;
};

/// The bytes of one page. Keys ascend strictly. Throw std::bad_alloc.
[[nodiscard]] std::string write_leaf(std::span<const NamedEntry> items);
[[nodiscard]] std::string write_inner(unsigned level, std::span<const NamedChild> items);

/// Receives each page once, children before their parents, a level after the other. An error ends
/// the writing.
using PageReceiver = std::function<Result<void>(const PageReference&, std::string_view bytes)>;

/// Writes the tree of `entries`, which ascend strictly by path, and returns its root.
/// errc::bad_path for a path that may not stand in a table, errc::invalid_argument for a wrong
/// order, and the errors of `receive`. Throws std::bad_alloc and what `receive` throws.
Result<PageReference> write_tree(std::span<const NamedEntry> entries, const PageReceiver& receive);

/// Where the pages of a level end: the index behind each page's last item. `key_of(i)` is the key
/// of item i of `count`.
[[nodiscard]] std::vector<std::size_t> page_ends(
    unsigned level, std::size_t count, const std::function<std::string_view(std::size_t)>& key_of);

}  // namespace larder::filetable
