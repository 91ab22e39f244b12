// PatchSet: what one manifest puts in force.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace larder::hotfix {

struct Script {
  std::string path;
  std::string text;
};

/// Immutable once it is loaded.
struct PatchSet {
  std::string source;  ///< path of the manifest; sets from one source replace each other
  std::string id;
  std::uint64_t sequence = 0;
  std::string digest;  ///< of the manifest
  std::vector<Script> scripts;
  std::vector<unsigned> points;  ///< that it may patch, ascending
  bool may_patch_all = false;    ///< unsigned scripts
};

}  // namespace larder::hotfix
