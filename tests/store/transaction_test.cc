// One object on its way in: what others see of it, and when.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

#include "store_fixture.h"
#include "support/large_pages.h"

namespace larder::store {
namespace {

using StoreTransaction = StoreTest;

std::error_code write(Transaction& transaction, const Bytes& bytes, std::size_t from = 0,
                      std::size_t count = SIZE_MAX) {
  return transaction.write(std::span(bytes).subspan(from, std::min(count, bytes.size() - from)));
}

TEST_F(StoreTransaction, IsInvisibleUntilCommitted) {
  open();
  for (const std::size_t size : {100, 300'000, 600'000}) {
    const Bytes bytes = content(size, size);
    auto transaction = store_->begin(size);
    EXPECT_FALSE(write(*transaction, bytes));
    EXPECT_FALSE(store_->find(key_of(bytes)));
    EXPECT_FALSE(transaction->stored());
    ASSERT_TRUE(transaction->commit(digest::sha256(bytes), {}));
    EXPECT_TRUE(transaction->stored());
    EXPECT_TRUE(same(store_->find(key_of(bytes)), bytes));
  }
}

TEST_F(StoreTransaction, LeavesNothingWhenAbandoned) {
  open();
  for (const std::optional<std::uint64_t> size :
       {std::optional<std::uint64_t>(), std::optional<std::uint64_t>(300'000),
        std::optional<std::uint64_t>(600'000)}) {
    auto transaction = store_->begin(size);
    EXPECT_FALSE(write(*transaction, content(1, 290'000)));
  }
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(store_->figures().objects, 0u);
  EXPECT_EQ(segment_files().size(), 1u);
  put(*store_, content(2, 1000));
  open();
  EXPECT_EQ(store_->figures().objects, 1u);
  EXPECT_TRUE(same(store_->find(key_of(content(2, 1000))), content(2, 1000)));
}

TEST_F(StoreTransaction, GivesItsRoomBackWhenAbandonedAtTheEnd) {
  open();
  for (int i = 0; i < 20; ++i) {
    auto transaction = store_->begin(400'000);
    EXPECT_FALSE(write(*transaction, content(1, 400'000)));
  }
  EXPECT_EQ(segment_files().size(), 1u);
}

TEST_F(StoreTransaction, DoesNotDisturbOthersBesideIt) {
  const Bytes a = content(1, 300'000);
  const Bytes b = content(2, 310'000);
  const Bytes c = content(3, 320'000);
  open();
  auto first = store_->begin(a.size());
  auto second = store_->begin(b.size());
  auto third = store_->begin(c.size());
  for (std::size_t at = 0; at < 300'000; at += 10'000) {
    EXPECT_FALSE(write(*first, a, at, 10'000));
    EXPECT_FALSE(write(*second, b, at, 10'000));
    EXPECT_FALSE(write(*third, c, at, 10'000));
  }
  EXPECT_FALSE(write(*third, c, 300'000));
  ASSERT_TRUE(third->commit(digest::sha256(c), {}));
  ASSERT_TRUE(store_->flush());
  second.reset();  // in the middle
  ASSERT_TRUE(first->commit(digest::sha256(a), {}));
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(same(store_->find(key_of(a)), a));
    EXPECT_FALSE(store_->find(key_of(b)));
    EXPECT_TRUE(same(store_->find(key_of(c)), c));
    open();
  }
}

TEST_F(StoreTransaction, RefusesBytesBeyondItsSize) {
  open();
  auto known = store_->begin(10);
  EXPECT_FALSE(write(*known, content(1, 10)));
  EXPECT_EQ(write(*known, content(1, 1)), errc::too_large);
  EXPECT_TRUE(same(*known->commit(digest::sha256(content(1, 10)), {}), content(1, 10)));

  auto announced = store_->begin(std::nullopt);
  EXPECT_FALSE(announced->expect(10));
  EXPECT_EQ(write(*announced, content(1, 11)), errc::too_large);

  auto both = store_->begin(10);
  EXPECT_EQ(both->expect(11), errc::too_large);
  EXPECT_FALSE(both->expect(std::nullopt));
}

TEST_F(StoreTransaction, MayTakeLessThanItsSize) {
  const Bytes small = content(1, 100);
  const Bytes medium = content(2, 270'000);
  open();
  for (const Bytes& bytes : {small, medium})
    for (const std::uint64_t announced : {400'000, 4'000'000}) {
      Bytes own = bytes;
      own.push_back(static_cast<std::byte>(announced / 1'000'000));
      auto transaction = store_->begin(announced);
      EXPECT_FALSE(write(*transaction, own));
      EXPECT_TRUE(same(*transaction->commit(digest::sha256(own), {}), own));
      EXPECT_TRUE(transaction->stored());
    }
  open();
  EXPECT_EQ(store_->figures().objects, 4u);
  ASSERT_TRUE(store_->visit([&](const StoredObject& object) {
    EXPECT_EQ(store_->check(object.digest), Health::good);
    return true;
  }));
}

TEST_F(StoreTransaction, TakesLongAndShortPiecesInAnyOrder) {
  const Bytes large = content(1, 700'000);
  const Bytes shared = content(2, 400'000);
  open();
  for (const bool known : {true, false})
    for (const Bytes& bytes : {large, shared}) {
      Bytes own = bytes;
      own.push_back(static_cast<std::byte>(known));
      auto transaction =
          store_->begin(known ? std::optional<std::uint64_t>(own.size()) : std::nullopt);
      std::size_t at = 0;
      for (int i = 0; at < own.size(); ++i) {
        const std::size_t piece = i % 3 == 0 ? 100 : i % 3 == 1 ? 32 * 1024 : 90'000;
        EXPECT_FALSE(write(*transaction, own, at, piece));
        at = std::min(own.size(), at + piece);
        Bytes back(at);
        ASSERT_FALSE(transaction->read_back(0, back));
        EXPECT_TRUE(std::equal(back.begin(), back.end(), own.begin())) << at;
      }
      EXPECT_TRUE(same(*transaction->commit(digest::sha256(own), {}), own));
      EXPECT_TRUE(transaction->stored());
    }
  open();
  EXPECT_EQ(store_->figures().objects, 4u);
}

TEST_F(StoreTransaction, SaysWhichWritesCostLeast) {
  constexpr std::size_t kMost = 96u << 10;
  constexpr std::size_t kPiece = 32u << 10;
  open();
  put(*store_, content(1, 5000));  // so that it does not begin at a multiple of anything
  for (const std::size_t size : {std::size_t{900'000}, std::size_t{6u << 20}}) {
    const Bytes bytes = content(2, size);
    auto transaction = store_->begin(size);
    EXPECT_EQ(transaction->best_write_bytes(kMost), kMost) << "it has no place in a file yet";
    ASSERT_FALSE(write(*transaction, bytes, 0, 300'000));
    const std::size_t first = transaction->best_write_bytes(kMost);
    EXPECT_GT(first, kMost - kPiece);
    EXPECT_LT(first, kMost) << "to the next piece";
    ASSERT_FALSE(write(*transaction, bytes, 300'000, first));
    EXPECT_EQ(transaction->best_write_bytes(kMost), kMost) << "whole pieces";
    EXPECT_EQ(transaction->best_write_bytes(1), 1u);
    const std::size_t at = 300'000 + first;
    ASSERT_FALSE(write(*transaction, bytes, at, size - at));
    EXPECT_TRUE(same(*transaction->commit(digest::sha256(bytes), {}), bytes));
  }
}

/// Bytes of files that are in this process' memory; none if the system does not say.
std::optional<std::uint64_t> mapped_bytes_in_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    std::uint64_t kibibytes = 0;
    if (word == "RssFile:" && status >> kibibytes) return kibibytes * 1024;
  }
  return std::nullopt;
}

TEST_F(StoreTransaction, LeavesNeitherLargeNorPrefetchedContentInMemory) {
  constexpr std::uint64_t kPieces = 12;
  constexpr std::uint64_t kMostBytes = 8u << 20;
  open();
  const auto before = mapped_bytes_in_memory();
  if (!before) GTEST_SKIP() << "the system does not say what is in memory";
  for (std::uint64_t i = 0; i < kPieces; ++i)
    put(*store_, content(i, 5u << 20), {}, true, 64 * 1024);
  EXPECT_LT(*mapped_bytes_in_memory(), *before + kMostBytes) << "of segments of their own";
  for (std::uint64_t i = 0; i < kPieces; ++i)
    put(*store_, content(100 + i, 3u << 20), {}, true, 64 * 1024, nullptr,
        {.key = {}, .priority = Priority::low});
  EXPECT_LT(*mapped_bytes_in_memory(), *before + kMostBytes) << "of shared segments";
  for (std::uint64_t i = 0; i < kPieces; ++i)
    EXPECT_TRUE(same(store_->find(key_of(content(i, 5u << 20))), content(i, 5u << 20)));
}

TEST_F(StoreTransaction, LooksAtWhatItWroteBeforeOthersSeeIt) {
  StoreOptions options = this->options();
  options.segment_bytes = 4u << 20;
  options.large_object_bytes = 1u << 20;
  open(options);
  for (const Priority priority : {Priority::normal, Priority::low}) {
    const Bytes bytes = content(static_cast<std::uint64_t>(priority), 700'000);
    const auto put_damaged = [&](bool damaged) {
      auto transaction = store_->begin(bytes.size(), {.key = {}, .priority = priority});
      EXPECT_FALSE(write(*transaction, bytes));
      std::string found;
      for (const std::string& path : segment_files()) {  // most of it is there
        std::ifstream in(path, std::ios::binary);
        const std::string all((std::istreambuf_iterator<char>(in)), {});
        const std::string_view part(reinterpret_cast<const char*>(bytes.data()) + 1000, 1000);
        const auto at = all.find(part);
        if (at == std::string::npos) continue;
        found = path;
        if (damaged) flip(path, at);
      }
      EXPECT_FALSE(found.empty());
      return transaction->commit(digest::sha256(bytes), {});
    };
    const auto blob = put_damaged(true);
    if (blob) {
      EXPECT_TRUE(same(*blob, bytes));
    }
    EXPECT_FALSE(store_->find(key_of(bytes)));
    EXPECT_TRUE(same(*put_damaged(false), bytes));
    EXPECT_TRUE(same(store_->find(key_of(bytes)), bytes));
  }
}

TEST_F(StoreTransaction, PutsSmallObjectsIntoLargePagesWhereTheSystemHasThem) {
  constexpr std::uint64_t kObjects = 80;
  if (!test::has_large_pages(directory_.path())) GTEST_SKIP() << "this file system has none";
  StoreOptions options = this->options();
  options.segment_bytes = 16u << 20;
  open(options);
  for (std::uint64_t i = 0; i < kObjects; ++i) put(*store_, content(i, 100'000));
  for (std::uint64_t i = 0; i < kObjects; ++i)
    EXPECT_TRUE(same(store_->find(key_of(content(i, 100'000))), content(i, 100'000)));
  EXPECT_GT(test::bytes_in_large_pages(".seg"), 0u);
}

TEST_F(StoreTransaction, AgreesWithAnotherThatBringsTheSameObject) {
  const Bytes bytes = content(1, 300'000);
  open();
  auto first = store_->begin(bytes.size());
  auto second = store_->begin(bytes.size());
  EXPECT_FALSE(write(*first, bytes));
  EXPECT_FALSE(write(*second, bytes));
  const auto a = first->commit(digest::sha256(bytes), {});
  const ObjectKey claim = claim_of(1);
  const auto b = second->commit(digest::sha256(bytes), {&claim, 1});
  ASSERT_TRUE(a);
  ASSERT_TRUE(b);
  EXPECT_EQ(a->data(), b->data());
  EXPECT_TRUE(second->stored());
  open();
  EXPECT_EQ(store_->figures().objects, 1u);
  EXPECT_TRUE(same(store_->find(claim), bytes));
}

TEST_F(StoreTransaction, HandsOutBytesFromTheOrigin) {
  open();
  EXPECT_EQ(put(*store_, content(1, 10)).source(), Source::origin);
  EXPECT_EQ(put(*store_, content(1, 10)).source(), Source::origin);
  EXPECT_EQ(store_->find(key_of(content(1, 10))).source(), Source::store);
}

TEST_F(StoreTransaction, PassesBytesThroughWhenItsStoreIsClosed) {
  const Bytes small = content(1, 1000);
  const Bytes streamed = content(2, 300'000);
  open();
  auto first = store_->begin(small.size());
  auto second = store_->begin(streamed.size());
  EXPECT_FALSE(write(*first, small));
  EXPECT_FALSE(write(*second, streamed));
  close();
  EXPECT_TRUE(same(*first->commit(digest::sha256(small), {}), small));
  EXPECT_FALSE(first->stored());
  EXPECT_TRUE(same(*second->commit(digest::sha256(streamed), {}), streamed));
  first.reset();
  second.reset();
  open();
  EXPECT_FALSE(store_->find(key_of(small)));
  EXPECT_EQ(store_->figures().damaged, 0u);
}

}  // namespace
}  // namespace larder::store
