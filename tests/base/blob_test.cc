#include <larder/blob.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/heap_blob.h"

namespace larder {
namespace {

// Counts how often it is disposed of; lives on the test's stack.
class CountingOwner final : public detail::BlobOwner {
 public:
  [[nodiscard]] int disposed() const { return disposed_.load(); }

 private:
  void dispose() noexcept override { disposed_.fetch_add(1); }
  std::atomic<int> disposed_{0};
};

constexpr std::byte kBytes[] = {std::byte{'a'}, std::byte{'b'}, std::byte{'c'}};

std::vector<std::byte> bytes_of(std::string_view text) {
  std::vector<std::byte> bytes(text.size());
  std::transform(text.begin(), text.end(), bytes.begin(), [](char c) { return std::byte(c); });
  return bytes;
}

TEST(Blob, IsFalseAndEmptyByDefault) {
  const Blob blob;
  EXPECT_FALSE(static_cast<bool>(blob));
  EXPECT_TRUE(blob.empty());
  EXPECT_EQ(blob.text(), "");
}

TEST(Blob, OfAnEmptyFileIsTrueAndEmpty) {
  const Blob blob = make_heap_blob({}, Source::bundle);
  EXPECT_TRUE(static_cast<bool>(blob));
  EXPECT_TRUE(blob.empty());
}

TEST(Blob, ShowsTheBytesAndTheirSource) {
  CountingOwner owner;
  const Blob blob = Blob::adopt(&owner, kBytes, Source::store);
  EXPECT_EQ(blob.text(), "abc");
  EXPECT_EQ(blob.data(), kBytes);
  EXPECT_EQ(blob.size(), 3U);
  EXPECT_EQ(blob.bytes().back(), std::byte{'c'});
  EXPECT_EQ(blob.source(), Source::store);
}

TEST(Blob, DisposesOfItsOwnerWithTheLastCopy) {
  CountingOwner owner;
  {
    Blob first = Blob::adopt(&owner, kBytes, Source::store);
    {
      const Blob second = first;  // NOLINT(performance-unnecessary-copy-initialization)
      EXPECT_EQ(second.data(), kBytes);
    }
    EXPECT_EQ(owner.disposed(), 0);
    const Blob third = first;
    first = Blob();
    EXPECT_EQ(owner.disposed(), 0);
    EXPECT_EQ(third.text(), "abc");
  }
  EXPECT_EQ(owner.disposed(), 1);
}

TEST(Blob, IsEmptyAfterItWasMovedFrom) {
  CountingOwner owner;
  {
    Blob from = Blob::adopt(&owner, kBytes, Source::origin);
    const Blob to = std::move(from);
    EXPECT_FALSE(static_cast<bool>(from));  // NOLINT(bugprone-use-after-move): that is the promise
    EXPECT_EQ(from.size(), 0U);
    EXPECT_EQ(to.text(), "abc");
    EXPECT_EQ(owner.disposed(), 0);
  }
  EXPECT_EQ(owner.disposed(), 1);
}

TEST(Blob, SurvivesAssignmentToItself) {
  CountingOwner owner;
  {
    Blob blob = Blob::adopt(&owner, kBytes, Source::store);
    const Blob& same = blob;
    blob = same;
    EXPECT_EQ(blob.text(), "abc");
    EXPECT_EQ(owner.disposed(), 0);
  }
  EXPECT_EQ(owner.disposed(), 1);
}

TEST(Blob, ReleasesWhatItHeldBeforeAnAssignment) {
  CountingOwner old_owner;
  CountingOwner new_owner;
  Blob blob = Blob::adopt(&old_owner, kBytes, Source::store);
  blob = Blob::adopt(&new_owner, kBytes, Source::bundle);
  EXPECT_EQ(old_owner.disposed(), 1);
  EXPECT_EQ(new_owner.disposed(), 0);
  EXPECT_EQ(blob.source(), Source::bundle);
}

TEST(Blob, SwapsEverything) {
  CountingOwner owner;
  Blob blob = Blob::adopt(&owner, kBytes, Source::bundle);
  Blob other;
  blob.swap(other);
  EXPECT_FALSE(static_cast<bool>(blob));
  EXPECT_EQ(other.text(), "abc");
  EXPECT_EQ(other.source(), Source::bundle);
}

TEST(Blob, IsSharedByThreadsAndDisposedOfOnce) {
  CountingOwner owner;
  {
    const Blob blob = Blob::adopt(&owner, kBytes, Source::store);
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([blob] {
        for (int i = 0; i < 1000; ++i) {
          Blob copy = blob;
          const Blob moved = std::move(copy);
          ASSERT_EQ(moved.text(), "abc");
        }
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(owner.disposed(), 0);
  }
  EXPECT_EQ(owner.disposed(), 1);
}

TEST(HeapBlob, OwnsItsBytes) {
  Blob kept;
  {
    const Blob blob = make_heap_blob(bytes_of("some bytes"), Source::origin);
    kept = blob;
  }
  EXPECT_EQ(kept.text(), "some bytes");
  EXPECT_EQ(kept.source(), Source::origin);
}

TEST(Source, HasTheNamesThatTheToolPrints) {
  EXPECT_STREQ(name_of(Source::bundle), "bundle");
  EXPECT_STREQ(name_of(Source::store), "store");
  EXPECT_STREQ(name_of(Source::origin), "origin");
}

}  // namespace
}  // namespace larder
