// A Cocos manifest of 60,000 assets, 8 MB: read and compared, beside Boost.JSON's tree of values.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include <boost/json.hpp>

#include "lists/cocos_manifest.h"
#include "lists/compare.h"

namespace larder::lists {
namespace {

namespace json = boost::json;

/// Of every 64th asset the checksum, of every 1000th the name depends on the version.
std::string manifest_text(std::int64_t assets, int version) {
  std::string text = R"({"packageUrl":"http://cdn.example/game/","version":"1.0.)" +
                     std::to_string(version) + R"(","assets":{)";
  for (std::int64_t i = 0; i < assets; ++i) {
    const long long number = i;
    char asset[200];
    std::snprintf(asset, sizeof asset,
                  R"(%s"assets/resources/import/%02llx/%08llx-77a3-4b54-b2f1-%012llx%s.json":)"
                  R"({"size":%lld,"md5":"%032llx"})",
                  i == 0 ? "" : ",", number % 251, number * 2654435761 % 4294967296, number,
                  i % 1000 == 0 ? std::to_string(version).c_str() : "", 100 + number % 90000,
                  number * 64 + (i % 64 == 0 ? version : 0));
    text += asset;
  }
  return text + R"(},"searchPaths":[]})";
}

CocosManifest parse(const std::string& text) {
  auto manifest = parse_cocos_manifest(text);
  if (!manifest) std::abort();
  return std::move(*manifest);
}

void manifest_parse(benchmark::State& state) {
  const std::string text = manifest_text(state.range(0), 1);
  for (auto _ : state) benchmark::DoNotOptimize(parse(text));
  state.counters["bytes"] = static_cast<double>(text.size());
}

void manifest_json_tree(benchmark::State& state) {
  const std::string text = manifest_text(state.range(0), 1);
  for (auto _ : state) benchmark::DoNotOptimize(json::parse(text));
}

void manifest_compare(benchmark::State& state) {
  const CocosManifest older = parse(manifest_text(state.range(0), 1));
  const CocosManifest newer = parse(manifest_text(state.range(0), 2));
  for (auto _ : state) benchmark::DoNotOptimize(compare(older.assets, newer.assets));
  if (compare(older.assets, newer.assets).changed.empty()) std::abort();
}

std::size_t count_differences(const json::object& older, const json::object& newer) {
  std::size_t differences = 0;
  for (const auto& [path, asset] : newer) {
    const json::value* other = older.if_contains(path);
    differences += !other || other->at("md5") != asset.at("md5");
  }
  for (const auto& member : older) differences += !newer.contains(member.key());
  return differences;
}

void manifest_tree_compare(benchmark::State& state) {
  const json::value older = json::parse(manifest_text(state.range(0), 1));
  const json::value newer = json::parse(manifest_text(state.range(0), 2));
  const json::object& old_assets = older.at("assets").as_object();
  const json::object& new_assets = newer.at("assets").as_object();
  for (auto _ : state) benchmark::DoNotOptimize(count_differences(old_assets, new_assets));
}

BENCHMARK(manifest_parse)->Arg(60'000)->Unit(benchmark::kMillisecond);
BENCHMARK(manifest_json_tree)->Arg(60'000)->Unit(benchmark::kMillisecond);
BENCHMARK(manifest_compare)->Arg(60'000)->Unit(benchmark::kMillisecond);
BENCHMARK(manifest_tree_compare)->Arg(60'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace larder::lists

BENCHMARK_MAIN();
