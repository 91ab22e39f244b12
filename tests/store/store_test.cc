// What a store is for: objects and claims go in, come out, and are there after a restart.
#include <gtest/gtest.h>

#include <set>

#include "store/record.h"
#include "store_fixture.h"

namespace larder::store {
namespace {

using StoreContent = StoreTest;

TEST_F(StoreContent, IsFoundAfterCommitAndAfterReopening) {
  const Bytes bytes = content(1, 5000);
  open();
  EXPECT_FALSE(store_->find(key_of(bytes)));
  EXPECT_TRUE(same(put(*store_, bytes), bytes));
  EXPECT_TRUE(same(store_->find(key_of(bytes)), bytes));
  open();
  const Blob blob = store_->find(key_of(bytes));
  EXPECT_TRUE(same(blob, bytes));
  EXPECT_EQ(blob.source(), Source::store);
}

TEST_F(StoreContent, OfAnySizeSurvivesReopening) {
  const std::vector<std::size_t> sizes{0,
                                       1,
                                       63,
                                       64,
                                       65,
                                       4095,
                                       4096,
                                       4097,
                                       (256 << 10) - 1,
                                       256 << 10,
                                       (256 << 10) + 1,
                                       (512 << 10) - 1,
                                       512 << 10,
                                       (512 << 10) + 1,
                                       3u << 20};
  for (const bool known : {true, false}) {
    SCOPED_TRACE(known ? "size known" : "size unknown");
    const std::uint64_t seed = known ? 1000 : 2000;
    open();
    for (const std::size_t size : sizes)
      EXPECT_TRUE(
          same(put(*store_, content(seed + size, size), {}, known), content(seed + size, size)));
    for (const std::size_t size : sizes)
      EXPECT_TRUE(
          same(store_->find(key_of(content(seed + size, size))), content(seed + size, size)));
    open();
    for (const std::size_t size : sizes)
      EXPECT_TRUE(
          same(store_->find(key_of(content(seed + size, size))), content(seed + size, size)))
          << size;
    EXPECT_EQ(store_->figures().damaged, 0u);
  }
}

TEST_F(StoreContent, FillsSegmentAfterSegment) {
  open();
  for (std::uint64_t i = 0; i < 100; ++i) put(*store_, content(i, 50'000));
  ASSERT_TRUE(store_->flush());
  EXPECT_GE(segment_files().size(), 5u);
  open();
  for (std::uint64_t i = 0; i < 100; ++i)
    EXPECT_TRUE(same(store_->find(key_of(content(i, 50'000))), content(i, 50'000)));
}

TEST_F(StoreContent, ContinuesInTheSegmentOfThePreviousRun) {
  for (std::uint64_t i = 0; i < 10; ++i) {
    open();
    put(*store_, content(i, 1000));
  }
  EXPECT_EQ(segment_files().size(), 1u);
  open();
  for (std::uint64_t i = 0; i < 10; ++i)
    EXPECT_TRUE(same(store_->find(key_of(content(i, 1000))), content(i, 1000)));
}

TEST_F(StoreContent, ThatIsLargeHasASegmentOfItsOwn) {
  open();
  put(*store_, content(1, 1000));
  put(*store_, content(2, 600 << 10));
  put(*store_, content(3, 600 << 10), {}, /*known_size=*/false);
  EXPECT_EQ(segment_files().size(), 3u);
}

TEST_F(StoreContent, ThatTurnsOutSmallerThanLargeMovesIntoTheSharedSegment) {
  open();
  put(*store_, content(1, 1000));
  put(*store_, content(2, 400 << 10), {}, /*known_size=*/false);
  EXPECT_EQ(segment_files().size(), 1u);
  open();
  EXPECT_TRUE(same(store_->find(key_of(content(2, 400 << 10))), content(2, 400 << 10)));
  EXPECT_EQ(store_->figures().segments, 1u);
}

TEST_F(StoreContent, IsStoredOnce) {
  open();
  const Bytes bytes = content(1, 100'000);
  put(*store_, bytes);
  ASSERT_TRUE(store_->flush());
  const auto before = store_->figures();
  put(*store_, bytes);
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(store_->figures().objects, 1u);
  EXPECT_EQ(store_->figures().disk_bytes, before.disk_bytes);
}

TEST_F(StoreContent, OutlivesItsStoreInABlob) {
  open();
  const Bytes bytes = content(1, 70'000);
  const Blob written = put(*store_, bytes);
  const Blob found = store_->find(key_of(bytes));
  close();
  EXPECT_TRUE(same(written, bytes));
  EXPECT_TRUE(same(found, bytes));
}

TEST_F(StoreContent, ThatWasDroppedIsAbsentButStaysInBlobs) {
  open();
  const Bytes bytes = content(1, 5000);
  put(*store_, bytes, {claim_of(1), claim_of(2)});
  const Blob blob = store_->find(claim_of(1));
  store_->drop(claim_of(1));
  EXPECT_TRUE(same(blob, bytes));
  for (int round = 0; round < 2; ++round) {
    EXPECT_FALSE(store_->find(key_of(bytes)));
    EXPECT_FALSE(store_->find(claim_of(1)));
    EXPECT_FALSE(store_->find(claim_of(2)));
    EXPECT_FALSE(store_->size_of(key_of(bytes)));
    open();
  }
  EXPECT_EQ(store_->figures().objects, 0u);
}

TEST_F(StoreContent, ThatWasDroppedBeforeItsFirstUseIsAbsentAtOnce) {
  const Bytes bytes = content(1, 5000);
  open();
  put(*store_, bytes, {claim_of(1)});
  StoreOptions slow = options();
  slow.commit_interval = std::chrono::hours(1);
  open(slow);
  store_->drop(claim_of(1));
  EXPECT_FALSE(store_->find(key_of(bytes)));
  put(*store_, bytes);
  EXPECT_TRUE(same(store_->find(key_of(bytes)), bytes));
  open();
  EXPECT_TRUE(same(store_->find(key_of(bytes)), bytes));
  EXPECT_FALSE(store_->find(claim_of(1)));
}

using StoreClaims = StoreTest;

TEST_F(StoreClaims, NameTheObjectTheyWereCommittedWith) {
  const Bytes bytes = content(1, 5000);
  open();
  put(*store_, bytes, {claim_of(1), claim_of(2)});
  for (int round = 0; round < 2; ++round) {
    EXPECT_TRUE(same(store_->find(claim_of(1)), bytes));
    EXPECT_TRUE(same(store_->find(claim_of(2)), bytes));
    EXPECT_EQ(store_->size_of(claim_of(2)), 5000u);
    EXPECT_FALSE(store_->find(claim_of(3)));
    open();
  }
  EXPECT_EQ(store_->figures().claims, 2u);
}

TEST_F(StoreClaims, CanBeAddedToAStoredObjectOnly) {
  const Bytes bytes = content(1, 5000);
  open();
  EXPECT_FALSE(store_->claim(claim_of(1), digest::sha256(bytes)));
  put(*store_, bytes);
  open();
  EXPECT_TRUE(store_->claim(claim_of(1), digest::sha256(bytes)));
  EXPECT_TRUE(store_->claim(claim_of(1), digest::sha256(bytes)));
  EXPECT_FALSE(store_->claim(key_of(bytes), digest::sha256(bytes)));
  EXPECT_TRUE(same(store_->find(claim_of(1)), bytes));
  open();
  EXPECT_TRUE(same(store_->find(claim_of(1)), bytes));
  EXPECT_EQ(store_->figures().claims, 1u);
}

TEST_F(StoreClaims, NameTheObjectThatFulfilledThemLast) {
  const Bytes old_bytes = content(1, 5000);
  const Bytes new_bytes = content(2, 5000);
  open();
  put(*store_, old_bytes, {claim_of(1)});
  EXPECT_TRUE(same(store_->find(claim_of(1)), old_bytes));
  put(*store_, new_bytes, {claim_of(1)});
  EXPECT_TRUE(same(store_->find(claim_of(1)), new_bytes));
  open();
  EXPECT_TRUE(same(store_->find(claim_of(1)), new_bytes));
  EXPECT_TRUE(same(store_->find(key_of(old_bytes)), old_bytes));
}

TEST_F(StoreClaims, OfAnObjectThatWasThereAlreadyAreKept) {
  const Bytes bytes = content(1, 5000);
  open();
  put(*store_, bytes);
  put(*store_, bytes, {claim_of(1)});
  open();
  EXPECT_TRUE(same(store_->find(claim_of(1)), bytes));
}

using StoreSummary = StoreTest;

TEST_F(StoreSummary, CountsWhatHappened) {
  open();
  put(*store_, content(1, 1000));
  put(*store_, content(2, 2000), {claim_of(1)});
  (void)store_->find(key_of(content(1, 1000)));
  (void)store_->find(claim_of(1));
  (void)store_->find(claim_of(99));
  ASSERT_TRUE(store_->flush());
  const StoreFigures figures = store_->figures();
  EXPECT_EQ(figures.objects, 2u);
  EXPECT_EQ(figures.object_bytes, 3000u);
  EXPECT_EQ(figures.claims, 1u);
  EXPECT_EQ(figures.segments, 1u);
  EXPECT_EQ(figures.stored, 2u);
  EXPECT_EQ(figures.hits, 2u);
  EXPECT_EQ(figures.misses, 1u);
  EXPECT_EQ(figures.write_failures, 0u);
  EXPECT_GT(figures.disk_bytes, 3000u);
  EXPECT_LT(figures.disk_bytes, 1u << 20);  // a segment's unused room takes no space
}

TEST_F(StoreSummary, CountsObjectsThatAreNotDurableYet) {
  StoreOptions slow = options();
  slow.commit_interval = std::chrono::hours(1);
  open(slow);
  put(*store_, content(1, 1000));
  EXPECT_EQ(store_->figures().objects, 1u);
  EXPECT_EQ(store_->figures().object_bytes, 1000u);
}

TEST_F(StoreSummary, CanBeReadWhileTheStoreIsInUse) {
  EXPECT_EQ(Store::inspect(directory_ / "store").error(), errc::not_found);
  open();
  put(*store_, content(1, 1000), {claim_of(1)});
  ASSERT_TRUE(store_->flush());
  for (int round = 0; round < 2; ++round) {
    const auto figures = Store::inspect(directory_ / "store");
    ASSERT_TRUE(figures) << figures.error().message();
    EXPECT_EQ(figures->objects, 1u);
    EXPECT_EQ(figures->object_bytes, 1000u);
    EXPECT_EQ(figures->claims, 1u);
    EXPECT_EQ(figures->segments, 1u);
    close();
  }
}

TEST_F(StoreSummary, NamesEveryObjectOnce) {
  open();
  std::set<Digest> expected;
  for (std::uint64_t i = 0; i < 20; ++i) {
    put(*store_, content(i, 100 + i));
    expected.insert(digest::sha256(content(i, 100 + i)));
  }
  std::set<Digest> seen;
  ASSERT_TRUE(store_->visit([&](const StoredObject& object) {
    EXPECT_TRUE(seen.insert(object.digest).second);
    EXPECT_EQ(store_->find(ObjectKey::of(object.digest)).size(), object.size_bytes);
    return true;
  }));
  EXPECT_EQ(seen, expected);
  int calls = 0;
  ASSERT_TRUE(store_->visit([&](const StoredObject&) { return ++calls < 3; }));
  EXPECT_EQ(calls, 3);
}

TEST_F(StoreSummary, NeedsADirectory) {
  EXPECT_EQ(Store::open({}).error(), errc::invalid_argument);
  StoreOptions blocked = options();
  blocked.directory = "/proc/no-such-place/store";
  EXPECT_FALSE(Store::open(blocked));
}

class StoreFirstUse : public StoreTest {
 protected:
  void SetUp() override {
    open();
    put(*store_, kBytes, {claim_of(1)});
    close();
  }
  /// What a process finds that opens the store with that policy; and how much damage it counts.
  Blob find(FirstUse first_use) {
    StoreOptions options = this->options();
    options.first_use = first_use;
    open(killed_here(std::to_string(++copies_), options));
    return store_->find(claim_of(1));
  }
  StoreOptions killed_here(const std::string& name, StoreOptions options) const {
    options.directory = StoreTest::killed_here(name).directory;
    return options;
  }
  /// Other bytes in the object's place, under a header that calls them right.
  void forge() {
    const std::string path = segment_files().at(0);
    const auto file = sys::FileSystem::real().open(path, sys::Open::read);
    HeaderBytes raw{};
    SegmentHeader segment;
    ASSERT_TRUE((*file)->read_at(0, raw));
    ASSERT_EQ(decode(raw, segment), HeaderState::good);
    const auto header =
        encode({RecordType::object, kForged.size(), digest::sha256(kBytes), fast_checksum(kForged)},
               segment.nonce, kFirstRecord);
    overwrite(path, kFirstRecord, header);
    overwrite(path, kFirstRecord + kHeaderBytes, kForged);
  }

  const Bytes kBytes = content(1, 10'000);
  const Bytes kForged = content(2, 10'000);
  int copies_ = 0;
};

TEST_F(StoreFirstUse, IsCheckedFastUnlessToldOtherwise) {
  EXPECT_EQ(StoreOptions().first_use, FirstUse::fast);
  EXPECT_EQ(Options().first_use, FirstUse::fast);
}

TEST_F(StoreFirstUse, FindsAccidentsByEitherChecksum) {
  flip(segment_files().at(0), kFirstRecord + kHeaderBytes + 5000);
  for (const FirstUse first_use : {FirstUse::fast, FirstUse::sha256}) {
    EXPECT_FALSE(find(first_use));
    EXPECT_EQ(store_->figures().damaged, 1u);
    EXPECT_FALSE(store_->size_of(claim_of(1)));
  }
}

TEST_F(StoreFirstUse, FindsEditsBySha256Alone) {
  forge();
  EXPECT_FALSE(find(FirstUse::sha256));
  EXPECT_EQ(store_->figures().damaged, 1u);
  EXPECT_TRUE(same(find(FirstUse::fast), kForged));
}

TEST_F(StoreFirstUse, LooksAtNoBytesIfItIsToldSo) {
  flip(segment_files().at(0), kFirstRecord + kHeaderBytes + 5000);
  const Blob blob = find(FirstUse::none);
  EXPECT_EQ(blob.size(), kBytes.size());
  EXPECT_EQ(store_->figures().damaged, 0u);
  // Even so the record's header has to be right.
  flip(segment_files().at(0), kFirstRecord + 20);
  EXPECT_FALSE(find(FirstUse::none));
}

TEST_F(StoreFirstUse, IsOnceAProcess) {
  open();
  EXPECT_TRUE(store_->find(claim_of(1)));
  flip(segment_files().at(0), kFirstRecord + kHeaderBytes + 5000);
  EXPECT_TRUE(store_->find(claim_of(1)));  // the bytes are not looked at again
  open();
  EXPECT_FALSE(store_->find(claim_of(1)));
}

}  // namespace
}  // namespace larder::store
