// store_filler DIRECTORY SEED QUOTA: stores objects that describe themselves, and reads some of
// them again, until it is killed. Writes a byte to stdout after the first one. QUOTA 0: none.
#include "store_filler.h"

#include <unistd.h>

#include <cstdlib>

#include "store_fixture.h"

int main(int argc, char** argv) {
  using namespace larder::store;
  if (argc != 4) return 2;
  StoreOptions options;
  options.directory = argv[1];
  options.segment_bytes = 1u << 20;
  options.large_object_bytes = 512u << 10;
  options.commit_interval = std::chrono::milliseconds(5);
  options.quota_bytes = std::strtoull(argv[3], nullptr, 10);
  auto store = Store::open(options);
  if (!store) return 1;
  bool first = true;
  const std::uint64_t first_seed = std::strtoull(argv[2], nullptr, 10);
  for (std::uint64_t seed = first_seed;; ++seed) {
    const bool known = seed % 7 != 0;
    bool stored = false;
    put(**store, content(seed, filler_size(seed)), {claim_of(seed)}, known, 10'000, &stored);
    if (!stored && options.quota_bytes == 0) return 1;
    const std::uint64_t other = first_seed + seed % 100;
    const larder::Blob blob = (*store)->find(claim_of(other));
    if (blob && !same(blob, content(other, filler_size(other)))) return 3;
    if (first && ::write(STDOUT_FILENO, "x", 1) != 1) return 1;
    first = false;
  }
}
