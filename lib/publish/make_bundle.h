// make_bundle: puts files of a tree, and the table of all of it, into a bundle.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <larder/blob.h>
#include <larder/content_key.h>
#include <larder/result.h>

#include "bundle/bundle_writer.h"
#include "filetable/page_tree.h"
#include "publish/walk.h"

namespace larder::publish {

/// A release that a bundle is stamped with.
struct StampedRelease {
  std::string head;  ///< its head's document
  const filetable::PageTree* tree = nullptr;
  /// All pages of the tree.
  std::vector<std::pair<filetable::PageReference, Blob>> pages;
};

struct BundleRequest {
  std::string directory;
  const FileList* files = nullptr;  ///< of the directory
  /// Whether a file's content goes into the bundle.
  std::function<bool(std::string_view path)> includes;
  std::optional<ContentKey> content_key;  ///< encrypts all contents
  /// Null: the table is made of the files as they are.
  const StampedRelease* release = nullptr;
  /// Files looked at so far.
  std::function<void(std::uint64_t files)> progress;
};

struct BundleReport {
  std::uint64_t table_files = 0;  ///< that the table lists
  std::uint64_t files = 0;        ///< with their content
  std::uint64_t content_bytes = 0;
  /// Files that cannot be read, or that the release has otherwise. If there are any, the bundle was
  /// not finished.
  std::vector<PathProblem> problems;
};

/// The errors of the writer. Throws std::bad_alloc and what `progress` throws.
Result<BundleReport> make_bundle(const BundleRequest& request, bundle::BundleWriter& writer);

}  // namespace larder::publish
