// What content keys are called.
#pragma once

#include <larder/content_key.h>

#include "encryption/aead.h"

namespace larder::encryption {

/// The id of a key, of which the first bytes are used; content_key_id() is its text. Throws
/// std::bad_alloc.
[[nodiscard]] Hash256 hash_of_key(const ContentKey& key);

}  // namespace larder::encryption
