// Many threads, several stores, one directory.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

#include "store_fixture.h"

namespace larder::store {
namespace {

using StoreThreads = StoreTest;

constexpr int kThreads = 8;

void run_threads(const std::function<void(std::uint64_t)>& body) {
  std::vector<std::thread> threads;
  for (std::uint64_t i = 0; i < kThreads; ++i) threads.emplace_back(body, i);
  for (std::thread& thread : threads) thread.join();
}

std::size_t size_of(std::uint64_t seed) {
  return seed % 13 == 0 ? 300'000 : seed * 37 % 9000;
}

TEST_F(StoreThreads, FillAndReadAtTheSameTime) {
  constexpr std::uint64_t kEach = 40;
  open();
  std::atomic<std::uint64_t> wrong{0};
  run_threads([&](std::uint64_t thread) {
    for (std::uint64_t i = 0; i < kEach; ++i) {
      const std::uint64_t seed = thread * kEach + i;
      const Bytes bytes = content(seed, size_of(seed));
      if (!same(put(*store_, bytes, {claim_of(seed)}, seed % 3 != 0), bytes)) ++wrong;
      const std::uint64_t other = seed * 7919 % (kThreads * kEach);
      const Blob blob =
          store_->find(other % 2 == 0 ? claim_of(other) : key_of(content(other, size_of(other))));
      if (blob && !same(blob, content(other, size_of(other)))) ++wrong;
      if (i % 16 == 0 && !store_->flush()) ++wrong;
    }
  });
  EXPECT_EQ(wrong, 0u);
  open();
  EXPECT_EQ(store_->figures().objects, kThreads * kEach);
  run_threads([&](std::uint64_t) {  // all at once, all for the first time
    for (std::uint64_t seed = 0; seed < kThreads * kEach; ++seed)
      if (!same(store_->find(claim_of(seed)), content(seed, size_of(seed)))) ++wrong;
  });
  EXPECT_EQ(wrong, 0u);
}

TEST_F(StoreThreads, MayDropWhatOthersStoreAndRead) {
  open();
  std::atomic<std::uint64_t> wrong{0};
  run_threads([&](std::uint64_t thread) {
    for (std::uint64_t i = 0; i < 60; ++i) {
      const std::uint64_t seed = (i * 5 + thread) % 10;
      const Bytes bytes = content(seed, 5000);
      if (thread == 0) {
        store_->drop(i % 2 == 0 ? key_of(bytes) : claim_of(seed));
      } else if (thread < 4) {
        if (!same(put(*store_, bytes, {claim_of(seed)}), bytes)) ++wrong;
      } else {
        const Blob blob = store_->find(i % 2 == 0 ? key_of(bytes) : claim_of(seed));
        if (blob && !same(blob, bytes)) ++wrong;
        (void)store_->figures();
      }
    }
  });
  EXPECT_EQ(wrong, 0u);
  open();
  std::uint64_t found = 0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const Blob blob = store_->find(claim_of(seed));
    if (!blob) continue;
    EXPECT_TRUE(same(blob, content(seed, 5000)));
    ++found;
  }
  EXPECT_LE(found, store_->figures().objects);
  EXPECT_EQ(store_->figures().damaged, 0u);
}

TEST_F(StoreThreads, OfTwoStoresShareOneDirectory) {
  open();
  auto second = Store::open(options());
  ASSERT_TRUE(second);
  Store* const stores[] = {store_.get(), second->get()};
  run_threads([&](std::uint64_t thread) {
    for (std::uint64_t i = 0; i < 20; ++i) {
      const std::uint64_t seed = thread * 20 + i;
      put(*stores[thread % 2], content(seed, 20'000), {claim_of(seed)});
    }
  });
  for (Store* store : stores) ASSERT_TRUE(store->flush());
  for (Store* store : stores)
    for (std::uint64_t seed = 0; seed < kThreads * 20; ++seed)
      EXPECT_TRUE(same(store->find(claim_of(seed)), content(seed, 20'000)));
  EXPECT_EQ(store_->figures().objects, kThreads * 20);
  second->reset();
  open();
  EXPECT_EQ(store_->figures().objects, kThreads * 20);
  for (std::uint64_t seed = 0; seed < kThreads * 20; ++seed)
    EXPECT_TRUE(same(store_->find(claim_of(seed)), content(seed, 20'000)));
}

TEST_F(StoreThreads, OfTwoStoresMaySeeTheIndexMadeAnewByOneOfThem) {
  open();
  auto second = Store::open(options());
  ASSERT_TRUE(second);
  put(*store_, content(1, 1000), {claim_of(1)});
  put(**second, content(2, 1000), {claim_of(2)});
  ASSERT_TRUE(store_->flush());
  ASSERT_TRUE((*second)->flush());
  const auto size = sys::FileSystem::real().status(index_file() + "-wal")->size_bytes;
  overwrite(index_file() + "-wal", 32, content(3, size - 32));
  overwrite(index_file(), 0, content(3, 4096));
  // A third one finds the damage and makes the index anew.
  auto third = Store::open(options());
  ASSERT_TRUE(third) << third.error().message();
  put(*store_, content(3, 1000), {claim_of(3)});
  put(**second, content(4, 1000), {claim_of(4)});
  (void)store_->flush();
  (void)(*second)->flush();
  third->reset();
  second->reset();
  open();
  for (std::uint64_t seed = 1; seed <= 4; ++seed)
    EXPECT_TRUE(same(store_->find(claim_of(seed)), content(seed, 1000))) << seed;
  EXPECT_EQ(store_->figures().objects, 4u);
}

TEST_F(StoreThreads, CanOpenANewStoreAllAtOnce) {
  std::atomic<int> failed{0};
  run_threads([&](std::uint64_t thread) {
    auto store = Store::open(options());
    if (!store) {
      ++failed;
      return;
    }
    put(**store, content(thread, 1000));
  });
  EXPECT_EQ(failed, 0);
  open();
  EXPECT_EQ(store_->figures().objects, kThreads);
}

}  // namespace
}  // namespace larder::store
