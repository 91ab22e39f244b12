// Lint: runs scripts against a table of points, without the program.
#pragma once

#include <string>
#include <vector>

#include "hotfix/names.h"
#include "hotfix/patch_set.h"

namespace larder::hotfix {

struct Lint {
  std::vector<std::string> problems;  ///< for the author; empty: the scripts are fine
  std::vector<unsigned> points;       ///< that the scripts patch when they are loaded, ascending
};

/// Loads the scripts as a Runtime does, in one environment and in their order. Patches that scripts
/// make later, while they run, are not seen.
[[nodiscard]] Lint lint(const std::vector<Script>& scripts, const Names& names);

}  // namespace larder::hotfix
