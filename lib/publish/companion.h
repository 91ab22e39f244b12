// Companion: what is published together with a native release, from the same files.
#pragma once

#include <string>
#include <string_view>

#include <larder/result.h>

#include "publish/walk.h"

namespace larder::publish {

/// Called by one run of publish_release(), in the order of the functions, by its thread. Errors end
/// the run, with `why` as its reason, and the channel keeps the release that it has. May throw what
/// publish_release() catches.
class Companion {
 public:
  virtual ~Companion() = default;
  /// Whether a directory of the tree is left out of the release. `path` is relative to the tree.
  [[nodiscard]] virtual bool leaves_out(std::string_view path) = 0;
  /// The files are known, and none has been read. `root`, the open tree, and `files` live as long
  /// as the run.
  virtual Result<void> begin(int root, const FileList& files, std::string& why) = 0;
  /// All that the release needs is in place, but for its head.
  virtual Result<void> before_head(std::string& why) = 0;
};

}  // namespace larder::publish
