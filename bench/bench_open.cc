// Opening a store of a million objects, and one of none.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "digest/hash.h"
#include "scratch.h"
#include "store/store.h"

namespace larder::store {
namespace {

using bench::give_up;

std::unique_ptr<Store> open(const std::string& directory) {
  StoreOptions options;
  options.directory = directory;
  auto store = Store::open(options);
  if (!store) give_up("open: " + store.error().message());
  return std::move(*store);
}

/// A store of `count` small objects, closed. Removed at the end of the program.
class Filled {
 public:
  explicit Filled(std::uint64_t count) {
    const auto store = open(folder());
    for (std::uint64_t i = 0; i < count; ++i) {
      std::byte content[8];
      std::memcpy(content, &i, sizeof i);
      auto transaction = store->begin(sizeof content);
      if (transaction->write(content) || !transaction->commit(digest::sha256(content), {}))
        give_up("cannot store");
    }
    if (!store->flush()) give_up("flush failed");
  }
  [[nodiscard]] const std::string& folder() const noexcept { return scratch_.path(); }

 private:
  const bench::Scratch scratch_;
};

double resident_bytes() {
  std::ifstream file("/proc/self/statm");
  double pages = 0;
  file >> pages >> pages;
  return pages * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

void store_open(benchmark::State& state) {
  static std::map<std::int64_t, Filled> stores;
  const Filled& filled =
      stores.try_emplace(state.range(0), static_cast<std::uint64_t>(state.range(0))).first->second;
  double grown = 0;
  for (auto _ : state) {
    state.PauseTiming();
    ::malloc_trim(0);
    const double before = resident_bytes();
    state.ResumeTiming();
    auto store = open(filled.folder());
    state.PauseTiming();
    grown = std::max(grown, resident_bytes() - before);
    store.reset();
    state.ResumeTiming();
  }
  state.counters["memory_MiB"] = grown / (1 << 20);
}

BENCHMARK(store_open)->Arg(0)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace larder::store

BENCHMARK_MAIN();
