// Publishes a LayaDCC origin, or a cache directory, as a native release.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <larder/result.h>

#include "publish/publish.h"
#include "publish/walk.h"

namespace larder::publish {

struct LayaImport {
  /// `directory` has the LayaDCC tree; `files`, `companion` and `from_release` are not used. It may
  /// be the origin itself, which then is both.
  PublishOptions publish;
  /// Leaves out what cannot be verified or has no name, instead of failing.
  bool skip_damaged = false;
};

struct LayaImportResult {
  PublishResult published;
  std::string id;                     ///< of assetsid.txt; empty: there was none
  std::vector<PathProblem> left_out;  ///< by `skip_damaged`
  std::vector<std::string> unlisted;  ///< what lies there and the table does not list
  /// The content is, as a whole, what was packed: its MD5 is the id. False where that cannot be
  /// said, too.
  bool has_packed_digest = false;
};

/// Verifies every file that the table lists against its checksum, and publishes those files under
/// the names by which clients ask for them. Nothing is published unless all is right, or
/// `skip_damaged` is set; nothing is written to the LayaDCC tree.
///
/// Errors: those of open_laya_source() and publish_release(); errc::damaged, and `why` says of each
/// file what is wrong and what to do.
Result<LayaImportResult> import_layadcc(const LayaImport& what,
                                        std::string* why = nullptr) noexcept;

}  // namespace larder::publish
