#include "fetch/backoff.h"

#include <algorithm>
#include <random>

namespace larder::fetch {
namespace {

constexpr std::chrono::milliseconds kFirst{200};
constexpr std::chrono::milliseconds kLongest{5000};

}  // namespace

std::chrono::milliseconds random_below(std::chrono::milliseconds limit) {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::chrono::milliseconds(
      std::uniform_int_distribution<std::chrono::milliseconds::rep>(0, limit.count())(engine));
}

std::chrono::milliseconds backoff_before(unsigned attempt) {
  auto ceiling = kFirst;
  for (unsigned i = 1; i < attempt && ceiling < kLongest; ++i) ceiling *= 2;
  return random_below(std::min(ceiling, kLongest));
}

}  // namespace larder::fetch
