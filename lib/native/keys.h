// Keys: what an app pins, as its options say.
#pragma once

#include <string>

#include <larder/options.h>
#include <larder/result.h>

#include "base/digest.h"
#include "trust/root.h"

namespace larder::native {

struct Anchors {
  trust::Root root;
  Digest name;  ///< tells them from other anchors
  bool unsigned_too = false;
};

/// errc::invalid_argument and a sentence in `why`: keys that are none, a threshold that cannot be
/// reached, or neither keys nor the word that there are none.
[[nodiscard]] Result<Anchors> read_anchors(const TrustOptions& options, std::string* why);

}  // namespace larder::native
