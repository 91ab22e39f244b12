// measure_drop FOLDER: how long it takes to forget 100,000 objects: as long as the caller waits,
// and until it is durable. FOLDER is made and removed.
#include <chrono>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "digest/hash.h"
#include "store/store.h"

namespace {

using larder::ObjectKey;
using larder::store::Store;
using larder::store::StoreOptions;

constexpr std::uint64_t kObjects = 100'000;

double milliseconds_of(const std::function<void()>& work) {
  const auto began = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began)
      .count();
}

/// A store of objects of 200 bytes, each with a claim.
std::unique_ptr<Store> filled(const StoreOptions& options, std::vector<ObjectKey>& keys) {
  std::filesystem::remove_all(options.directory);
  auto store = Store::open(options);
  if (!store) return nullptr;
  keys.clear();
  for (std::uint64_t i = 0; i < kObjects; ++i) {
    std::byte bytes[200]{};
    std::memcpy(bytes, &i, sizeof i);
    const ObjectKey claim = ObjectKey::of_claim(1, "TEST", i, 1);
    auto transaction = (*store)->begin(sizeof bytes);
    if (transaction->write(bytes) ||
        !transaction->commit(larder::digest::sha256(std::span<const std::byte>(bytes)),
                             {&claim, 1}))
      return nullptr;
    keys.push_back(claim);
  }
  (void)(*store)->flush();
  return std::move(*store);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: measure_drop FOLDER\n");
    return 2;
  }
  StoreOptions options;
  options.directory = argv[1];
  std::vector<ObjectKey> keys;
  auto store = filled(options, keys);
  if (!store) return 1;
  const double call = milliseconds_of([&] { (void)store->evict(std::move(keys)); });
  const double done = milliseconds_of([&] { (void)store->flush(); });
  std::printf("evict 100,000 by claim: caller %.1f ms, durable after %.0f ms more; %llu left\n",
              call, done, static_cast<unsigned long long>(store->figures().objects));
  store = filled(options, keys);
  if (!store) return 1;
  const double clear = milliseconds_of([&] { (void)store->clear(); });
  std::printf("clear 100,000: %.0f ms; %llu left\n", clear,
              static_cast<unsigned long long>(store->figures().objects));
  store = filled(options, keys);
  if (!store) return 1;
  store.reset();
  options.quota_bytes = 2u << 20;
  auto smaller = Store::open(options);
  if (!smaller) return 1;
  const double trim = milliseconds_of([&] { (void)(*smaller)->trim(); });
  std::printf("quota of 2 MiB for a store of 100,000: trimmed in %.0f ms; %llu left\n", trim,
              static_cast<unsigned long long>((*smaller)->figures().objects));
  smaller->reset();
  std::filesystem::remove_all(options.directory);
  return 0;
}
