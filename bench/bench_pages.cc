// Native filetables of N files with all pages in a store: look-ups, beside std::unordered_map.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <random>

#include "page_forest.h"
#include "scratch.h"
#include "store/store.h"

namespace larder::filetable {
namespace {

constexpr std::size_t kLookUps = 1 << 18;

/// Pages as a program has them: at first use into a store, and lent from there.
class StoredPages final : public PageSource {
 public:
  explicit StoredPages(std::shared_ptr<PageForest> origin) : origin_(std::move(origin)) {
    store::StoreOptions options;
    options.directory = scratch_.path();
    auto store = store::Store::open(options);
    if (!store) bench::give_up("open: " + store.error().message());
    store_ = std::move(*store);
  }

  Result<Blob> page(const PageReference& page) noexcept override {
    if (Blob blob = store_->find(ObjectKey::of(page.digest))) return blob;
    const auto fetched = origin_->page(page);
    if (!fetched) return fetched.error();
    auto transaction = store_->begin(page.bytes);
    if (!transaction) return errc::io;
    if (const auto failed = transaction->write(fetched->bytes())) return failed;
    return transaction->commit(page.digest, {});
  }

 private:
  const std::shared_ptr<PageForest> origin_;
  const bench::Scratch scratch_;
  std::unique_ptr<store::Store> store_;
};

struct Planted {
  explicit Planted(std::size_t count)
      : entries(game_tree(count)),
        forest(std::make_shared<PageForest>()),
        tree(forest->plant(entries), std::make_shared<StoredPages>(forest)) {
    // One after the other in memory, so that fetching the question costs little.
    std::mt19937 random(2);
    hits.reserve(kLookUps);
    misses.reserve(kLookUps);
    texts.reserve(kLookUps * 160);
    for (std::size_t i = 0; i < kLookUps; ++i) {
      const std::string& path = entries[random() % entries.size()].path;
      const char* const start = texts.data() + texts.size();
      texts.append(path).append("_");
      hits.emplace_back(start, path.size());
      misses.emplace_back(start, path.size() + 1);
    }
    for (const NamedEntry& entry : entries)
      if (!tree.find(entry.path)) std::abort();
    // Those of a few dozen directories.
    for (int folder = 0; folder < 32; ++folder) {
      const std::size_t first = random() % std::max<std::size_t>(entries.size() - 250, 1);
      for (std::size_t i = first; i < std::min(first + 250, entries.size()); ++i)
        of_a_level.push_back(entries[i].path);
    }
    std::shuffle(of_a_level.begin(), of_a_level.end(), random);
  }
  std::vector<NamedEntry> entries;
  std::shared_ptr<PageForest> forest;
  PageTree tree;
  std::string texts;
  std::vector<std::string_view> hits;
  std::vector<std::string_view> misses;
  std::vector<std::string_view> of_a_level;
};

const Planted& planted(std::int64_t count) {
  static std::optional<Planted> now;
  if (!now || now->entries.size() != static_cast<std::size_t>(count))
    now.emplace(static_cast<std::size_t>(count));
  return *now;
}

void find_in_pages(benchmark::State& state) {
  const Planted& it = planted(state.range(0));
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(it.tree.find(it.hits[i++ % kLookUps]));
}

void miss_in_pages(benchmark::State& state) {
  const Planted& it = planted(state.range(0));
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(it.tree.find(it.misses[i++ % kLookUps]));
}

/// What a running game asks for: the files of a level, in any order.
void find_level_in_pages(benchmark::State& state) {
  const Planted& it = planted(state.range(0));
  std::size_t i = 0;
  for (auto _ : state)
    benchmark::DoNotOptimize(it.tree.find(it.of_a_level[i++ % it.of_a_level.size()]));
}

void find_in_path_map(benchmark::State& state) {
  const Planted& it = planted(state.range(0));
  std::unordered_map<std::string_view, FileEntry> map;
  for (const NamedEntry& entry : it.entries) map.emplace(entry.path, entry.entry);
  std::size_t i = 0;
  for (auto _ : state) benchmark::DoNotOptimize(map.find(it.hits[i++ % kLookUps]));
}

/// The limit: looks at memory of which each tells where the next one goes. A look-up in a large
/// tree has two of them, into what finds the entry and into its page.
void wait_for_memory(benchmark::State& state) {
  struct alignas(64) Line {
    const Line* next = nullptr;
  };
  std::vector<Line> lines(static_cast<std::size_t>(state.range(0)) / sizeof(Line));
  std::vector<std::size_t> order(lines.size());
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937_64(3));
  for (std::size_t i = 0; i < order.size(); ++i)
    lines[order[i]].next = &lines[order[(i + 1) % order.size()]];
  const Line* at = lines.data();
  for (auto _ : state) benchmark::DoNotOptimize(at = at->next);
}

void list_in_pages(benchmark::State& state) {
  const Planted& it = planted(state.range(0));
  std::size_t i = 0;
  for (auto _ : state) {
    const std::string_view path = it.hits[i++ % kLookUps];
    benchmark::DoNotOptimize(it.tree.list(path.substr(0, path.rfind('/'))));
  }
}

void write_pages(benchmark::State& state) {
  const auto entries = game_tree(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    PageForest forest;
    benchmark::DoNotOptimize(forest.plant(entries));
  }
}

constexpr std::int64_t kMany = 1'000'000;
BENCHMARK(find_in_pages)->Arg(1000)->Arg(kMany);
BENCHMARK(find_level_in_pages)->Arg(kMany);
BENCHMARK(miss_in_pages)->Arg(1000)->Arg(kMany);
BENCHMARK(find_in_path_map)->Arg(1000)->Arg(kMany);
BENCHMARK(wait_for_memory)->Arg(64 << 20);
BENCHMARK(list_in_pages)->Arg(kMany);
BENCHMARK(write_pages)->Arg(kMany)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace larder::filetable

BENCHMARK_MAIN();
