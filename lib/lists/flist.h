// Flist: the file list and the version file of quick-cocos2d-x's launchers. See FORMAT.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

#include "lists/file_list.h"

namespace larder::lists {

/// Dialect A says in the list itself which version it is; dialect B leaves that to the file
/// `version`.
struct Flist {
  std::optional<std::int64_t> app_version;  ///< dialect A
  std::optional<std::string> version;       ///< dialect A
  std::vector<std::string> directories;     ///< as listed, parents first
  FileList files;                           ///< tags: MD5 of the content's upper-case hex text
};

/// `version` of dialect B.
struct FlistVersion {
  std::int64_t android_app_version = 0;
  std::int64_t ios_app_version = 0;
  std::string android_version;
  std::string ios_version;
};

/// The lists are Lua chunks; what is more than data in them is refused, with line and column in
/// `why`. errc::bad_table, errc::too_large.
[[nodiscard]] Result<Flist> parse_flist(std::string_view lua, const ListLimits& limits = {},
                                        std::string* why = nullptr) noexcept;
[[nodiscard]] Result<FlistVersion> parse_flist_version(std::string_view lua,
                                                       const ListLimits& limits = {},
                                                       std::string* why = nullptr) noexcept;

}  // namespace larder::lists
