// Whatever happens to the files: right bytes or none.
#include <gtest/gtest.h>

#include <array>

#include "store/database.h"
#include "store/record.h"
#include "store_fixture.h"
#include "support/faulty_file_system.h"
#include "support/long_form.h"

namespace larder::store {
namespace {

class StoreDamage : public StoreTest {
 protected:
  void SetUp() override {
    open();
    for (std::uint64_t i = 0; i < kObjects; ++i) put(*store_, bytes_of(i), {claim_of(i)});
    put(*store_, kLarge, {claim_of(100)});
    close();
  }

  static Bytes bytes_of(std::uint64_t i) { return content(i, 300 * i); }

  /// Every object is absent or right, by digest and by claim. Returns how many are right.
  std::uint64_t count_right() {
    std::uint64_t right = 0;
    for (std::uint64_t i = 0; i <= kObjects; ++i) {
      const Bytes expected = i < kObjects ? bytes_of(i) : kLarge;
      const Blob blob = store_->find(key_of(expected));
      if (blob) {
        EXPECT_TRUE(same(blob, expected)) << i;
      }
      const Blob claimed = store_->find(claim_of(i < kObjects ? i : 100));
      if (claimed) {
        EXPECT_TRUE(same(claimed, expected)) << i;
      }
      right += same(blob, expected) && same(claimed, expected) ? 1 : 0;
    }
    return right;
  }

  void expect_all_after_reopening() {
    open();
    EXPECT_EQ(count_right(), kObjects + 1);
    EXPECT_EQ(store_->figures().objects, kObjects + 1);
    EXPECT_EQ(store_->figures().claims, kObjects + 1);
  }

  /// Flips a bit in a copy of the store in `directory`, and uses that twice.
  void expect_survival_of_a_flip(const std::string& directory, const std::string& file,
                                 std::uint64_t at) {
    SCOPED_TRACE(file + " " + std::to_string(at));
    StoreOptions options = this->options();
    options.directory = directory_ / "flipped";
    std::filesystem::copy(directory, options.directory, std::filesystem::copy_options::recursive);
    // Of the process that was killed, not of the disk.
    std::filesystem::remove(options.directory + "/index.sqlite-shm");
    flip(options.directory + file, at, 1u << (at * 7 % 8));
    const Bytes fresh = content(4000, 700);
    for (int i = 0; i < 2; ++i) {
      open(options);
      ASSERT_TRUE(store_);
      (void)count_right();
      put(*store_, fresh, {claim_of(4000)});
      EXPECT_TRUE(same(store_->find(claim_of(4000)), fresh));
      close();
    }
    std::filesystem::remove_all(options.directory);
  }

  static constexpr std::uint64_t kObjects = 20;
  const Bytes kLarge = content(1000, 600'000);
};

TEST_F(StoreDamage, OfADeletedIndexIsRepairedFromTheSegments) {
  remove_index();
  expect_all_after_reopening();
  expect_all_after_reopening();
}

TEST_F(StoreDamage, OfATruncatedIndexIsRepairedFromTheSegments) {
  for (const std::uint64_t size : {0, 1, 100, 4096, 5000, 12'288}) {
    SCOPED_TRACE(size);
    truncate(index_file(), size);
    expect_all_after_reopening();
    close();
  }
}

TEST_F(StoreDamage, OfAnIndexOverwrittenWithGarbageIsRepairedFromTheSegments) {
  const auto size = sys::FileSystem::real().status(index_file())->size_bytes;
  ASSERT_GT(size, 16'384u);
  for (std::uint64_t from = 0; from < size; from += 4096) {
    SCOPED_TRACE(from);
    overwrite(index_file(), from, content(from, 4096));
    expect_all_after_reopening();
    close();
  }
}

TEST_F(StoreDamage, OfAnIndexThatIsSomethingElseIsRepairedFromTheSegments) {
  remove_index();
  const std::string text = "this is not a database, but long enough to look like a header of one";
  ASSERT_TRUE(sys::FileSystem::real().open(index_file(), sys::Open::create));
  overwrite(index_file(), 0, std::as_bytes(std::span(text)));
  expect_all_after_reopening();
}

TEST_F(StoreDamage, OfAnyBitOfTheIndexNeverLeadsToWrongBytes) {
  const auto size = sys::FileSystem::real().status(index_file())->size_bytes;
  for (std::uint64_t at = 0; at < size; at += test::in_long_form() ? 1 : 1499)
    expect_survival_of_a_flip(options().directory, "/index.sqlite", at);
}

TEST_F(StoreDamage, OfAnyBitOfTheIndexsLogNeverLeadsToWrongBytes) {
  open();
  put(*store_, content(3000, 500), {claim_of(3000)});
  ASSERT_TRUE(store_->flush());
  put(*store_, content(3001, 500), {claim_of(3001)});
  ASSERT_TRUE(store_->flush());
  const std::string killed = killed_here("killed").directory;
  close();
  const auto size = sys::FileSystem::real().status(killed + "/index.sqlite-wal")->size_bytes;
  ASSERT_GT(size, 4096u);
  for (std::uint64_t at = 0; at < size; at += test::in_long_form() ? 1 : 1499)
    expect_survival_of_a_flip(killed, "/index.sqlite-wal", at);
}

TEST_F(StoreDamage, OfRowsThatPointElsewhereMakesTheirObjectsAbsent) {
  // Two objects of equal length under each other's names, and places that no file has.
  open();
  put(*store_, content(201, 777), {claim_of(201)});
  put(*store_, content(202, 777), {claim_of(202)});
  close();
  auto database = Database::open(index_file(), Database::Mode::create);
  ASSERT_TRUE(database);
  ASSERT_TRUE(database->execute(
      "CREATE TEMP TABLE pair AS SELECT segment, offset, digest FROM object WHERE length = 777;"
      "UPDATE object SET offset = (SELECT pair.offset FROM pair WHERE pair.digest != object.digest)"
      " WHERE length = 777;"
      "UPDATE object SET offset = -64 WHERE length = 300;"
      "UPDATE object SET offset = 9223372036854775744 WHERE length = 600;"
      "UPDATE object SET length = -1 WHERE length = 900;"
      "UPDATE object SET offset = offset + 1 WHERE length = 1200;"
      "UPDATE object SET offset = 0 WHERE length = 1500;"
      "UPDATE object SET segment = 77 WHERE length = 1800;"
      "UPDATE object SET length = 2101 WHERE length = 2100;"));
  database = errc::io;  // closed
  open();
  EXPECT_FALSE(store_->find(key_of(content(201, 777))));
  EXPECT_FALSE(store_->find(claim_of(202)));
  EXPECT_EQ(count_right(), kObjects + 1 - 7);
  EXPECT_EQ(store_->figures().damaged, 9u);
}

TEST_F(StoreDamage, OfANewerIndexIsAnsweredByMakingItAnew) {
  const std::array<std::byte, 4> version{std::byte{0}, std::byte{0}, std::byte{0}, std::byte{99}};
  overwrite(index_file(), 60, version);  // user_version, big-endian
  expect_all_after_reopening();
}

TEST_F(StoreDamage, OfTheIndexWhileInUseIsRepairedAtTheNextLook) {
  StoreOptions slow = options();
  slow.commit_interval = std::chrono::hours(1);
  open(slow);
  const auto size = sys::FileSystem::real().status(index_file())->size_bytes;
  for (std::uint64_t from = 4096; from < size; from += 4096)
    overwrite(index_file(), from, content(from, 4096));
  EXPECT_EQ(count_right(), kObjects + 1);
  const Bytes later = content(5000, 100);
  put(*store_, later);
  ASSERT_TRUE(store_->flush());
  open();
  EXPECT_EQ(count_right(), kObjects + 1);
  EXPECT_TRUE(same(store_->find(key_of(later)), later));
}

TEST_F(StoreDamage, OfASegmentThatIsGoneMakesItsObjectsAbsent) {
  const auto segments = segment_files();
  ASSERT_EQ(segments.size(), 2u);
  open();
  ASSERT_TRUE(sys::FileSystem::real().remove(segments[0]));
  EXPECT_EQ(count_right(), 1u);
  open();
  EXPECT_EQ(count_right(), 1u);
  EXPECT_EQ(store_->figures().objects, 1u);
  EXPECT_EQ(store_->figures().segments, 1u);
}

TEST_F(StoreDamage, OfATruncatedSegmentMakesTheRestAbsent) {
  const auto segments = segment_files();
  for (const std::uint64_t size : {600'000, 40'000, 20'000, 5000, 4096, 100, 10, 0}) {
    SCOPED_TRACE(size);
    for (const std::string& segment : segments)  // one without objects may be removed any time
      if (sys::FileSystem::real().exists(segment)) truncate(segment, size);
    open();
    const auto right = count_right();
    EXPECT_LT(right, kObjects + 1);
    if (size == 40'000) {
      EXPECT_GT(right, 5u);
    }
    close();
  }
}

TEST_F(StoreDamage, OfASegmentThatShrinksWhileInUseIsSurvived) {
  open();
  EXPECT_TRUE(same(store_->find(key_of(bytes_of(1))), bytes_of(1)));  // maps the segment
  truncate(segment_files()[0], 4096);
  for (std::uint64_t i = 2; i < kObjects; ++i) EXPECT_FALSE(store_->find(key_of(bytes_of(i))));
  EXPECT_EQ(store_->figures().damaged, kObjects - 2);
}

TEST_F(StoreDamage, OfManySegmentsThatShrinkWhileInUseIsSurvived) {
  constexpr std::uint64_t kMany = 200;
  StoreOptions options = this->options();
  options.directory = directory_ / "many";
  options.segment_bytes = 8192;
  open(options);
  for (std::uint64_t i = 0; i < kMany; ++i) put(*store_, content(i, 900));
  open(options);
  std::size_t right = 0;
  for (std::uint64_t i = 0; i < kMany; i += 2)
    right += same(store_->find(key_of(content(i, 900))), content(i, 900)) ? 1 : 0;
  EXPECT_EQ(right, kMany / 2);
  const std::string folder = options.directory + "/segments/";
  const auto names = sys::FileSystem::real().list(folder);
  ASSERT_TRUE(names);
  EXPECT_GT(names->size(), 40u) << "more than there are files open";
  for (const std::string& name : *names) truncate(folder + name, 4096);
  for (std::uint64_t i = 1; i < kMany; i += 2)
    EXPECT_FALSE(store_->find(key_of(content(i, 900)))) << i;
  EXPECT_EQ(store_->figures().damaged, kMany / 2);
}

TEST_F(StoreDamage, IsReplacedByStoringTheObjectAgain) {
  flip(segment_files()[0], kFirstRecord + 64 + 64 * 3);
  open();
  EXPECT_EQ(count_right(), kObjects);
  EXPECT_EQ(store_->figures().damaged, 1u);
  for (std::uint64_t i = 0; i < kObjects; ++i) put(*store_, bytes_of(i), {claim_of(i)});
  EXPECT_EQ(count_right(), kObjects + 1);
  expect_all_after_reopening();
}

TEST_F(StoreDamage, IsFoundByACheckThatChangesNothing) {
  const auto segment = segment_files()[1];
  open();
  EXPECT_EQ(store_->check(digest::sha256(kLarge)), Health::good);
  EXPECT_EQ(store_->check(digest::sha256(content(77, 77))), Health::absent);
  flip(segment, kFirstRecord + 64 + 300'000);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(store_->check(digest::sha256(kLarge)), Health::damaged);
  EXPECT_EQ(store_->figures().damaged, 0u);
  EXPECT_FALSE(store_->find(key_of(kLarge)));
  EXPECT_EQ(store_->figures().damaged, 1u);
}

class EveryByteOfASegment : public StoreTest {
 protected:
  static constexpr std::array<std::size_t, 5> kSizes{0, 1, 64, 300, 700};

  void SetUp() override {
    StoreOptions small = options();
    small.segment_bytes = 8192;
    open(small);
    for (const std::size_t size : kSizes) put(*store_, content(size, size), {claim_of(size)});
    close();
    path_ = segment_files().at(0);
  }
  /// Finds with a store that cannot write, which opens fastest. Returns how much was found.
  std::size_t find_all(FirstUse first_use) {
    std::size_t found = 0;
    test::FaultyFileSystem frozen;
    frozen.only_changes(true);
    frozen.fail_at(0, errc::io, test::FaultyFileSystem::Faults::lasting);
    StoreOptions options = this->options();
    options.file_system = &frozen;
    options.first_use = first_use;
    open(options);
    for (const std::size_t size : kSizes)
      for (const ObjectKey& key : {key_of(content(size, size)), claim_of(size)})
        if (const Blob blob = store_->find(key)) {
          EXPECT_TRUE(same(blob, content(size, size)));
          ++found;
        }
    close();
    return found;
  }
  static bool is_used(std::uint64_t at) { return at < 64 || (at >= 4096 && at < 4096 + 2600); }

  std::string path_;
};

TEST_F(EveryByteOfASegment, MayBeFlippedWithoutAWrongByteComingOut) {
  constexpr std::size_t kKeys = 2 * kSizes.size();
  ASSERT_EQ(find_all(FirstUse::fast), kKeys);
  for (std::uint64_t at = 0; at < 8192; ++at) {
    if (!is_used(at)) continue;
    SCOPED_TRACE(at);
    flip(path_, at, 1u << (at % 8));
    const auto found = find_all(at % 2 == 0 ? FirstUse::fast : FirstUse::sha256);
    EXPECT_GE(found, at < 64 ? 0 : kKeys - 2);  // one object at most
    flip(path_, at, 1u << (at % 8));
    if (HasFailure()) return;
  }
}

TEST_F(EveryByteOfASegment, MayBeFlippedBeforeTheIndexIsMadeAnew) {
  for (std::uint64_t at = 3; at < 8192; at += test::in_long_form() ? 1 : 41) {
    if (!is_used(at)) continue;
    SCOPED_TRACE(at);
    const StoreOptions copy = killed_here("copy");
    flip(copy.directory + "/segments/00000001.seg", at);
    for (const char* suffix : {"", "-wal", "-shm"})
      (void)sys::FileSystem::real().remove(copy.directory + "/index.sqlite" + suffix);
    open(copy);
    for (const std::size_t size : kSizes)
      for (const ObjectKey& key : {key_of(content(size, size)), claim_of(size)})
        if (const Blob blob = store_->find(key)) {
          EXPECT_TRUE(same(blob, content(size, size)));
        }
    EXPECT_GE(store_->figures().objects, at < 64 ? 0u : kSizes.size() - 1);
    close();
    std::filesystem::remove_all(copy.directory);
  }
}

using StorePayload = StoreTest;

TEST_F(StorePayload, ThatContainsASegmentCannotPoseAsRecords) {
  open();
  put(*store_, content(1, 1000), {claim_of(1)});
  ASSERT_TRUE(store_->flush());
  // A copy of this very segment, with its nonce and valid headers of an object and of a claim.
  const std::string path = segment_files().at(0);
  Bytes evil(16'384);
  auto file = sys::FileSystem::real().open(path, sys::Open::read);
  ASSERT_TRUE((*file)->read_at(0, evil));
  put(*store_, evil);
  // The worst place for it: the record that contains it was never finished.
  auto unfinished = store_->begin(300'000);
  Bytes more(300'000);
  for (std::size_t at = 0; at + 8192 < more.size(); at += 4096 + 64)
    std::copy_n(evil.begin() + 4096, 4096, more.begin() + static_cast<std::ptrdiff_t>(at));
  EXPECT_FALSE(unfinished->write(more));
  put(*store_, content(2, 1000));
  const StoreOptions copy = killed_here("copy");
  (void)sys::FileSystem::real().remove(copy.directory + "/index.sqlite");
  (void)sys::FileSystem::real().remove(copy.directory + "/index.sqlite-wal");
  (void)sys::FileSystem::real().remove(copy.directory + "/index.sqlite-shm");
  unfinished.reset();
  open(copy);
  EXPECT_EQ(store_->figures().objects, 3u);
  EXPECT_EQ(store_->figures().claims, 1u);
  EXPECT_TRUE(same(store_->find(claim_of(1)), content(1, 1000)));
  EXPECT_TRUE(same(store_->find(key_of(evil)), evil));
  EXPECT_TRUE(same(store_->find(key_of(content(2, 1000))), content(2, 1000)));
}

}  // namespace
}  // namespace larder::store
