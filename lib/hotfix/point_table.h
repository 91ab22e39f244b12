// PointTable: what points_json() wrote, for tools that do not link the program.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <larder/hotfix/runtime.h>
#include <larder/result.h>

namespace larder::hotfix {

/// The points in a table. errc::bad_manifest if it is none.
[[nodiscard]] Result<std::vector<PointDescription>> read_point_table(std::string_view text);

}  // namespace larder::hotfix
