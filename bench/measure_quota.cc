// measure_quota FOLDER TRACE...: replays traces through a store on disk at 10 % and 25 % of their
// footprint. Prints what docs/eviction.md shows: how often the disk was written for a byte that was
// kept, how far the files grew, and hit rates beside those of the policy alone. FOLDER is made and
// removed.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <string>

#include "store/store.h"
#include "support/store_replay.h"

namespace {

using larder::store::Store;
using larder::store::StoreOptions;

// The index is as large with small sizes: so that it does not fill a quota of a megabyte.
constexpr std::uint64_t kLeastQuota = 64u << 20;

std::uint64_t bytes_in(const std::string& folder) {
  std::uint64_t sum = 0;
  std::error_code error;
  for (const auto& file : std::filesystem::recursive_directory_iterator(folder, error))
    if (file.is_regular_file(error)) sum += file.file_size(error);
  return sum;
}

bool measure(const std::string& folder, const std::string& trace, std::uint64_t percent) {
  const auto original = larder::test::read_trace(trace, 1);
  const std::uint64_t footprint = larder::test::footprint_of(original);
  const std::uint64_t scale = std::max<std::uint64_t>(
      1, kLeastQuota / std::max<std::uint64_t>(1, footprint * percent / 100));
  const auto requests = larder::test::read_trace(trace, scale);
  StoreOptions options;
  options.directory = folder;
  options.quota_bytes = footprint * scale * percent / 100;
  const auto began = std::chrono::steady_clock::now();
  auto store = Store::open(options);
  if (!store) return false;
  larder::test::StoreReplay replay([&]() -> Store& { return **store; });
  std::uint64_t peak = 0;
  std::size_t n = 0;
  for (const auto& request : requests) {
    if (!replay.request(request)) {
      std::fprintf(stderr, "wrong bytes\n");
      return false;
    }
    if (++n % 64 == 0) peak = std::max(peak, bytes_in(folder));
  }
  (void)(*store)->flush();
  const auto figures = (*store)->figures();
  store->reset();
  std::filesystem::remove_all(folder);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const auto simulated = larder::simulate::replay(*larder::simulate::find_policy("larder"),
                                                  figures.content_quota, requests);
  std::printf(
      "| %s | %llu%% | %.2f | %.3f | %.3f | %.3f / %.3f | %.3f / %.3f | %.1f s |\n",
      std::filesystem::path(trace).stem().stem().c_str(), static_cast<unsigned long long>(percent),
      static_cast<double>(figures.appended_bytes) / static_cast<double>(figures.stored_bytes),
      static_cast<double>(figures.content_quota) / static_cast<double>(options.quota_bytes),
      static_cast<double>(peak) / static_cast<double>(options.quota_bytes),
      replay.counts().object_hit_rate(), replay.counts().byte_hit_rate(),
      simulated.object_hit_rate(), simulated.byte_hit_rate(), took.count());
  std::fflush(stdout);
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: measure_quota FOLDER TRACE...\n");
    return 2;
  }
  std::printf(
      "| trace | quota | written / kept | content / quota | peak / quota "
      "| hit rate, store (objects / bytes) | policy alone | time |\n"
      "|---|---|---|---|---|---|---|---|\n");
  for (int i = 2; i < argc; ++i)
    for (const std::uint64_t percent : {10, 25})
      if (!measure(argv[1], argv[i], percent)) return 1;
  return 0;
}
