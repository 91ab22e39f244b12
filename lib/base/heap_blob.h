// HeapBlob: bytes in ordinary memory behind a Blob.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include <larder/blob.h>

namespace larder {

/// A Blob that owns `bytes`. Throws std::bad_alloc.
Blob make_heap_blob(std::vector<std::byte> bytes, Source source);

}  // namespace larder
