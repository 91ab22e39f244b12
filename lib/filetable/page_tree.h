// PageTree: a native filetable of which pages arrive as they are needed.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/blob.h>
#include <larder/result.h>

#include "base/release.h"
#include "filetable/file_entry.h"
#include "filetable/page.h"
#include "filetable/path_index.h"

namespace larder::filetable {

/// Lends pages that are local. Threads: any.
class PageSource {
 public:
  virtual ~PageSource() = default;
  /// The bytes that `page` names, verified. errc::would_fetch if they are not local. Does not wait
  /// for a network.
  virtual Result<Blob> page(const PageReference& page) noexcept = 0;
};

/// path → FileEntry for one release. A page is taken from the source when it is first needed,
/// checked, and kept as long as the tree lives: as a view of whatever memory the source lends,
/// besides about 14 bytes of heap for each entry of the tree.
///
/// Where a page is missing, functions end with errc::would_fetch and tell which; the caller fetches
/// it, puts it where the source finds it, and calls again. errc::bad_table: a page is not what its
/// parent says. Other errors are the source's. Threads: any; look-ups take no lock.
class PageTree {
 public:
  PageTree(PageReference root, std::shared_ptr<PageSource> source);
  PageTree(const PageTree&) = delete;
  PageTree& operator=(const PageTree&) = delete;
  ~PageTree();

  /// What the table says of `path`, tombstones included. errc::not_listed. Allocation-free once its
  /// pages are here; `missing` is set when a page is not.
  [[nodiscard]] Result<FileEntry> find(std::string_view path,
                                       PageReference* missing = nullptr) const noexcept;

  /// Names directly below `directory` ("" is the root), in byte order, without tombstones; a name
  /// that is both a file and a directory comes twice, the file first. Reads the pages of that
  /// directory only. errc::not_listed.
  [[nodiscard]] Result<std::vector<Listed>> list(std::string_view directory,
                                                 PageReference* missing = nullptr) const noexcept;
  /// Whether something that is no tombstone lies below `path`.
  [[nodiscard]] Result<bool> is_directory(std::string_view path,
                                          PageReference* missing = nullptr) const noexcept;
  /// The listed paths, tombstones excepted, from which `path` differs in letter case only, `path`
  /// itself among them, in byte order. Reads the directories on the way. errc::not_listed.
  [[nodiscard]] Result<std::vector<std::string>> find_ignoring_case(
      std::string_view path, PageReference* missing = nullptr) const noexcept;

  /// Pages that are not here and that hold, or lead to, keys that begin with `prefix`. They may
  /// lead to further ones: fetch, call again, until there are none.
  [[nodiscard]] Result<std::vector<PageReference>> missing(std::string_view prefix) const noexcept;

  /// The page of `level` in whose reach `key` lies, the first one if `key` comes before all: the
  /// base of a patch. Empty if the tree has no such level or pages on the way are not here. `next`
  /// is set to the page that follows in the same page above, if there is one.
  [[nodiscard]] std::optional<PageReference> page_around(
      std::string_view key, unsigned level,
      std::optional<PageReference>* next = nullptr) const noexcept;

  /// The files before and behind `path`, which is not listed, as far as they are in the leaf where
  /// it would be: none, one or two. None if pages on the way are not here.
  [[nodiscard]] std::vector<FileEntry> files_beside(std::string_view path) const;

  /// How many entries, tombstones included, have a path less than `path`. Errors as find().
  [[nodiscard]] Result<std::uint64_t> count_before(std::string_view path) const noexcept;
  /// Entry number `number`, from 0 on, tombstones included; `way` is set to the pages that lead
  /// there, from the root to the leaf. errc::not_listed beyond the last one; else as find().
  [[nodiscard]] Result<FileEntry> entry_at(
      std::uint64_t number, std::vector<PageReference>* way = nullptr) const noexcept;

  struct Place {
    std::string first_key;
    unsigned level = 0;
  };
  /// Where the page named `page` stands, on the way to `key`. Empty if it is not there, or is the
  /// root and not here: only its bytes tell its level. Throws std::bad_alloc.
  [[nodiscard]] std::optional<Place> place_of(const Digest& page, std::string_view key) const;

  struct MissingPage {
    PageReference page;
    Place place;
  };
  /// Pages that are not here, where `old` has its pages here: what a program that goes over from
  /// there needs to know as much as before. The root, if it is not here, has an empty place. As
  /// missing() otherwise. Throws std::bad_alloc.
  [[nodiscard]] Result<std::vector<MissingPage>> missing_where_held(const PageTree& old) const;

  [[nodiscard]] const PageReference& root() const noexcept { return root_; }
  [[nodiscard]] PageSource& source() const noexcept { return *source_; }

 private:
  friend class TreeCursor;
  struct Node;
  /// The leaf that has `path`, if any has; null if all that it has is in the index. Loads what is
  /// needed.
  Result<const Node*> leaf_of(std::string_view path, PageReference* missing) const noexcept;
  /// The root's node, or a child's. Loads it if need be.
  Result<const Node*> root_node(PageReference* missing) const noexcept;
  Result<const Node*> child_node(const Node& parent, std::size_t index,
                                 PageReference* missing) const noexcept;
  Result<std::unique_ptr<Node>> load(const PageReference& page,
                                     PageReference* missing) const noexcept;
  Result<void> collect_missing(const Node& node, std::string_view prefix,
                               std::vector<PageReference>& into) const;
  Result<void> collect_where_held(const Node& node, const PageTree& old,
                                  std::vector<MissingPage>& into) const;

  const PageReference root_;
  const std::shared_ptr<PageSource> source_;
  mutable std::atomic<Node*> root_node_{nullptr};
  mutable PathIndex index_;
};

/// Goes through the entries of a tree in the order of their paths.
class TreeCursor {
 public:
  /// The tree must outlive it. Throws std::bad_alloc, as all functions here. After an error only
  /// seek() makes sense.
  explicit TreeCursor(const PageTree& tree) : tree_(tree) {}

  /// To the first entry whose path is not less than `path`. False: there is none. errc::would_fetch
  /// sets missing().
  Result<bool> seek(std::string_view path);
  /// To the next entry.
  Result<bool> next();
  [[nodiscard]] std::string_view path() const noexcept { return stack_.back().cursor.key(); }
  [[nodiscard]] const FileEntry& entry() const noexcept {
    return stack_.back().cursor.item().entry;
  }
  [[nodiscard]] const PageReference& missing() const noexcept { return missing_; }

 private:
  struct Step {
    const PageTree::Node* node;
    PageCursor cursor;
  };
  Result<bool> descend_first();

  const PageTree& tree_;
  std::vector<Step> stack_;  ///< from the root to a leaf
  PageReference missing_;
};

}  // namespace larder::filetable
