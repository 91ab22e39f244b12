#include "net/random_text.h"

#include <cstdio>
#include <random>

namespace larder::net {

std::string random_hex() {
  thread_local std::mt19937_64 engine{std::random_device{}()};
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(engine()));
  return text;
}

}  // namespace larder::net
