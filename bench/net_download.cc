// net_download: makes content for an HTTP server, and downloads it all through a Vfs.
// usage: net_download make DIR COUNT BYTES              writes the files and packs them for LayaDCC
//        net_download fetch ORIGIN STORE COUNT FLIGHTS  prints "SECONDS BYTES PEAK_MEMORY_KIB"
//
// `fetch` keeps FLIGHTS reads under way until all have come; with FLIGHTS 0 they are fetched ahead,
// by the defaults. bench/net_bench calls both.
#include <sys/resource.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include <larder/larder.h>

#include "publish/layadcc.h"
#include "scratch.h"

namespace {

using larder::bench::give_up;

std::string name_of(unsigned long number) {
  return "f" + std::to_string(number) + ".bin";
}

int make(const std::filesystem::path& folder, unsigned long count, std::size_t bytes) {
  std::filesystem::create_directories(folder);
  std::mt19937_64 random(bytes);
  std::string content(bytes, '\0');
  for (unsigned long i = 0; i < count; ++i) {
    for (std::size_t at = 0; at + sizeof(std::uint64_t) <= bytes; at += sizeof(std::uint64_t)) {
      const std::uint64_t word = random();
      std::memcpy(content.data() + at, &word, sizeof word);
    }
    if (!(std::ofstream(folder / name_of(i), std::ios::binary) << content))
      give_up("cannot write below " + folder.string());
  }
  larder::publish::LayadccOptions options;
  options.directory = folder.string();
  std::string why;
  if (!larder::publish::pack_layadcc(options, &why)) give_up("cannot pack: " + why);
  return 0;
}

/// Reads under way and what has come of them.
struct Progress {
  std::mutex mutex;
  std::condition_variable changed;
  unsigned long under_way = 0;
  std::uint64_t bytes = 0;
  std::error_code failed;
};

/// Bytes that came.
std::uint64_t fetch_ahead(larder::Vfs& vfs, unsigned long count) {
  std::vector<std::string> paths;
  for (unsigned long i = 0; i < count; ++i) paths.push_back(name_of(i));
  auto job = vfs.prefetch(paths);
  if (!job) give_up("cannot fetch ahead: " + job.error().message());
  const auto done = job->wait();
  if (!done || done->fetched != count) give_up("not all was fetched ahead");
  return done->bytes;
}

/// Bytes that came.
std::uint64_t read_all(larder::Vfs& vfs, unsigned long count, unsigned long flights) {
  Progress progress;
  for (unsigned long i = 0; i < count; ++i) {
    {
      std::unique_lock lock(progress.mutex);
      progress.changed.wait(lock, [&] { return progress.under_way < flights; });
      ++progress.under_way;
    }
    vfs.read_async(name_of(i), [&](larder::Result<larder::Blob> blob) {
      const std::lock_guard lock(progress.mutex);
      if (blob)
        progress.bytes += blob->size();
      else
        progress.failed = blob.error();
      --progress.under_way;
      progress.changed.notify_one();
    });
  }
  std::unique_lock lock(progress.mutex);
  progress.changed.wait(lock, [&] { return progress.under_way == 0; });
  if (progress.failed) give_up("a read failed: " + progress.failed.message());
  return progress.bytes;
}

int fetch(const std::string& origin, const std::string& store, unsigned long count,
          unsigned long flights) {
  const auto began = std::chrono::steady_clock::now();
  larder::Options options;
  options.origin = origin;
  options.store = store;
  auto vfs = larder::Vfs::open(options);
  if (!vfs) give_up("cannot open: " + vfs.error().message());
  const std::uint64_t bytes =
      flights == 0 ? fetch_ahead(*vfs, count) : read_all(*vfs, count, flights);

  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  std::printf("%.3f %llu %ld\n", took.count(), static_cast<unsigned long long>(bytes),
              usage.ru_maxrss);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const auto number = [&](int i) { return std::strtoul(argv[i], nullptr, 10); };
  if (argc == 5 && std::strcmp(argv[1], "make") == 0) return make(argv[2], number(3), number(4));
  if (argc == 6 && std::strcmp(argv[1], "fetch") == 0)
    return fetch(argv[2], argv[3], number(4), number(5));
  std::fputs("usage: net_download make DIR COUNT BYTES | fetch ORIGIN STORE COUNT FLIGHTS\n",
             stderr);
  return 2;
}
