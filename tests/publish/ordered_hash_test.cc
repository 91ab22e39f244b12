#include "publish/ordered_hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

namespace larder::publish {
namespace {

using Value = digest::Md5::Value;

/// Item i has i % 7 buffers, each filled with bytes that tell where they belong.
std::size_t buffers_of(std::size_t item) {
  return item % 7;
}

std::size_t length_of(std::size_t item, std::size_t buffer) {
  return (item * 37 + buffer * 11) % 2000;
}

std::byte mark_of(std::size_t item, std::size_t buffer) {
  return static_cast<std::byte>(item * 7 + buffer);
}

Value expected(std::size_t items) {
  digest::Md5 md5;
  for (std::size_t item = 0; item < items; ++item)
    for (std::size_t i = 0; i < buffers_of(item); ++i)
      md5.update(std::vector<std::byte>(length_of(item, i), mark_of(item, i)));
  return md5.finish();
}

void produce(OrderedHash& hash) {
  while (const auto item = hash.next_item()) {
    for (std::size_t i = 0; i < buffers_of(*item); ++i) {
      auto buffer = hash.acquire(*item);
      if (!buffer) return;
      buffer->used = length_of(*item, i);
      std::fill_n(buffer->bytes.begin(), buffer->used, mark_of(*item, i));
      hash.push(*item, std::move(buffer));
    }
    hash.finish_item(*item);
  }
}

Value hash_with(unsigned threads, std::size_t items) {
  OrderedHash hash(items, {});
  {
    std::vector<std::jthread> others;
    for (unsigned i = 1; i < threads; ++i) others.emplace_back([&] { produce(hash); });
    produce(hash);
  }
  return hash.finish();
}

TEST(OrderedHash, HashesInOrderWithAnyNumberOfThreads) {
  for (const unsigned threads : {1u, 2u, 3u, 8u})
    for (const std::size_t items : {0u, 1u, 2u, 33u, 1000u})
      EXPECT_EQ(hash_with(threads, items), expected(items)) << threads << " × " << items;
}

TEST(OrderedHash, GetsThroughOneItemWithMoreBuffersThanThereAre) {
  constexpr std::size_t kBuffers = 300;
  for (const unsigned threads : {1u, 4u}) {
    OrderedHash hash(8, {});
    std::atomic<std::size_t> pushed = 0;
    const auto work = [&] {
      while (const auto item = hash.next_item()) {
        for (std::size_t i = 0; i < kBuffers; ++i) {
          auto buffer = hash.acquire(*item);
          buffer->used = 1;
          buffer->bytes[0] = static_cast<std::byte>(*item);
          hash.push(*item, std::move(buffer));
          ++pushed;
        }
        hash.finish_item(*item);
      }
    };
    {
      std::vector<std::jthread> others;
      for (unsigned i = 1; i < threads; ++i) others.emplace_back(work);
      work();
    }
    EXPECT_EQ(pushed, 8 * kBuffers);
    digest::Md5 md5;
    for (unsigned item = 0; item < 8; ++item)
      md5.update(std::vector<std::byte>(kBuffers, static_cast<std::byte>(item)));
    EXPECT_EQ(hash.finish(), md5.finish());
  }
}

TEST(OrderedHash, TellsOfEachBufferOnceOneAtATime) {
  std::atomic<int> inside = 0;
  std::atomic<bool> overlapped = false;
  std::uint64_t files = 0;  // not atomic on purpose: calls are serial
  OrderedHash hash(500, [&](const ContentBuffer& buffer) {
    if (inside++ != 0) overlapped = true;
    files += buffer.files;
    --inside;
  });
  const auto work = [&] {
    while (const auto item = hash.next_item()) {
      auto buffer = hash.acquire(*item);
      buffer->files = *item;
      hash.push(*item, std::move(buffer));
      hash.finish_item(*item);
    }
  };
  {
    std::vector<std::jthread> others;
    for (int i = 0; i < 3; ++i) others.emplace_back(work);
  }
  EXPECT_FALSE(overlapped);
  EXPECT_EQ(files, 499u * 500 / 2);
}

TEST(OrderedHash, HandsOutEmptyBuffers) {
  OrderedHash hash(2, {});
  for (int round = 0; round < 2; ++round) {
    const auto item = hash.next_item();
    auto buffer = hash.acquire(*item);
    EXPECT_EQ(buffer->used, 0u);
    EXPECT_EQ(buffer->files, 0u);
    EXPECT_EQ(buffer->free_space().size(), ContentBuffer::kBytes);
    buffer->used = 5;
    buffer->files = 3;
    EXPECT_EQ(buffer->free_space().size(), ContentBuffer::kBytes - 5);
    hash.push(*item, std::move(buffer));
    hash.finish_item(*item);
  }
}

TEST(OrderedHash, LetsEverybodyGoWhenStopped) {
  OrderedHash hash(100'000, {});
  std::atomic<int> ended = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      produce(hash);
      ++ended;
    });
  hash.stop();
  threads.clear();
  EXPECT_EQ(ended, 4);
  EXPECT_EQ(hash.next_item(), std::nullopt);
  EXPECT_EQ(hash.acquire(0), nullptr);
}

}  // namespace
}  // namespace larder::publish
