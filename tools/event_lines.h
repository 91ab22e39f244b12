// Lines that tell people what happens to downloads.
#pragma once

#include <string>

#include <larder/event.h>

namespace larder::tool {

/// "download [ ] http://…", "download [x] http://… 12 KiB", "download [!] http://… …"; empty for
/// what is not worth a line.
[[nodiscard]] std::string line_of(const Event& event);

}  // namespace larder::tool
