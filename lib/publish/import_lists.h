// Publishes a tree of Cocos Creator's or quick-cocos2d-x's updaters as a native release.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <larder/read_filter.h>
#include <larder/result.h>

#include "publish/publish.h"
#include "publish/walk.h"

namespace larder::publish {

enum class ListFormat : std::uint8_t { cocos, flist };

struct ListImport {
  /// `directory` has the tree; `files`, `companion` and `from_release` are not used. It may be the
  /// origin itself, which then is both.
  PublishOptions publish;
  ListFormat format = ListFormat::cocos;
  /// project.manifest or flist. Empty: the one in the directory.
  std::string list;
  /// Undoes what hides the list. Contents are published as they are: checksums are of those, and
  /// clients undo it as they read. Empty: the list is plain.
  ReadFilter read_filter;
  /// Leaves out what is not as the list says, instead of failing.
  bool skip_damaged = false;
};

struct ListImportResult {
  PublishResult published;
  /// That the list says, or, for dialect B of flist, the file `version` beside it: of both
  /// platforms if they differ.
  std::string version;
  std::vector<PathProblem> left_out;  ///< by `skip_damaged`
  std::vector<std::string> unlisted;  ///< what lies there and the list does not name
  std::uint64_t unverified = 0;  ///< files whose checksums are none: held against their sizes only
  std::uint64_t archives = 0;    ///< that old clients unpack; published as they are
};

/// Verifies every file that the list names, and publishes those files. Of Cocos Creator's manifests
/// all MD5s that there have been are taken (digest::CocosMd5), and files get the names that their
/// keys encode, by which they may be called on disk, too. Nothing is published unless all is right,
/// or `skip_damaged` is set; nothing is written to the tree.
///
/// Errors: errc::not_found (no list), errc::bad_table, errc::too_large (the list), errc::io,
/// errc::cancelled, those of publish_release(); errc::damaged, and `why` says of each file what is
/// wrong and what to do.
Result<ListImportResult> import_list(const ListImport& what, std::string* why = nullptr) noexcept;

}  // namespace larder::publish
