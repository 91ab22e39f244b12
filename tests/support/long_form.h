// Tests that sample what they cannot try in a few seconds try all of it in the long form.
#pragma once

#include <cstdlib>

namespace larder::test {

/// Whether LARDER_TEST_LONG is set: tests may take minutes.
inline bool in_long_form() noexcept {
  return std::getenv("LARDER_TEST_LONG") != nullptr;
}

}  // namespace larder::test
