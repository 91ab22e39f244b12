#include "support/golden_data.h"

namespace larder::test {

std::string golden_path(const std::string& relative) {
  return LARDER_GOLDEN_DATA "/" + relative;
}

}  // namespace larder::test
