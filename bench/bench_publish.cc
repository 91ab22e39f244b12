// Publishing a native release beside `sha256sum` on as many cores: what reading and hashing costs.
// In memory: making thousands of files takes a disk as long as it takes, and some file systems
// (ext4) many times that for a minute after as many were removed.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <thread>

#include "asset_tree.h"
#include "publish/publish.h"

namespace larder::publish {
namespace {

/// A third of the files is text, as in the packages of engines.
const bench::AssetTree& tree() {
  static const bench::AssetTree tree(bench::asset_sizes(), 3, bench::memory_directory());
  return tree;
}

void count(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(tree().bytes()) * state.iterations());
}

PublishOptions options_for(const std::string& origin) {
  PublishOptions options;
  options.directory = tree().path().string();
  options.origin = origin;
  options.now = trust::Time(std::chrono::seconds(1800000000));
  return options;
}

/// Everything read, hashed, encoded and written.
void publish_new(benchmark::State& state) {
  (void)tree();
  const bench::Scratch scratch(bench::memory_directory());
  int number = 0;
  for (auto _ : state) {
    std::string why;
    if (!publish_release(options_for(scratch.path() + "/" + std::to_string(number++)), &why))
      return state.SkipWithError(why.c_str());
  }
  count(state);
}

/// Everything read and hashed again, nothing new found.
void publish_paranoid(benchmark::State& state) {
  const bench::Scratch scratch(bench::memory_directory());
  PublishOptions options = options_for(scratch.path() + "/origin");
  options.paranoid = true;
  std::string why;
  if (!publish_release(options, &why)) return state.SkipWithError(why.c_str());
  for (auto _ : state)
    if (!publish_release(options, &why)) return state.SkipWithError(why.c_str());
  count(state);
}

void sha256sum(benchmark::State& state) {
  const std::string command =
      "find '" + tree().path().string() + "' -type f -print0 | xargs -0 -n 500 -P " +
      std::to_string(std::max(std::thread::hardware_concurrency(), 1u)) + " sha256sum >/dev/null";
  for (auto _ : state)
    if (std::system(command.c_str()) != 0) return state.SkipWithError("sha256sum failed");
  count(state);
}

BENCHMARK(sha256sum)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(publish_new)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(publish_paranoid)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace larder::publish

BENCHMARK_MAIN();
