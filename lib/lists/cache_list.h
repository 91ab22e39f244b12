// CacheList: what Cocos Creator's cache manager remembers of its downloads, `cacheList.json`. See
// FORMAT.md.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

#include "lists/file_list.h"

namespace larder::lists {

/// One download. It has no checksum: whatever lies there may be anything.
struct CachedFile {
  std::string url;   ///< what was asked for
  std::string file;  ///< where it was put, as the list says it: often an absolute path of a device
};

/// In the order of the list. errc::bad_table, errc::too_large; `why` gets a sentence.
[[nodiscard]] Result<std::vector<CachedFile>> parse_cache_list(std::string_view text,
                                                               const ListLimits& limits = {},
                                                               std::string* why = nullptr);

/// Where a file of the list lies below the directory of the list, wherever that has been moved:
/// what follows the last `gamecaches/`, or a relative path. Empty if it does not lie there.
[[nodiscard]] std::string place_in_cache(std::string_view file);

}  // namespace larder::lists
