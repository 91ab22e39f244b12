// store_filler DIRECTORY SEED: stores objects that describe themselves until it is killed. Writes a
// byte to stdout after the first one.
#include "store_filler.h"

#include <unistd.h>

#include <cstdlib>

#include "store_fixture.h"

int main(int argc, char** argv) {
  using namespace larder::store;
  if (argc != 3) return 2;
  StoreOptions options;
  options.directory = argv[1];
  options.segment_bytes = 1u << 20;
  options.large_object_bytes = 512u << 10;
  options.commit_interval = std::chrono::milliseconds(5);
  auto store = Store::open(options);
  if (!store) return 1;
  bool first = true;
  for (std::uint64_t seed = std::strtoull(argv[2], nullptr, 10);; ++seed) {
    const bool known = seed % 7 != 0;
    bool stored = false;
    put(**store, content(seed, filler_size(seed)), {claim_of(seed)}, known, 10'000, &stored);
    if (!stored) return 1;
    if (first && ::write(STDOUT_FILENO, "x", 1) != 1) return 1;
    first = false;
  }
}
