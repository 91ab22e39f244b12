// Warm reads through the VFS, from a store that is filled, beside open+fstat+read+close of the same
// files in the same run.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <larder/larder.h>

#include "digest/hash.h"
#include "filetable/laya_table.h"
#include "filetable/laya_writer.h"
#include "scratch.h"

namespace larder {
namespace {

constexpr std::uint64_t kSizes[] = {4 << 10, 64 << 10, 4 << 20};
constexpr std::uint64_t kBytesPerSize = 64 << 20;

using bench::give_up;

// An origin directory with 64 MiB of files of each size, and a Vfs whose store holds them all.
class Warm {
 public:
  static Warm& instance() {
    static Warm warm;
    return warm;
  }

  Vfs& vfs() { return *vfs_; }
  /// The same content once more, below `prefix`.
  void mount(const std::string& prefix) {
    if (const auto mounted = vfs_->mount(prefix, {.origin = scratch_.path() + "/origin"}); !mounted)
      give_up("mount: " + mounted.error().message());
  }
  static std::size_t count(std::uint64_t size) { return kBytesPerSize / size; }
  static std::string path(std::uint64_t size, std::size_t i) {
    return "size" + std::to_string(size) + "/" + std::to_string(i) + ".bin";
  }
  [[nodiscard]] std::string file(const std::string& path) const {
    return scratch_.path() + "/origin/" + path;
  }

 private:
  Warm() {
    write_origin();
    auto vfs =
        Vfs::open({.origin = scratch_.path() + "/origin", .store = scratch_.path() + "/store"});
    if (!vfs) give_up("open: " + vfs.error().message());
    vfs_.emplace(std::move(*vfs));
    for (const std::uint64_t size : kSizes)
      for (std::size_t i = 0; i < count(size); ++i)
        if (const auto blob = vfs_->read(path(size, i)); !blob)
          give_up(path(size, i) + ": " + blob.error().message());
  }

  void write(const std::string& path, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(file(path)).parent_path());
    std::ofstream out(file(path), std::ios::binary);
    out << content;
    if (!out.flush()) give_up("cannot write " + file(path));
  }

  void write_origin() const {
    std::mt19937_64 random(1);
    std::vector<filetable::LayaPair> rows;
    for (const std::uint64_t size : kSizes) {
      std::string content(size, '\0');
      for (std::size_t i = 0; i < count(size); ++i) {
        std::generate(content.begin(), content.end(), [&] { return static_cast<char>(random()); });
        write(path(size, i), content);
        digest::LayaXor checksum;
        checksum.update(std::as_bytes(std::span(content)));
        rows.push_back({filetable::laya_path_id(path(size, i)), checksum.value()});
      }
    }
    const std::string id(32, '0');
    write("update/assetsid.txt", id);
    write("update/filetable.bin", filetable::write_binary_table(id, rows));
  }

  const bench::Scratch scratch_;  // goes last
  std::optional<Vfs> vfs_;
};

// Paths in an order that is not the one on disk.
std::vector<std::string> shuffled_paths(std::uint64_t size) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < Warm::count(size); ++i) paths.push_back(Warm::path(size, i));
  std::shuffle(paths.begin(), paths.end(), std::mt19937_64(2));
  return paths;
}

void count_bytes(benchmark::State& state) {
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * state.range(0));
}

void read_all(benchmark::State& state, const std::string& below) {
  Warm& warm = Warm::instance();
  auto paths = shuffled_paths(static_cast<std::uint64_t>(state.range(0)));
  for (std::string& path : paths) path.insert(0, below);
  std::size_t i = 0;
  for (auto _ : state) {
    const auto blob = warm.vfs().read(paths[i]);
    if (!blob || blob->source() != Source::store) give_up(paths[i] + " is not in the store");
    benchmark::DoNotOptimize(blob->data());
    i = i + 1 == paths.size() ? 0 : i + 1;
  }
  count_bytes(state);
}

void read_larder(benchmark::State& state) {
  read_all(state, "");
}

void read_larder_with_mounts(benchmark::State& state, const std::string& below) {
  Warm& warm = Warm::instance();
  warm.mount("dlc1/");
  warm.mount("dlc2/");
  read_all(state, below);
  for (const char* prefix : {"dlc1/", "dlc2/"})
    if (!warm.vfs().unmount(prefix)) give_up("unmount");
}

// For programs that want the bytes in memory of their own.
void read_larder_and_copy(benchmark::State& state) {
  Warm& warm = Warm::instance();
  const auto paths = shuffled_paths(static_cast<std::uint64_t>(state.range(0)));
  std::vector<std::byte> buffer(static_cast<std::size_t>(state.range(0)));
  std::size_t i = 0;
  for (auto _ : state) {
    const auto blob = warm.vfs().read(paths[i]);
    if (!blob || blob->size() != buffer.size()) give_up(paths[i] + " cannot be read");
    std::copy(blob->bytes().begin(), blob->bytes().end(), buffer.begin());
    benchmark::DoNotOptimize(buffer.data());
    benchmark::ClobberMemory();
    i = i + 1 == paths.size() ? 0 : i + 1;
  }
  count_bytes(state);
}

void read_plain(benchmark::State& state) {
  const Warm& warm = Warm::instance();
  std::vector<std::string> files = shuffled_paths(static_cast<std::uint64_t>(state.range(0)));
  for (std::string& file : files) file = warm.file(file);
  std::vector<std::byte> buffer(static_cast<std::size_t>(state.range(0)));
  std::size_t i = 0;
  for (auto _ : state) {
    const int descriptor = ::open(files[i].c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) give_up(files[i] + ": cannot open");
    const auto size = static_cast<std::size_t>(status.st_size);
    if (::read(descriptor, buffer.data(), size) != status.st_size) give_up(files[i] + ": short");
    ::close(descriptor);
    benchmark::DoNotOptimize(buffer.data());
    benchmark::ClobberMemory();
    i = i + 1 == files.size() ? 0 : i + 1;
  }
  count_bytes(state);
}

void all_sizes(benchmark::internal::Benchmark* benchmark) {
  for (const std::uint64_t size : kSizes) benchmark->Arg(static_cast<std::int64_t>(size));
}

BENCHMARK(read_larder)->Apply(all_sizes);
BENCHMARK_CAPTURE(read_larder_with_mounts, beside, "")->Arg(4 << 10);
BENCHMARK_CAPTURE(read_larder_with_mounts, through, "dlc1/")->Arg(4 << 10);
BENCHMARK(read_larder_and_copy)->Apply(all_sizes);
BENCHMARK(read_plain)->Apply(all_sizes);
BENCHMARK(read_larder)
    ->Name("read_larder_two_threads")
    ->Apply(all_sizes)
    ->Threads(2)
    ->UseRealTime();
BENCHMARK(read_plain)->Name("read_plain_two_threads")->Apply(all_sizes)->Threads(2)->UseRealTime();

}  // namespace
}  // namespace larder

BENCHMARK_MAIN();
