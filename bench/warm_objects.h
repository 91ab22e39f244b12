// The same content as objects of a store and as plain files, for benchmarks that read it over and
// over.
#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "scratch.h"
#include "store/store.h"

namespace larder::bench {

/// 5,000 objects of 4 KiB, 5,000 of 64 KiB, 50 of 4 MiB.
struct SizeClass {
  std::uint64_t bytes;
  std::size_t count;
};
inline constexpr SizeClass kSizeClasses[] = {{4 << 10, 5000}, {64 << 10, 5000}, {4 << 20, 50}};

struct WarmObject {
  ObjectKey key;
  std::string name;  ///< of the file, relative to files()
};

/// Made at first use in a temporary directory, removed at the end of the program.
class WarmObjects {
 public:
  static WarmObjects& instance();

  store::Store& store() { return *store_; }
  [[nodiscard]] const std::string& folder() const { return scratch_.path(); }
  [[nodiscard]] std::string files() const { return folder() + "/files"; }
  [[nodiscard]] std::string store_directory() const { return folder() + "/store"; }
  /// The objects of one size, in an order that is not the one on disk.
  [[nodiscard]] const std::vector<WarmObject>& of_size(std::uint64_t bytes) const;

 private:
  WarmObjects();
  void fill(const SizeClass& size_class, std::uint64_t seed);

  const Scratch scratch_;
  std::unique_ptr<store::Store> store_;
  std::vector<std::pair<std::uint64_t, std::vector<WarmObject>>> objects_;
};

/// What is done with the bytes of an object.
using Use = std::uint64_t (*)(std::span<const std::byte>);
/// One byte of each page.
std::uint64_t touch(std::span<const std::byte> bytes);
/// Every byte.
std::uint64_t sum_of(std::span<const std::byte> bytes);
/// None.
std::uint64_t ignore(std::span<const std::byte> bytes);

/// Goes through the objects of state.range(0) bytes over and over; threads begin at different
/// places.
template <class Visit>
void go_round(benchmark::State& state, const Visit& visit) {
  const auto& objects = WarmObjects::instance().of_size(static_cast<std::uint64_t>(state.range(0)));
  std::size_t i = objects.size() / static_cast<std::size_t>(state.threads()) *
                  static_cast<std::size_t>(state.thread_index());
  for (auto _ : state) {
    benchmark::DoNotOptimize(visit(objects[i]));
    i = i + 1 == objects.size() ? 0 : i + 1;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations()));
}

inline void all_sizes(benchmark::internal::Benchmark* benchmark) {
  for (const SizeClass& size_class : kSizeClasses)
    benchmark->Arg(static_cast<std::int64_t>(size_class.bytes));
}

inline void one_and_two_threads(benchmark::internal::Benchmark* benchmark) {
  all_sizes(benchmark);
  benchmark->Threads(1)->Threads(2)->UseRealTime();
}

}  // namespace larder::bench
