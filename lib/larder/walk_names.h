// Walks through the names of a tree.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <larder/result.h>

#include "base/release.h"

namespace larder {

[[nodiscard]] inline std::string joined(std::string_view directory, std::string_view name) {
  return directory.empty() ? std::string(name) : std::string(directory) + "/" + std::string(name);
}

/// Names directly below a directory.
using ListNames = std::function<Result<std::vector<Listed>>(const std::string& directory)>;

/// Has `each` called with the path of every file below `directory`.
inline Result<void> walk_names(const std::string& directory, const ListNames& list,
                               const std::function<void(std::string)>& each) {
  const auto listed = list(directory);
  if (!listed) return listed.error();
  for (const Listed& one : *listed) {
    std::string path = joined(directory, one.name);
    if (!one.is_directory)
      each(std::move(path));
    else if (auto walked = walk_names(path, list, each);
             !walked && walked.error() != errc::not_listed)
      return walked;
  }
  return {};
}

}  // namespace larder
