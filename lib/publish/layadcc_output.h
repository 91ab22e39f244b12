// Where the packing tool of LayaDCC puts its files.
#pragma once

#include <string>

#include <larder/result.h>

#include "publish/layadcc.h"

namespace larder::publish {

struct LayadccOutput {
  std::string tree;       ///< absolute path of what is packed
  std::string directory;  ///< where the files go, spelled as the original prints it
  std::string base;       ///< the part of it that the user chose, or the default
  bool relative = false;  ///< chosen by a relative path
};

/// errc::invalid_argument, and `why` says what is wrong with the options. Throws std::bad_alloc and
/// std::filesystem::filesystem_error.
Result<LayadccOutput> layadcc_output(const LayadccOptions& options, std::string& why);

/// The path of `directory` relative to the tree, if it lies in it; else empty.
std::string path_in_tree(const std::string& tree, const std::string& directory);

}  // namespace larder::publish
