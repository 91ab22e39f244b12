// Large objects that did not come to their end, and are continued.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "store/partial_note.h"
#include "store/segment.h"
#include "store/verify.h"
#include "store_fixture.h"

namespace larder::store {
namespace {

class StorePartial : public StoreTest {
 protected:
  static constexpr std::size_t kSize = 3'000'000;
  static constexpr std::size_t kMiB = 1u << 20;

  /// A transaction that `count` bytes were written to.
  std::unique_ptr<Transaction> begin(std::size_t count, std::string_view validator = "\"v1\"") {
    auto transaction = store_->begin(kSize, about_);
    transaction->identify(validator);
    const auto part = std::span<const std::byte>(bytes_).first(count);
    for (std::size_t at = 0; at < count; at += 60'000)
      EXPECT_FALSE(transaction->write(part.subspan(at, std::min<std::size_t>(60'000, count - at))));
    return transaction;
  }
  void suspend(std::size_t count) { begin(count)->suspend(); }

  std::optional<Resumed> resume() {
    seen_.clear();
    return store_->resume(about_, [this](std::span<const std::byte> bytes) {
      seen_.insert(seen_.end(), bytes.begin(), bytes.end());
      return true;
    });
  }
  /// Continues, and finds at least `least` bytes; brings the rest.
  void bring_to_its_end(std::size_t least) {
    ASSERT_TRUE(store_->has_partial(about_.key));
    auto resumed = resume();
    ASSERT_TRUE(resumed);
    EXPECT_EQ(resumed->validator, "\"v1\"");
    EXPECT_EQ(resumed->size_bytes, kSize);
    ASSERT_EQ(resumed->written_bytes, seen_.size());
    EXPECT_GE(seen_.size(), least);
    EXPECT_TRUE(std::equal(seen_.begin(), seen_.end(), bytes_.begin()));
    EXPECT_FALSE(store_->find(about_.key)) << "it is no content yet";
    EXPECT_FALSE(
        resumed->transaction->write(std::span<const std::byte>(bytes_).subspan(seen_.size())));
    const auto blob = resumed->transaction->commit(digest::sha256(bytes_), {&about_.key, 1});
    ASSERT_TRUE(blob);
    EXPECT_TRUE(same(*blob, bytes_));
    EXPECT_TRUE(resumed->transaction->stored());
    EXPECT_FALSE(store_->has_partial(about_.key));
  }
  void expect_nothing_left() {
    EXPECT_FALSE(store_->has_partial(about_.key));
    EXPECT_FALSE(resume());
    EXPECT_TRUE(segment_files().empty());
  }

  const Bytes bytes_ = content(1, kSize);
  const About about_{.key = claim_of(1), .priority = Priority::normal};
  Bytes seen_;
};

TEST_F(StorePartial, GoesOnAfterAKill) {
  open();
  const auto transaction = begin(2 * kMiB + 70'000);
  StoreOptions killed = killed_here("killed");
  open(killed);
  bring_to_its_end(2 * kMiB);
  for (int i = 0; i < 2; ++i) {
    EXPECT_TRUE(same(store_->find(about_.key), bytes_));
    EXPECT_EQ(store_->figures().objects, 1u);
    open(killed);
  }
}

TEST_F(StorePartial, GoesOnAfterAKillThatAlsoTookTheIndex) {
  open();
  const auto transaction = begin(2 * kMiB + 70'000);
  StoreOptions killed = killed_here("killed");
  for (const char* suffix : {"", "-wal", "-shm"})
    (void)sys::FileSystem::real().remove(killed.directory + "/index.sqlite" + suffix);
  open(killed);
  bring_to_its_end(2 * kMiB);
  open(killed);
  EXPECT_TRUE(same(store_->find(about_.key), bytes_));
}

TEST_F(StorePartial, GoesOnWhereItWasSuspendedAnyNumberOfTimes) {
  open();
  suspend(1'100'000);
  EXPECT_EQ(store_->figures().objects, 0u);
  for (std::size_t count = 1'200'000; count < kSize; count += 400'000) {
    auto resumed = resume();
    ASSERT_TRUE(resumed);
    const auto more = std::span<const std::byte>(bytes_).first(count).subspan(seen_.size());
    EXPECT_FALSE(resumed->transaction->write(more));
    resumed->transaction->suspend();
    if (count % 800'000 == 0) open();
  }
  open();
  bring_to_its_end(2'800'000);
  EXPECT_EQ(segment_files().size(), 2u) << "its own, and that of its claim";
}

TEST_F(StorePartial, OutlastsTheStoreThatItWasOpenedWith) {
  open();
  auto transaction = begin(2'000'000);
  close();
  transaction->suspend();
  transaction.reset();
  open();
  bring_to_its_end(2'000'000);
}

TEST_F(StorePartial, IsNotKeptWhereItIsNoUse) {
  open();
  begin(2'000'000);  // abandoned
  expect_nothing_left();
  suspend(kMiB - 100'000);  // little
  expect_nothing_left();
  begin(2'000'000, "")->suspend();  // of who knows what
  expect_nothing_left();
  auto unknown = store_->begin(std::nullopt, about_);
  unknown->identify("\"v1\"");
  EXPECT_FALSE(unknown->write(std::span<const std::byte>(bytes_).first(2'000'000)));
  unknown->suspend();
  expect_nothing_left();
  auto nameless = store_->begin(kSize);
  nameless->identify("\"v1\"");
  EXPECT_FALSE(nameless->write(std::span<const std::byte>(bytes_).first(2'000'000)));
  nameless->suspend();
  expect_nothing_left();
}

TEST_F(StorePartial, GoesWhenItsObjectBeginsAnew) {
  open();
  suspend(2'000'000);
  EXPECT_EQ(segment_files().size(), 1u);
  auto transaction = store_->begin(kSize, about_);
  expect_nothing_left();
}

TEST_F(StorePartial, GoesWithWhatTidiesUp) {
  open();
  suspend(2'000'000);
  ASSERT_TRUE(store_->trim());
  expect_nothing_left();
  suspend(2'000'000);
  ASSERT_TRUE(store_->clear());
  expect_nothing_left();
}

TEST_F(StorePartial, GoesWhenItIsOld) {
  open();
  suspend(2'000'000);
  close();
  const std::string path = segment_files().at(0);
  auto file = sys::FileSystem::real().open(path, sys::Open::read_write);
  ASSERT_TRUE(file);
  const auto header = read_segment_header(**file, 1);
  ASSERT_TRUE(header);
  const auto note = read_note(**file, *header);
  ASSERT_TRUE(note && *note);
  for (const auto age : {std::chrono::hours(6 * 24), std::chrono::hours(8 * 24)}) {
    PartialNote older = **note;
    older.seconds -= static_cast<std::uint64_t>(std::chrono::seconds(age).count());
    ASSERT_TRUE((*file)->write_at(kNoteOffset, encode(older, header->nonce)));
    open();
    EXPECT_EQ(store_->has_partial(about_.key), age < std::chrono::hours(7 * 24));
    close();
  }
  EXPECT_TRUE(segment_files().empty());
}

TEST_F(StorePartial, IsNotKeptWherePartialsAreNotWanted) {
  open();
  suspend(2'000'000);
  StoreOptions none = options();
  none.keep_partial = std::chrono::seconds(0);
  open(none);
  expect_nothing_left();
}

TEST_F(StorePartial, GoesWhenItsObjectCameByAnotherWay) {
  open();
  auto held = begin(2'000'000);
  auto other = Store::open(options());
  ASSERT_TRUE(other);
  EXPECT_FALSE((*other)->has_partial(about_.key)) << "somebody is at work on it";
  put(**other, bytes_, {about_.key});
  other->reset();
  held->suspend();
  held.reset();
  open();
  EXPECT_FALSE(store_->has_partial(about_.key));
  EXPECT_TRUE(same(store_->find(about_.key), bytes_));
}

TEST_F(StorePartial, IsNotTakenTwice) {
  open();
  suspend(2'000'000);
  auto other = Store::open(options());
  ASSERT_TRUE(other);
  EXPECT_TRUE((*other)->has_partial(about_.key));
  const auto first = resume();
  ASSERT_TRUE(first);
  EXPECT_FALSE((*other)->resume(about_, [](std::span<const std::byte>) { return true; }));
  EXPECT_FALSE(resume());
}

TEST_F(StorePartial, StaysAsItWasWhenTheLookAtItIsStopped) {
  open();
  suspend(2'000'000);
  EXPECT_FALSE(store_->resume(about_, [](std::span<const std::byte>) { return false; }));
  bring_to_its_end(2'000'000);
}

TEST_F(StorePartial, IsGivenUpWhenItIsNotWhatWasWritten) {
  open();
  for (const std::uint64_t at :
       {kFirstRecord + kHeaderBytes, kFirstRecord + kHeaderBytes + 1'999'999}) {
    suspend(2'000'000);
    flip(segment_files().at(0), at);
    ASSERT_TRUE(store_->has_partial(about_.key));
    EXPECT_FALSE(resume());
    expect_nothing_left();
  }
  suspend(2'000'000);
  flip(segment_files().at(0), kNoteOffset + 16);
  EXPECT_FALSE(resume());
  open();
  expect_nothing_left();
  suspend(2'000'000);
  truncate(segment_files().at(0), 2'500'000);
  open();
  expect_nothing_left();
}

TEST_F(StorePartial, IsNoFindingOfAVerification) {
  open();
  suspend(2'000'000);
  put(*store_, content(2, 1000));
  close();
  for (const bool repair : {false, true}) {
    VerifyOptions verification;
    verification.directory = options().directory;
    verification.repair = repair;
    const auto report = verify(verification);
    ASSERT_TRUE(report);
    EXPECT_EQ(report->findings, 0u);
  }
  open();
  bring_to_its_end(2'000'000);
}

TEST_F(StorePartial, MakesRoomForWhatIsWantedNow) {
  StoreOptions limited = options();
  limited.quota_bytes = 16u << 20;
  open(limited);
  suspend(2'500'000);
  EXPECT_TRUE(store_->has_partial(about_.key));
  for (std::uint64_t seed = 10; seed < 400; ++seed) {
    bool stored = false;
    put(*store_, content(seed, 60'000), {}, true, 10'000, &stored);
    ASSERT_LE(store_->figures().disk_bytes, limited.quota_bytes + (1u << 20));
  }
  EXPECT_FALSE(store_->has_partial(about_.key));
  EXPECT_FALSE(resume());
  EXPECT_GT(store_->figures().object_bytes, 6u << 20);
}

TEST_F(StorePartial, CountsAgainstTheQuota) {
  StoreOptions limited = options();
  limited.quota_bytes = 8u << 20;
  open(limited);
  for (std::uint64_t path = 0; path < 10; ++path) {
    auto transaction =
        store_->begin(kSize, About{.key = claim_of(100 + path), .priority = Priority::normal});
    transaction->identify("\"v1\"");
    EXPECT_FALSE(transaction->write(std::span<const std::byte>(bytes_).first(2'000'000)));
    transaction->suspend();
    EXPECT_LE(store_->figures().disk_bytes, limited.quota_bytes);
  }
}

}  // namespace
}  // namespace larder::store
