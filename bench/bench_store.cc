// Warm look-ups in a store, beside open+fstat+read+close of the same content as files, in the same
// run and in random order.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "warm_objects.h"

namespace larder::bench {
namespace {

template <Use use>
void find_and(benchmark::State& state) {
  store::Store& store = WarmObjects::instance().store();
  go_round(state, [&](const WarmObject& object) {
    const Blob blob = store.find(object.key);
    if (!blob) give_up("an object is gone");
    return use(blob.bytes());
  });
}

template <Use use>
void file_and(benchmark::State& state) {
  const std::string folder = WarmObjects::instance().files() + "/";
  std::vector<std::byte> buffer(static_cast<std::size_t>(state.range(0)));
  std::string path;
  go_round(state, [&](const WarmObject& object) {
    path.assign(folder).append(object.name);
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat status {};
    if (descriptor < 0 || ::fstat(descriptor, &status) != 0) give_up("cannot open " + path);
    if (::read(descriptor, buffer.data(), static_cast<std::size_t>(status.st_size)) !=
        status.st_size)
      give_up("cannot read " + path);
    ::close(descriptor);
    benchmark::ClobberMemory();
    return use(buffer);
  });
}

void find_missing(benchmark::State& state) {
  store::Store& store = WarmObjects::instance().store();
  std::uint64_t path = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(store.find(ObjectKey::of_claim(1, "MISS", ++path, 1)).size());
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

/// Each object once, then a store that is opened anew: row, record header and checksum.
void find_first(benchmark::State& state) {
  WarmObjects& warm = WarmObjects::instance();
  const auto& objects = warm.of_size(static_cast<std::uint64_t>(state.range(0)));
  store::StoreOptions options;
  options.directory = warm.store_directory();
  std::unique_ptr<store::Store> store;
  std::size_t i = objects.size();
  for (auto _ : state) {
    if (i == objects.size()) {
      state.PauseTiming();
      store.reset();
      auto opened = store::Store::open(options);
      if (!opened) give_up("open: " + opened.error().message());
      store = std::move(*opened);
      i = 0;
      state.ResumeTiming();
    }
    if (!store->find(objects[i++].key)) give_up("an object is gone");
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

BENCHMARK(find_and<ignore>)->Name("store_find")->Apply(all_sizes);
BENCHMARK(find_and<touch>)->Name("store_find_touch")->Apply(all_sizes);
BENCHMARK(find_and<sum_of>)->Name("store_find_sum")->Apply(all_sizes);
BENCHMARK(file_and<ignore>)->Name("file_read")->Apply(all_sizes);
BENCHMARK(file_and<sum_of>)->Name("file_read_sum")->Apply(all_sizes);
BENCHMARK(find_first)->Name("store_find_first")->Apply(all_sizes);
BENCHMARK(find_missing)->Name("store_find_missing");
BENCHMARK(find_and<ignore>)->Name("store_find_threads")->Apply(one_and_two_threads);
BENCHMARK(find_and<touch>)->Name("store_find_touch_threads")->Apply(one_and_two_threads);
BENCHMARK(find_and<sum_of>)->Name("store_find_sum_threads")->Apply(one_and_two_threads);

}  // namespace
}  // namespace larder::bench

BENCHMARK_MAIN();
