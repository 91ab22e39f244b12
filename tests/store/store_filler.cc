// store_filler DIRECTORY SEED QUOTA THREADS: stores objects that describe themselves, and reads
// some of them again, until it is killed. Writes a byte to stdout after the first one. QUOTA 0:
// none.
#include "store_filler.h"

#include <unistd.h>

#include <cstdlib>
#include <thread>
#include <vector>

#include "store_fixture.h"

namespace {

constexpr std::uint64_t kSeedsOfAThread = 500'000;

}  // namespace

int main(int argc, char** argv) {
  using namespace larder::store;
  if (argc != 5) return 2;
  StoreOptions options;
  options.directory = argv[1];
  options.segment_bytes = 1u << 20;
  options.large_object_bytes = 512u << 10;
  options.commit_interval = std::chrono::milliseconds(5);
  options.quota_bytes = std::strtoull(argv[3], nullptr, 10);
  auto store = Store::open(options);
  if (!store) return 1;
  const std::uint64_t first_seed = std::strtoull(argv[2], nullptr, 10);
  const auto fill = [&](std::uint64_t begin, bool tells) {
    for (std::uint64_t seed = begin;; ++seed) {
      const bool known = seed % 7 != 0;
      bool stored = false;
      put(**store, content(seed, filler_size(seed)), {claim_of(seed)}, known, 10'000, &stored);
      if (!stored && options.quota_bytes == 0) std::_Exit(1);
      const std::uint64_t other = begin + seed % 100;
      const larder::Blob blob = (*store)->find(claim_of(other));
      if (blob && !same(blob, content(other, filler_size(other)))) std::_Exit(3);
      if (tells && ::write(STDOUT_FILENO, "x", 1) != 1) std::_Exit(1);
      tells = false;
    }
  };
  std::vector<std::thread> others;
  for (std::uint64_t i = 1; i < std::strtoull(argv[4], nullptr, 10); ++i)
    others.emplace_back(fill, first_seed + i * kSeedsOfAThread, false);
  fill(first_seed, true);
}
