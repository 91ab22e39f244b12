// A table of a million files: opening it and looking up path ids, beside std::unordered_map.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <random>
#include <unordered_map>
#include <vector>

#include "filetable/laya_table.h"
#include "filetable/laya_writer.h"

namespace larder::filetable {
namespace {

constexpr std::string_view kId = "0123456789abcdef0123456789abcdef";
constexpr std::size_t kLookUps = 1 << 20;

std::vector<LayaPair> random_rows(std::size_t count) {
  std::mt19937 random(1);
  std::vector<LayaPair> rows(count);
  for (LayaPair& row : rows) {
    row.path_id = static_cast<std::uint32_t>(random());
    row.checksum = row.path_id | 1;  // equal ids have equal checksums
  }
  return rows;
}

enum class Ids { hits, misses, chained_hits };

std::vector<std::uint32_t> random_ids(const std::vector<LayaPair>& rows, Ids kind) {
  std::mt19937 random(2);
  std::vector<std::uint32_t> ids(kLookUps);
  for (std::uint32_t& id : ids)
    id = kind != Ids::misses ? rows[random() % rows.size()].path_id
                             : static_cast<std::uint32_t>(random());
  return ids;
}

LayaTable open(std::string_view file) {
  auto table = LayaTable::parse(std::as_bytes(std::span(file)));
  if (!table) std::abort();
  return std::move(*table);
}

std::unordered_map<std::uint32_t, std::uint32_t> open_map(const std::vector<LayaPair>& rows) {
  std::unordered_map<std::uint32_t, std::uint32_t> map;
  map.reserve(rows.size());
  for (const LayaPair& row : rows) map.emplace(row.path_id, row.checksum);
  return map;
}

void open_binary(benchmark::State& state) {
  const auto file = write_binary_table(kId, random_rows(static_cast<std::size_t>(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(open(file).size());
}

void open_text(benchmark::State& state) {
  const auto file = write_text_table(kId, random_rows(static_cast<std::size_t>(state.range(0))));
  for (auto _ : state) benchmark::DoNotOptimize(open(file).size());
}

void open_unordered_map(benchmark::State& state) {
  const auto rows = random_rows(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) benchmark::DoNotOptimize(open_map(rows).size());
}

/// Chained: which id is next depends on the answer before, so that nothing overlaps.
template <class Find>
void look_up(benchmark::State& state, const std::vector<std::uint32_t>& ids, Ids kind, Find find) {
  std::size_t i = 0;
  if (kind == Ids::chained_hits) {
    for (auto _ : state) i += 1 + (find(ids[i % kLookUps]) & 1);
    benchmark::DoNotOptimize(i);
  } else {
    for (auto _ : state) benchmark::DoNotOptimize(find(ids[i++ % kLookUps]));
  }
}

void find_in_table(benchmark::State& state, Ids kind) {
  const auto rows = random_rows(static_cast<std::size_t>(state.range(0)));
  const auto table = open(write_binary_table(kId, rows));
  look_up(state, random_ids(rows, kind), kind,
          [&](std::uint32_t id) { return table.find(id).value_or(0); });
}

void find_in_unordered_map(benchmark::State& state, Ids kind) {
  const auto rows = random_rows(static_cast<std::size_t>(state.range(0)));
  const auto map = open_map(rows);
  look_up(state, random_ids(rows, kind), kind, [&](std::uint32_t id) {
    const auto found = map.find(id);
    return found == map.end() ? 0 : found->second;
  });
}

constexpr std::int64_t kMillion = 1'000'000;
BENCHMARK(open_binary)
    ->Arg(16'000)
    ->Arg(kMillion)
    ->Arg(10 * kMillion)
    ->Unit(benchmark::kMillisecond);
BENCHMARK(open_text)->Arg(16'000)->Arg(kMillion)->Unit(benchmark::kMillisecond);
BENCHMARK(open_unordered_map)->Arg(16'000)->Arg(kMillion)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(find_in_table, hits, Ids::hits)->Arg(16'000)->Arg(kMillion);
BENCHMARK_CAPTURE(find_in_table, misses, Ids::misses)->Arg(16'000)->Arg(kMillion);
BENCHMARK_CAPTURE(find_in_table, chained_hits, Ids::chained_hits)->Arg(16'000)->Arg(kMillion);
BENCHMARK_CAPTURE(find_in_unordered_map, hits, Ids::hits)->Arg(16'000)->Arg(kMillion);
BENCHMARK_CAPTURE(find_in_unordered_map, misses, Ids::misses)->Arg(16'000)->Arg(kMillion);
BENCHMARK_CAPTURE(find_in_unordered_map, chained_hits, Ids::chained_hits)
    ->Arg(16'000)
    ->Arg(kMillion);

}  // namespace
}  // namespace larder::filetable

BENCHMARK_MAIN();
