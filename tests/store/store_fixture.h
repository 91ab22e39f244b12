// What the store's tests share: content that describes itself, and a store in a directory.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/object_key.h"
#include "digest/hash.h"
#include "store/store.h"
#include "support/temp_directory.h"

namespace larder::store {

using Bytes = std::vector<std::byte>;

/// `size` bytes that differ from those of any other seed.
inline Bytes content(std::uint64_t seed, std::size_t size) {
  Bytes bytes(size);
  std::uint64_t state = seed * 0x9e3779b97f4a7c15ULL + 1;
  for (std::size_t i = 0; i < size; ++i) {
    if (i % 8 == 0) {
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
    }
    bytes[i] = static_cast<std::byte>(state >> (i % 8 * 8));
  }
  return bytes;
}

inline ObjectKey key_of(const Bytes& bytes) {
  return ObjectKey::of(digest::sha256(bytes));
}
inline ObjectKey claim_of(std::uint64_t path) {
  return ObjectKey::of_claim(7, "TEST", path, 1);
}

inline bool same(const Blob& blob, const Bytes& bytes) {
  return blob && blob.size() == bytes.size() &&
         (bytes.empty() || std::memcmp(blob.data(), bytes.data(), bytes.size()) == 0);
}

/// Writes in pieces of `piece` bytes and commits.
inline Blob put(Store& store, const Bytes& bytes, const std::vector<ObjectKey>& claims = {},
                bool known_size = true, std::size_t piece = 10'000, bool* stored = nullptr,
                const About& about = {}) {
  auto transaction =
      store.begin(known_size ? std::optional<std::uint64_t>(bytes.size()) : std::nullopt, about);
  EXPECT_TRUE(transaction);
  const std::span<const std::byte> all(bytes);
  for (std::size_t at = 0; at < bytes.size(); at += piece)
    EXPECT_FALSE(transaction->write(all.subspan(at, std::min(piece, bytes.size() - at))));
  auto blob = transaction->commit(digest::sha256(bytes), claims);
  EXPECT_TRUE(blob) << blob.error().message();
  if (stored)
    *stored = transaction->stored();
  else
    EXPECT_TRUE(transaction->stored());
  return blob ? std::move(*blob) : Blob();
}

/// Changes a file behind the store's back.
inline void overwrite(const std::string& path, std::uint64_t offset,
                      std::span<const std::byte> with) {
  auto file = sys::FileSystem::real().open(path, sys::Open::read_write);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->write_at(offset, with));
}
inline void flip(const std::string& path, std::uint64_t offset, unsigned mask = 0x10) {
  auto file = sys::FileSystem::real().open(path, sys::Open::read_write);
  ASSERT_TRUE(file);
  std::byte byte{};
  ASSERT_EQ((*file)->read_at(offset, {&byte, 1}).value_or(0u), 1u);
  byte ^= static_cast<std::byte>(mask);
  ASSERT_TRUE((*file)->write_at(offset, {&byte, 1}));
}
inline void truncate(const std::string& path, std::uint64_t size) {
  auto file = sys::FileSystem::real().open(path, sys::Open::read_write);
  ASSERT_TRUE(file);
  ASSERT_TRUE((*file)->resize(size));
}

class StoreTest : public ::testing::Test {
 protected:
  explicit StoreTest(const std::string& parent = ::testing::TempDir()) : directory_(parent) {}

  [[nodiscard]] StoreOptions options() const {
    StoreOptions options;
    options.directory = directory_ / "store";
    options.segment_bytes = 1u << 20;
    options.large_object_bytes = 512u << 10;
    options.commit_interval = std::chrono::milliseconds(20);
    return options;
  }
  void open(const StoreOptions& options) {
    store_.reset();
    auto store = Store::open(options);
    ASSERT_TRUE(store) << store.error().message();
    store_ = std::move(*store);
  }
  void open() { open(options()); }
  void close() { store_.reset(); }

  [[nodiscard]] std::string index_file() const { return directory_ / "store/index.sqlite"; }
  [[nodiscard]] std::vector<std::string> segment_files() const {
    const std::string folder = directory_ / "store/segments";
    std::vector<std::string> paths;
    if (const auto names = sys::FileSystem::real().list(folder))
      for (const std::string& name : *names) paths.push_back(folder + "/" + name);
    return paths;
  }

  /// What a process that is killed at this moment leaves behind, as a store of its own.
  [[nodiscard]] StoreOptions killed_here(const std::string& name) const {
    StoreOptions options = this->options();
    options.directory = directory_ / name;
    std::filesystem::copy(directory_ / "store", options.directory,
                          std::filesystem::copy_options::recursive);
    return options;
  }
  void remove_index() {
    for (const char* suffix : {"", "-wal", "-shm"})
      (void)sys::FileSystem::real().remove(index_file() + suffix);
  }

  test::TempDirectory directory_;
  std::unique_ptr<Store> store_;
};

}  // namespace larder::store
