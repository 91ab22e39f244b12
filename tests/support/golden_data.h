// Where the data is that tests compare with.
#pragma once

#include <string>

namespace larder::test {

/// The path of a file or folder below tests/golden.
[[nodiscard]] std::string golden_path(const std::string& relative);

}  // namespace larder::test
