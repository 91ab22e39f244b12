// Packing for LayaDCC beside the limit that its format sets: one MD5 over all bytes, on one core.
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "digest/hash.h"
#include "publish/layadcc.h"
#include "scratch.h"

namespace larder::publish {
namespace {

namespace fs = std::filesystem;

/// A tree in a temporary directory, made once and removed at the end.
class Tree {
 public:
  explicit Tree(const std::vector<std::uint64_t>& sizes) {
    std::mt19937_64 random(1);
    std::string noise(1 << 20, '\0');
    for (char& c : noise) c = static_cast<char>(random());
    for (std::size_t i = 0; i < sizes.size(); ++i) write(i, sizes[i], noise);
  }
  [[nodiscard]] const fs::path& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t bytes() const noexcept { return bytes_; }

 private:
  void write(std::size_t number, std::uint64_t size, const std::string& noise) {
    constexpr std::size_t kFilesPerFolder = 100;
    const fs::path folder = path_ / ("folder" + std::to_string(number / kFilesPerFolder));
    fs::create_directories(folder);
    std::ofstream file(folder / ("asset" + std::to_string(number) + ".png"), std::ios::binary);
    file << number;  // no two files are equal
    for (std::uint64_t left = size; left > 0;) {
      const auto part = std::min<std::uint64_t>(left, noise.size());
      file.write(noise.data(), static_cast<std::streamsize>(part));
      left -= part;
    }
    bytes_ += size + std::to_string(number).size();
    if (!file.flush()) bench::give_up("cannot write the tree; is the disk full?");
  }

  const bench::Scratch scratch_;
  const fs::path path_ = scratch_.path();
  std::uint64_t bytes_ = 0;
};

/// 16,000 files, 180 MB, sizes spread as those of games' assets are.
std::vector<std::uint64_t> asset_sizes() {
  std::mt19937_64 random(2);
  std::lognormal_distribution<double> size(std::log(3000.0), 1.62);
  std::vector<std::uint64_t> sizes(16'000);
  for (auto& bytes : sizes) bytes = static_cast<std::uint64_t>(std::min(size(random), 4e6));
  return sizes;
}

std::vector<std::uint64_t> icon_sizes() {
  return std::vector<std::uint64_t>(20'000, 600);
}

std::vector<std::uint64_t> large_sizes() {
  return std::vector<std::uint64_t>(4, std::uint64_t{128} << 20);
}

using Sizes = std::vector<std::uint64_t> (*)();

/// Trees are shared by the benchmarks that want the same one.
const Tree& tree_of(Sizes sizes) {
  static std::map<Sizes, std::unique_ptr<Tree>> trees;
  auto& tree = trees[sizes];
  if (!tree) tree = std::make_unique<Tree>(sizes());
  return *tree;
}

void count(benchmark::State& state, const Tree& tree) {
  state.SetBytesProcessed(static_cast<std::int64_t>(tree.bytes()) * state.iterations());
}

void pack_tree(benchmark::State& state, Sizes sizes, bool cache) {
  const Tree& tree = tree_of(sizes);
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
  const Tree& tree = tree_of(sizes);
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
