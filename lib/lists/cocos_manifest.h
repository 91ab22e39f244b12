// CocosManifest: project.manifest and version.manifest of Cocos Creator's hot update. See
// FORMAT.md.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

#include "lists/file_list.h"

namespace larder::lists {

struct CocosManifest {
  std::string package_url;  ///< ends in `/` unless it is empty
  std::string remote_manifest_url;
  std::string remote_version_url;
  std::string version;
  std::string engine_version;
  std::map<std::string, std::string> group_versions;
  std::vector<std::string> search_paths;
  bool updating = false;    ///< a client's own, of an update that was not finished
  bool has_assets = false;  ///< it is a project.manifest
  FileList assets;
};

/// Reads either file, in one pass, without a tree of its values. errc::bad_table, errc::too_large;
/// `why`, if given, gets a sentence that says what is wrong and where (line and column). Members
/// that are not known are passed over.
[[nodiscard]] Result<CocosManifest> parse_cocos_manifest(std::string_view json,
                                                         const ListLimits& limits = {},
                                                         std::string* why = nullptr) noexcept;

/// As the engine compares: up to four leading integers separated by dots, missing ones are 0; if
/// either version begins with no integer, byte by byte. Negative, zero, positive.
[[nodiscard]] int compare_cocos_versions(std::string_view a, std::string_view b) noexcept;

}  // namespace larder::lists
