// What fuzz targets hold true of every input: the fuzzer sees the end of the program.
#pragma once

#include <cstdlib>

inline void require(bool condition) {
  if (!condition) std::abort();
}
