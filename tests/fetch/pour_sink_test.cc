// What comes of a download, on its way into the store or into memory.
#include "fetch/pour_sink.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include <larder/error.h>

#include "digest/hash.h"
#include "support/temp_directory.h"

namespace larder::fetch {
namespace {

using Bytes = std::vector<std::byte>;

class PourSinkTest : public testing::Test {
 protected:
  PourSinkTest() : content_(1'300'000) {
    std::mt19937 random(1);
    for (std::byte& byte : content_) byte = static_cast<std::byte>(random());
    entry_.size = content_.size();
    entry_.checksum = {Checksum::Kind::sha256, digest::sha256(content_).bytes};
    entry_.key = ObjectKey::of(digest::sha256(content_));
  }

  std::unique_ptr<store::Store> open() {
    store::StoreOptions options;
    options.directory = directory_.path();
    auto store = store::Store::open(options);
    EXPECT_TRUE(store);
    return store ? std::move(*store) : nullptr;
  }

  std::shared_ptr<PourSink> sink(store::Store* into, bool hashes_ahead = true) {
    return std::make_shared<PourSink>(entry_, kLimit, into, nullptr, Priority::normal,
                                      hashes_ahead ? hashing_ : nullptr);
  }

  /// Writes from where it is to `end`, in pieces as a socket brings them, and reads some of what
  /// has come so far back after each.
  void pour(PourSink& into, std::size_t end) {
    while (into.written() < end) {
      const auto at = static_cast<std::size_t>(into.written());
      const std::size_t piece = std::min<std::size_t>(1 + random_() % 70'000, end - at);
      ASSERT_FALSE(into.write(std::span(content_).subspan(at, piece)));
      ASSERT_EQ(into.written(), at + piece);
      expect_back(into, random_() % (at + piece), 200'000);
      expect_back(into, at + piece - 1, 10);
      expect_back(into, at - std::min<std::size_t>(at, 100'000), 200'000);
    }
  }

  void expect_back(PourSink& from, std::size_t offset, std::size_t most) {
    Bytes back(most);
    const auto count = from.read_back(offset, back);
    ASSERT_TRUE(count);
    ASSERT_EQ(*count, std::min<std::size_t>(most, from.written() - offset));
    ASSERT_TRUE(std::equal(back.begin(), back.begin() + static_cast<std::ptrdiff_t>(*count),
                           content_.begin() + static_cast<std::ptrdiff_t>(offset)))
        << offset;
  }

  static constexpr std::uint64_t kLimit = 1u << 30;
  test::TempDirectory directory_;
  const std::shared_ptr<HashThread> hashing_ = std::make_shared<HashThread>();
  std::mt19937 random_{2};
  Bytes content_;
  Entry entry_;
};

TEST_F(PourSinkTest, LendsWhatHasComeAtAnyTimeAndKeepsItAll) {
  const auto store = open();
  for (const bool hashes_ahead : {true, false})
    for (store::Store* into : {store.get(), static_cast<store::Store*>(nullptr)}) {
      const auto pouring = sink(into, hashes_ahead);
      ASSERT_FALSE(pouring->expect(content_.size()));
      pour(*pouring, content_.size());
      const auto outcome = pouring->finish(entry_.key);
      EXPECT_FALSE(outcome.error);
      EXPECT_TRUE(outcome.verdict.good);
      EXPECT_EQ(outcome.stored, into != nullptr);
      EXPECT_TRUE(std::ranges::equal(outcome.blob.bytes(), content_));
      Bytes late(1);
      EXPECT_EQ(*pouring->read_back(0, late), 0u) << "finished";
    }
}

TEST_F(PourSinkTest, LeavesAllThatCameToWhoGoesOn) {
  const auto store = open();
  content_.resize(9'000'000, std::byte{7});
  const Digest digest = digest::sha256(content_);
  entry_.size = content_.size();
  entry_.checksum.bytes = digest.bytes;
  entry_.key = ObjectKey::of(digest);
  const std::size_t half = 5'432'101;
  {
    const auto first = sink(store.get());
    first->identify("\"1\"");
    ASSERT_FALSE(first->expect(content_.size()));
    pour(*first, half);
  }
  const auto second = sink(store.get());
  EXPECT_EQ(second->take_up({}), "\"1\"");
  EXPECT_EQ(second->written(), half) << "what was gathered is there, too";
  ASSERT_FALSE(second->resume(half, content_.size()));
  pour(*second, content_.size());
  const auto outcome = second->finish(entry_.key);
  EXPECT_TRUE(outcome.verdict.good);
  EXPECT_TRUE(outcome.stored);
  EXPECT_TRUE(std::ranges::equal(outcome.blob.bytes(), content_));
}

TEST_F(PourSinkTest, RefusesMoreThanBelongsToIt) {
  const auto store = open();
  for (store::Store* into : {store.get(), static_cast<store::Store*>(nullptr)}) {
    const auto pouring = sink(into);
    ASSERT_FALSE(pouring->expect(std::nullopt));
    pour(*pouring, content_.size() - 1);
    EXPECT_EQ(pouring->write(std::span(content_).first(2)), errc::too_large);
    expect_back(*pouring, content_.size() - 1000, 5000);
    EXPECT_FALSE(pouring->finish(entry_.key).verdict.good);
  }
}

TEST_F(PourSinkTest, BeginsAnewWithNothingOfWhatCameBefore) {
  const auto store = open();
  const auto pouring = sink(store.get());
  ASSERT_FALSE(pouring->expect(content_.size()));
  const Bytes wrong(700'001, std::byte{1});
  ASSERT_FALSE(pouring->write(wrong));
  ASSERT_FALSE(pouring->expect(content_.size()));
  EXPECT_EQ(pouring->written(), 0u);
  pour(*pouring, content_.size());
  const auto outcome = pouring->finish(entry_.key);
  EXPECT_TRUE(outcome.verdict.good);
  EXPECT_TRUE(std::ranges::equal(outcome.blob.bytes(), content_));
}

}  // namespace
}  // namespace larder::fetch
