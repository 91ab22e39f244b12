// Publishes a tree as a native release and as a LayaDCC origin, both in one directory.
#pragma once

#include <string>

#include <larder/result.h>

#include "publish/layadcc.h"
#include "publish/publish.h"

namespace larder::publish {

struct MixedResult {
  PublishResult native;
  LayadccResult layadcc;
};

/// As publish_release(), and then every file lies in the origin under its own path too, with
/// LayaDCC's tables in `update`: those that packing these files makes. Everything is read before
/// the head is written; the LayaDCC part changes just after it, its `assetsid.txt` last. Files that
/// the tree has no more are removed if an earlier run put them there. `options.companion` and
/// `options.from_release` are not used.
///
/// Errors: those of publish_release() and pack_layadcc(). After errors of the second part, of which
/// `why` says so, the native release is published; in any case the run can be repeated.
Result<MixedResult> publish_mixed(const PublishOptions& options,
                                  std::string* why = nullptr) noexcept;

/// Whether an origin has a LayaDCC part.
[[nodiscard]] bool has_layadcc_part(const std::string& origin);

}  // namespace larder::publish
