// Packing for LayaDCC beside the limit that its format sets: one MD5 over all bytes, on one core.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "asset_tree.h"
#include "digest/hash.h"
#include "publish/layadcc.h"

namespace larder::publish {
namespace {

namespace fs = std::filesystem;
using bench::asset_sizes;
using bench::AssetTree;

std::vector<std::uint64_t> icon_sizes() {
  return std::vector<std::uint64_t>(20'000, 600);
}

std::vector<std::uint64_t> large_sizes() {
  return std::vector<std::uint64_t>(4, std::uint64_t{128} << 20);
}

using Sizes = std::vector<std::uint64_t> (*)();

/// Trees are shared by the benchmarks that want the same one.
const AssetTree& tree_of(Sizes sizes) {
  static std::map<Sizes, std::unique_ptr<AssetTree>> trees;
  auto& tree = trees[sizes];
  if (!tree) tree = std::make_unique<AssetTree>(sizes());
  return *tree;
}

void count(benchmark::State& state, const AssetTree& tree) {
  state.SetBytesProcessed(static_cast<std::int64_t>(tree.bytes()) * state.iterations());
}

void pack_tree(benchmark::State& state, Sizes sizes, bool cache) {
  const AssetTree& tree = tree_of(sizes);
  LayadccOptions options;
  options.directory = tree.path().string();
  options.cache = cache;
  for (auto _ : state) {
    state.PauseTiming();
    fs::remove_all(tree.path() / "update");
    state.ResumeTiming();
    std::string why;
    if (!pack_layadcc(options, &why)) return state.SkipWithError(why.c_str());
  }
  fs::remove_all(tree.path() / "update");
  count(state, tree);
}

void pack(benchmark::State& state, Sizes sizes) {
  pack_tree(state, sizes, false);
}
void pack_with_cache(benchmark::State& state, Sizes sizes) {
  pack_tree(state, sizes, true);
}

/// The same number of bytes from memory.
void md5_alone(benchmark::State& state, Sizes sizes) {
  const AssetTree& tree = tree_of(sizes);
  const std::vector<std::byte> chunk(std::size_t{256} << 10, std::byte{'x'});
  for (auto _ : state) {
    digest::Md5 md5;
    for (std::uint64_t left = tree.bytes(); left > 0;) {
      const auto part = std::min<std::uint64_t>(left, chunk.size());
      md5.update(std::span(chunk).first(part));
      left -= part;
    }
    benchmark::DoNotOptimize(md5.finish());
  }
  count(state, tree);
}

#define LARDER_PACK_BENCHMARK(function, ...) \
  BENCHMARK_CAPTURE(function, __VA_ARGS__)->Unit(benchmark::kMillisecond)->UseRealTime()

LARDER_PACK_BENCHMARK(md5_alone, assets, asset_sizes);
LARDER_PACK_BENCHMARK(pack, assets, asset_sizes);
LARDER_PACK_BENCHMARK(pack_with_cache, assets, asset_sizes);
LARDER_PACK_BENCHMARK(md5_alone, icons, icon_sizes);
LARDER_PACK_BENCHMARK(pack, icons, icon_sizes);
LARDER_PACK_BENCHMARK(md5_alone, large_files, large_sizes);
LARDER_PACK_BENCHMARK(pack, large_files, large_sizes);

}  // namespace
}  // namespace larder::publish

BENCHMARK_MAIN();
