// Opening a store of a million objects, and one of none.
#include <benchmark/benchmark.h>
#include <malloc.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "digest/hash.h"
#include "store/store.h"

namespace larder::store {
namespace {

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "bench_open: %s\n", what.c_str());
  std::exit(1);
}

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
  explicit Filled(std::uint64_t count)
      : folder_((std::filesystem::temp_directory_path() / "larder-bench-XXXXXX").string()) {
    if (::mkdtemp(folder_.data()) == nullptr) give_up("cannot make " + folder_);
    const auto store = open(folder_);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::byte content[8];
      std::memcpy(content, &i, sizeof i);
      auto transaction = store->begin(sizeof content);
      if (transaction->write(content) || !transaction->commit(digest::sha256(content), {}))
        give_up("cannot store");
    }
    if (!store->flush()) give_up("flush failed");
  }
  ~Filled() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Filled(const Filled&) = delete;
  Filled& operator=(const Filled&) = delete;
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }

 private:
  std::string folder_;
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
