// Hotfix points without and with patches, beside plain calls and beside Lua alone; and how long it
// takes to put a hundred patches in force.
#include <benchmark/benchmark.h>
#include <larder/hotfix/runtime.h>
#include <larder/larder.h>

#include <filesystem>
#include <fstream>
#include <lua.hpp>
#include <memory>
#include <string>

#include "hotfix/manifest.h"
#include "hotfix/sign.h"
#include "hotfix_points.h"
#include "publish/layadcc.h"
#include "scratch.h"

namespace larder::bench {
namespace {

using hotfix::Runtime;

/// A Runtime with a script, whose patches are past their watched calls.
class Patched {
 public:
  explicit Patched(const std::string& script) : runtime_({.watched_calls = 0}) {
    const auto applied =
        runtime_.apply_unsigned("bench", "local hf = require 'larder.hotfix'\n" + script);
    if (!applied) give_up("apply: " + applied.error().message());
  }
  ~Patched() {
    for (const auto& patch : runtime_.active())
      if (patch.failures > 0) give_up(patch.last_failure);
  }

 private:
  Runtime runtime_;
};

void hotfix_plain_function(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(plain_price(2.0, 3));
}
void hotfix_unpatched_function(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(price(2.0, 3));
}
void hotfix_plain_method(benchmark::State& state) {
  Enemy enemy;
  for (auto _ : state) benchmark::DoNotOptimize(enemy.plain_damage(1));
}
void hotfix_unpatched_method(benchmark::State& state) {
  Enemy enemy;
  for (auto _ : state) benchmark::DoNotOptimize(enemy.damage(1));
}

/// The same Lua function, called without anything around it.
void hotfix_lua_alone(benchmark::State& state) {
  const std::unique_ptr<lua_State, void (*)(lua_State*)> lua(luaL_newstate(), lua_close);
  if (luaL_dostring(lua.get(), "return function(unit, count) return unit * count * 2 end"))
    give_up("lua");
  const int function = luaL_ref(lua.get(), LUA_REGISTRYINDEX);
  for (auto _ : state) {
    lua_rawgeti(lua.get(), LUA_REGISTRYINDEX, function);
    lua_pushnumber(lua.get(), 2.0);
    lua_pushinteger(lua.get(), 3);
    lua_pcall(lua.get(), 2, 1, 0);
    benchmark::DoNotOptimize(lua_tonumber(lua.get(), -1));
    lua_pop(lua.get(), 1);
  }
}
void hotfix_patched_function(benchmark::State& state) {
  const Patched patched("hf.patch('price', function(unit, count) return unit * count * 2 end)");
  for (auto _ : state) benchmark::DoNotOptimize(price(2.0, 3));
}
void hotfix_patched_method(benchmark::State& state) {
  const Patched patched("hf.patch('Enemy.damage', function(self, n) return n end)");
  Enemy enemy;
  for (auto _ : state) benchmark::DoNotOptimize(enemy.damage(1));
}
void hotfix_patched_method_fields(benchmark::State& state) {
  const Patched patched(
      "hf.patch('Enemy.damage', function(self, n) self.hp_ = self.hp_ - n return n end)");
  Enemy enemy;
  for (auto _ : state) benchmark::DoNotOptimize(enemy.damage(1));
}
void hotfix_patched_original(benchmark::State& state) {
  const Patched patched(
      "local original = hf.original\n"
      "hf.patch('price', function(unit, count) return original() end)");
  for (auto _ : state) benchmark::DoNotOptimize(price(2.0, 3));
}

constexpr char kPrivateKey[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIG42MqTHS2IV9PfUTnLs2Hq7vggSDzHV+lYwTYybasFa\n"
    "-----END PRIVATE KEY-----\n";
constexpr char kPublicKey[] = "4c9cc49a5acead1dd836efaf61df11d6f2d404a3786f9768d00f1bb84a2437a2";

/// An origin with a hundred scripts, one for each point, all of them in the store already.
class Origin {
 public:
  Origin() {
    hotfix::Manifest manifest{.app = "bench", .id = "hundred", .sequence = 1};
    for (const auto& point : hotfix::points())
      if (point.name.find("step<") != point.name.npos)
        manifest.points.push_back({point.name, point.signature_hash});
    if (manifest.points.size() != kSteps) give_up("points are missing");
    for (const auto& target : manifest.points) {
      const std::string path = "patches/" + std::to_string(manifest.scripts.size()) + ".lua";
      const std::string script = "local hf = require 'larder.hotfix'\nhf.patch('" + target.name +
                                 "', function(from) return from - 1 end)\n";
      write(path, script);
      manifest.scripts.push_back({path, hotfix::sha256_hex(script)});
    }
    write("patches/manifest.json", *hotfix::seal(hotfix::write_manifest(manifest), kPrivateKey));
    publish::LayadccOptions options;
    options.directory = scratch_.path() + "/content";
    if (!publish::pack_layadcc(options)) give_up("cannot pack");
    auto vfs = Vfs::open({.origin = options.directory, .store = scratch_.path() + "/store"});
    if (!vfs) give_up("open: " + vfs.error().message());
    vfs_ = std::make_unique<Vfs>(std::move(*vfs));
  }
  Vfs& vfs() { return *vfs_; }
  [[nodiscard]] std::string state_file() const { return scratch_.path() + "/state"; }

 private:
  void write(const std::string& path, const std::string& bytes) {
    const std::filesystem::path file = scratch_.path() + "/content/" + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
  }
  Scratch scratch_;
  std::unique_ptr<Vfs> vfs_;
};

void hotfix_apply_100(benchmark::State& state) {
  static Origin origin;
  for (auto _ : state) {
    state.PauseTiming();
    std::filesystem::remove(origin.state_file());
    {
      Runtime runtime({.app = "bench", .state_file = origin.state_file()});
      state.ResumeTiming();
      const auto applied = runtime.apply(origin.vfs(), "patches/manifest.json", {kPublicKey});
      state.PauseTiming();
      if (!applied || applied->points != kSteps || kStepFunctions[7](5) != 4)
        give_up("apply: " + applied.error().message());
    }
    state.ResumeTiming();
  }
}

BENCHMARK(hotfix_plain_function);
BENCHMARK(hotfix_unpatched_function);
BENCHMARK(hotfix_plain_method);
BENCHMARK(hotfix_unpatched_method);
BENCHMARK(hotfix_lua_alone);
BENCHMARK(hotfix_patched_function);
BENCHMARK(hotfix_patched_method);
BENCHMARK(hotfix_patched_method_fields);
BENCHMARK(hotfix_patched_original);
BENCHMARK(hotfix_apply_100)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace larder::bench

BENCHMARK_MAIN();
