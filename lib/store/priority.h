// PriorityClass: which objects go first when room is made.
#pragma once

#include <cstdint>

namespace larder::store {

/// Victims are taken from the lowest class that has any; within a class by worth.
enum class PriorityClass : std::uint8_t { low = 0, normal = 1, high = 2 };

}  // namespace larder::store
