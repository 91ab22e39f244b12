// What the program store_filler and the tests that kill it agree on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace larder::store {

/// Size of the object that the filler makes of a seed: mostly small, some streamed, some large.
inline std::size_t filler_size(std::uint64_t seed) {
  if (seed % 50 == 49) return 700'000;
  if (seed % 10 == 9) return 300'000;
  return 8 + seed * 7919 % 20'000;  // enough to differ
}

}  // namespace larder::store
