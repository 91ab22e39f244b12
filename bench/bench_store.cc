// Warm look-ups in a store, beside open+fstat+read+close of the same content as files, in the same
// run. 64 MiB of each size, in random order.
#include <benchmark/benchmark.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "digest/hash.h"
#include "store/store.h"
#include "sys/files.h"

namespace larder::store {
namespace {

constexpr std::uint64_t kSizes[] = {4 << 10, 64 << 10, 4 << 20};
constexpr std::uint64_t kBytesPerSize = 64 << 20;
constexpr std::size_t kPageBytes = 4096;

[[noreturn]] void give_up(const std::string& what) {
  std::fprintf(stderr, "bench_store: %s\n", what.c_str());
  std::exit(1);
}

struct Item {
  ObjectKey key;
  std::string file;
};

/// The same content twice: as objects of a store and as files.
class Warm {
 public:
  static Warm& instance() {
    static Warm warm;
    return warm;
  }
  Store& store() { return *store_; }
  /// The objects of one size, in an order that is not the one on disk.
  const std::vector<Item>& items(std::int64_t size) const {
    for (const auto& [bytes, items] : items_)
      if (bytes == static_cast<std::uint64_t>(size)) return items;
    give_up("no objects of that size");
  }

 private:
  Warm() {
    if (::mkdtemp(folder_.data()) == nullptr) give_up("cannot make " + folder_);
    StoreOptions options;
    options.directory = folder_ + "/store";
    auto store = Store::open(options);
    if (!store) give_up("open: " + store.error().message());
    store_ = std::move(*store);
    std::mt19937_64 random(1);
    for (const std::uint64_t size : kSizes) fill(size, random);
    if (!store_->flush()) give_up("flush failed");
  }
  ~Warm() {
    store_.reset();
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }

  void fill(std::uint64_t size, std::mt19937_64& random) {
    std::vector<Item> items;
    std::string content(size, '\0');
    for (std::uint64_t i = 0; i < kBytesPerSize / size; ++i) {
      for (std::size_t at = 0; at < size; at += 8) {
        const std::uint64_t word = random();
        std::memcpy(content.data() + at, &word, 8);
      }
      const auto bytes = std::as_bytes(std::span(content));
      const Digest digest = digest::sha256(bytes);
      auto transaction = store_->begin(size);
      if (transaction->write(bytes) || !transaction->commit(digest, {})) give_up("cannot store");
      const std::string file = folder_ + "/" + std::to_string(size) + "-" + std::to_string(i);
      if (!sys::replace_file(file, content)) give_up("cannot write " + file);
      items.push_back({ObjectKey::of(digest), file});
    }
    std::shuffle(items.begin(), items.end(), random);
    items_.emplace_back(size, std::move(items));
  }

  std::string folder_ = std::filesystem::temp_directory_path() / "larder-bench-XXXXXX";
  std::unique_ptr<Store> store_;
  std::vector<std::pair<std::uint64_t, std::vector<Item>>> items_;
};

std::uint64_t touch(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += kPageBytes)
    sum += std::to_integer<std::uint64_t>(bytes[at]);
  return sum;
}

std::uint64_t sum_of(std::span<const std::byte> bytes) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at + 8 <= bytes.size(); at += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, 8);
    sum += word;
  }
  return sum;
}

/// Goes through the items over and over; threads begin at different places.
template <class Visit>
void go_round(benchmark::State& state, const Visit& visit) {
  const auto& items = Warm::instance().items(state.range(0));
  std::size_t i = items.size() / static_cast<std::size_t>(state.threads()) *
                  static_cast<std::size_t>(state.thread_index());
  for (auto _ : state) {
    benchmark::DoNotOptimize(visit(items[i]));
    i = i + 1 == items.size() ? 0 : i + 1;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

template <std::uint64_t (*use)(std::span<const std::byte>)>
void find_and(benchmark::State& state) {
  Store& store = Warm::instance().store();
  go_round(state, [&](const Item& item) {
    const Blob blob = store.find(item.key);
    if (!blob) give_up("an object is gone");
    return use(blob.bytes());
  });
}

std::uint64_t nothing(std::span<const std::byte> bytes) {
  return bytes.size();
}

template <std::uint64_t (*use)(std::span<const std::byte>)>
void file_and(benchmark::State& state) {
  std::vector<std::byte> buffer(static_cast<std::size_t>(state.range(0)));
  go_round(state, [&](const Item& item) {
    const int descriptor = ::open(item.file.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) give_up("cannot open " + item.file);
    if (::read(descriptor, buffer.data(), static_cast<std::size_t>(status.st_size)) !=
        status.st_size)
      give_up("cannot read " + item.file);
    ::close(descriptor);
    benchmark::ClobberMemory();
    return use(buffer);
  });
}

void all_sizes(benchmark::internal::Benchmark* benchmark) {
  for (const std::uint64_t size : kSizes) benchmark->Arg(static_cast<std::int64_t>(size));
}
void two_threads(benchmark::internal::Benchmark* benchmark) {
  all_sizes(benchmark);
  benchmark->Threads(2)->UseRealTime();
}

BENCHMARK(find_and<nothing>)->Name("store_find")->Apply(all_sizes);
BENCHMARK(find_and<touch>)->Name("store_find_touch")->Apply(all_sizes);
BENCHMARK(find_and<sum_of>)->Name("store_find_sum")->Apply(all_sizes);
BENCHMARK(file_and<nothing>)->Name("file_read")->Apply(all_sizes);
BENCHMARK(file_and<sum_of>)->Name("file_read_sum")->Apply(all_sizes);
BENCHMARK(find_and<touch>)->Name("store_find_touch_two_threads")->Apply(two_threads);
BENCHMARK(find_and<sum_of>)->Name("store_find_sum_two_threads")->Apply(two_threads);
BENCHMARK(file_and<nothing>)->Name("file_read_two_threads")->Apply(two_threads);

}  // namespace
}  // namespace larder::store

BENCHMARK_MAIN();
