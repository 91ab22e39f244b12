#include "warm_objects.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <random>

#include "digest/hash.h"
#include "sys/files.h"

namespace larder::bench {

WarmObjects& WarmObjects::instance() {
  static WarmObjects objects;
  return objects;
}

WarmObjects::WarmObjects() {
  std::filesystem::create_directories(files());
  store::StoreOptions options;
  options.directory = store_directory();
  auto store = store::Store::open(options);
  if (!store) give_up("open: " + store.error().message());
  store_ = std::move(*store);
  for (const SizeClass& size_class : kSizeClasses) fill(size_class, size_class.bytes);
  if (!store_->flush()) give_up("flush failed");
}

void WarmObjects::fill(const SizeClass& size_class, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<WarmObject> objects;
  std::string content(size_class.bytes, '\0');
  for (std::size_t i = 0; i < size_class.count; ++i) {
    for (std::size_t at = 0; at < content.size(); at += 8) {
      const std::uint64_t word = random();
      std::memcpy(content.data() + at, &word, 8);
    }
    const auto bytes = std::as_bytes(std::span(content));
    const Digest digest = digest::sha256(bytes);
    auto transaction = store_->begin(size_class.bytes);
    if (transaction->write(bytes) || !transaction->commit(digest, {})) give_up("cannot store");
    const std::string name = std::to_string(size_class.bytes) + "-" + std::to_string(i);
    if (!sys::replace_file(files() + "/" + name, content)) give_up("cannot write " + name);
    objects.push_back({ObjectKey::of(digest), name});
  }
  std::shuffle(objects.begin(), objects.end(), random);
  objects_.emplace_back(size_class.bytes, std::move(objects));
}

const std::vector<WarmObject>& WarmObjects::of_size(std::uint64_t bytes) const {
  for (const auto& [size, objects] : objects_)
    if (size == bytes) return objects;
  give_up("no objects of that size");
}

std::uint64_t touch(std::span<const std::byte> bytes) {
  constexpr std::size_t kPageBytes = 4096;
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < bytes.size(); at += kPageBytes)
    sum += std::to_integer<std::uint64_t>(bytes[at]);
  return sum;
}

std::uint64_t sum_of(std::span<const std::byte> bytes) {
  // Four sums of two words side by side: one alone would wait for itself, not for memory. Which is
  // asked for ahead: the processor does that only within 4 KiB.
  constexpr std::size_t kAhead = 1024;
  using Pair [[gnu::vector_size(16)]] = std::uint64_t;
  Pair a{}, b{}, c{}, d{};
  const auto load = [&](std::size_t at) {
    Pair pair;
    std::memcpy(&pair, bytes.data() + at, sizeof pair);
    return pair;
  };
  for (std::size_t at = 0; at + 64 <= bytes.size(); at += 64) {
    if (at + kAhead < bytes.size()) __builtin_prefetch(bytes.data() + at + kAhead);
    a += load(at);
    b += load(at + 16);
    c += load(at + 32);
    d += load(at + 48);
  }
  a += b + c + d;
  return a[0] + a[1];
}

std::uint64_t ignore(std::span<const std::byte> bytes) {
  return bytes.size();
}

}  // namespace larder::bench
