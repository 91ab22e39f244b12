// Content that is hashed on another thread while more of it comes, and passed on in chunks.
#include "fetch/ahead_verifier.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <memory>
#include <thread>
#include <vector>

#include <larder/error.h>

namespace larder::fetch {
namespace {

using Bytes = std::vector<std::byte>;

Bytes content(std::size_t size) {
  Bytes bytes(size);
  std::uint32_t state = static_cast<std::uint32_t>(size) + 1;
  for (std::byte& byte : bytes) {
    state = state * 1664525 + 1013904223;
    byte = static_cast<std::byte>(state >> 24);
  }
  return bytes;
}

Checksum checksum_of(const Bytes& bytes) {
  return {Checksum::Kind::sha256, digest::sha256(bytes).bytes};
}

/// Where a verifier's bytes go.
struct Kept {
  AheadVerifier::Pass pass = [this](std::span<const std::byte> part) {
    bytes.insert(bytes.end(), part.begin(), part.end());
    parts.push_back(part.size());
    return std::error_code();
  };
  Bytes bytes;
  std::vector<std::size_t> parts;
};

void feed(AheadVerifier& verifier, const Bytes& bytes, std::size_t piece, Kept& kept) {
  const std::span<const std::byte> all(bytes);
  for (std::size_t at = 0; at < all.size(); at += piece)
    ASSERT_FALSE(verifier.update(all.subspan(at, std::min(piece, all.size() - at)), kept.pass));
}

void feed(AheadVerifier& verifier, const Bytes& bytes, std::size_t piece) {
  Kept kept;
  feed(verifier, bytes, piece, kept);
  ASSERT_FALSE(verifier.flush(kept.pass));
  EXPECT_EQ(kept.bytes, bytes);
}

constexpr std::uint64_t kNoLimit = 1u << 30;

TEST(AheadVerifierTest, SaysWhatAnyVerifierSays) {
  constexpr std::size_t kInline = AheadVerifier::kInlineBytes;
  constexpr std::size_t kChunk = AheadVerifier::kChunkBytes;
  const auto thread = std::make_shared<HashThread>();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kInline - 1, kInline, kInline + 1,
                                 kInline + kChunk, kInline + kChunk + 1, 20 * kChunk + 7})
    for (const std::size_t piece : {std::size_t{999}, kChunk - 1, kChunk, 3 * kChunk + 5}) {
      const Bytes bytes = content(size);
      AheadVerifier good(checksum_of(bytes), size, kNoLimit, thread);
      feed(good, bytes, piece);
      const auto verdict = good.finish();
      EXPECT_TRUE(verdict.good) << size << " in pieces of " << piece;
      EXPECT_EQ(verdict.size_bytes, size);
      EXPECT_EQ(verdict.digest, digest::sha256(bytes));
      if (size == 0) continue;
      Bytes other = bytes;
      other.at(size - 1) ^= std::byte{1};
      AheadVerifier bad(checksum_of(bytes), size, kNoLimit, thread);
      feed(bad, other, piece);
      EXPECT_FALSE(bad.finish().good) << size << " in pieces of " << piece;
    }
}

TEST(AheadVerifierTest, RefusesOneByteTooMany) {
  const auto thread = std::make_shared<HashThread>();
  const Bytes bytes = content(1'000'000);
  const std::byte more{};
  AheadVerifier sized(checksum_of(bytes), bytes.size(), kNoLimit, thread);
  feed(sized, bytes, 50'000);
  const Kept kept;
  EXPECT_EQ(sized.update({&more, 1}, kept.pass), errc::too_large);
  EXPECT_FALSE(sized.finish().good) << "more has come than belongs to it";

  AheadVerifier limited(checksum_of(bytes), std::nullopt, bytes.size(), thread);
  feed(limited, bytes, 50'000);
  EXPECT_EQ(limited.update({&more, 1}, kept.pass), errc::too_large);

  AheadVerifier at_once(checksum_of(bytes), bytes.size(), kNoLimit, thread);
  Bytes too_many = bytes;
  too_many.push_back(more);
  Kept early;
  feed(at_once, Bytes(bytes.begin(), bytes.begin() + 500'000), 50'000, early);
  EXPECT_EQ(at_once.update(std::span(too_many).subspan(500'000), early.pass), errc::too_large)
      << "while some is gathered";

  AheadVerifier short_one(checksum_of(bytes), bytes.size(), kNoLimit, thread);
  feed(short_one, Bytes(bytes.begin(), bytes.end() - 1), 50'000);
  EXPECT_FALSE(short_one.finish().good);
}

TEST(AheadVerifierTest, PassesLongContentOnInTheChunksThatAreWanted) {
  constexpr std::size_t kInline = AheadVerifier::kInlineBytes;
  constexpr std::size_t kChunk = AheadVerifier::kChunkBytes;
  const auto thread = std::make_shared<HashThread>();
  const Bytes bytes = content(kInline + 1000 + 2 * kChunk + 77);
  AheadVerifier verifier(checksum_of(bytes), bytes.size(), kNoLimit, thread);
  Kept kept;
  const AheadVerifier::Pass pass = [&](std::span<const std::byte> part) {
    const std::error_code error = kept.pass(part);
    verifier.next_chunk(kept.bytes.size() == kInline ? 1000 : kChunk);
    return error;
  };
  const std::span<const std::byte> all(bytes);
  for (std::size_t at = 0, piece = 1024; at < all.size(); at += piece) {
    ASSERT_FALSE(verifier.update(all.subspan(at, std::min(piece, all.size() - at)), pass));
    const std::size_t came = std::min(at + piece, all.size());
    ASSERT_EQ(kept.bytes.size() + verifier.gathered().size(), came);
    ASSERT_TRUE(
        std::ranges::equal(verifier.gathered(), all.first(came).last(verifier.gathered().size())));
  }
  EXPECT_EQ(verifier.gathered().size(), 77u);
  ASSERT_FALSE(verifier.flush(pass));
  EXPECT_TRUE(verifier.gathered().empty());
  ASSERT_FALSE(verifier.flush(pass)) << "nothing is left";
  EXPECT_EQ(std::vector(kept.parts.end() - 4, kept.parts.end()),
            (std::vector<std::size_t>{1000, kChunk, kChunk, 77}));
  EXPECT_EQ(kept.bytes, bytes);
  EXPECT_TRUE(verifier.finish().good);
}

TEST(AheadVerifierTest, EndsWithTheErrorOfWhereTheBytesGo) {
  const auto thread = std::make_shared<HashThread>();
  const Bytes bytes = content(600'000);
  AheadVerifier verifier(checksum_of(bytes), bytes.size(), kNoLimit, thread);
  std::size_t passed = 0;
  const AheadVerifier::Pass full = [&](std::span<const std::byte> part) -> std::error_code {
    passed += part.size();
    return passed > 300'000 ? errc::no_space : std::error_code();
  };
  std::error_code error;
  for (std::size_t at = 0; at < bytes.size() && !error; at += 60'000)
    error = verifier.update(std::span(bytes).subspan(at, 60'000), full);
  EXPECT_EQ(error, errc::no_space);
}

TEST(AheadVerifierTest, MayEndWhileItIsBeingHashed) {
  const auto thread = std::make_shared<HashThread>();
  const Bytes bytes = content(600'000);
  for (int i = 0; i < 50; ++i) {
    AheadVerifier verifier(checksum_of(bytes), bytes.size(), kNoLimit, thread);
    Kept kept;
    feed(verifier, bytes, 60'000, kept);
  }
}

TEST(AheadVerifierTest, ManyShareAThread) {
  const auto thread = std::make_shared<HashThread>();
  std::atomic<int> good{0};
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      const Bytes bytes = content(500'000 + i);
      AheadVerifier verifier(checksum_of(bytes), bytes.size(), kNoLimit, thread);
      feed(verifier, bytes, 10'000);
      good += verifier.finish().good ? 1 : 0;
    });
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(good, 4);
}

TEST(HashThreadTest, RunsWhatWasPostedInOrderAndThenEnds) {
  HashThread thread;
  std::vector<int> order;  // of the thread until finish()
  for (int i = 0; i < 100; ++i) thread.post([&order, i] { order.push_back(i); });
  thread.finish();
  ASSERT_EQ(order.size(), 100u);
  EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
  thread.post([&order] { order.push_back(100); });
  EXPECT_EQ(order.size(), 101u) << "inside the call";
  thread.finish();
}

}  // namespace
}  // namespace larder::fetch
