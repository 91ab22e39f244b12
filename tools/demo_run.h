// DemoRun: one start of a program that reads its content through Larder, checked byte for byte.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <larder/vfs.h>

#include "output.h"

namespace larder::tool {

struct DemoRun {
  std::string name;
  Stats stats;
  Seconds took{0};                   ///< from opening the Vfs to its closing
  std::set<std::string> downloaded;  ///< paths that came from the origin
  std::vector<std::string> complaints;
};

/// Opens a Vfs, reads `paths`, holds each against the file below `truth`, closes the Vfs.
DemoRun run_program(std::string name, const Options& options, const std::vector<std::string>& paths,
                    const std::filesystem::path& truth);

}  // namespace larder::tool
