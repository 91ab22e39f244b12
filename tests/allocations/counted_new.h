// The heap, counted.
#pragma once

#include <cstdint>

namespace larder::test {

/// How often this thread has called operator new.
std::uint64_t allocations() noexcept;

}  // namespace larder::test
