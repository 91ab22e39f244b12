// A disk that fails: verified bytes are handed out all the same, and the store stays right.
#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <vector>

#include "store_fixture.h"
#include "support/faulty_file_system.h"

namespace larder::store {
namespace {

using Faults = test::FaultyFileSystem::Faults;

class StoreFaults : public StoreTest {
 protected:
  StoreOptions faulty_options() {
    StoreOptions options = this->options();
    options.file_system = &faulty_;
    options.commit_interval = std::chrono::hours(1);  // operations come in the same order each time
    options.log = Log([this](LogLevel level, std::string_view line) {
      std::lock_guard lock(mutex_);
      if (level == LogLevel::error || level == LogLevel::info) lines_.emplace_back(line);
    });
    return options;
  }

  /// Every way into the store once. Bytes come back in any case.
  void fill(Store& store) {
    bool stored = false;
    EXPECT_TRUE(same(put(store, kSmall, {claim_of(1)}, true, 10'000, &stored), kSmall));
    EXPECT_TRUE(same(put(store, kStreamed, {}, true, 20'000, &stored), kStreamed));
    EXPECT_TRUE(same(put(store, kLarge, {claim_of(2)}, true, 50'000, &stored), kLarge));
    EXPECT_TRUE(same(put(store, kUnknown, {}, false, 50'000, &stored), kUnknown));
    auto abandoned = store.begin(kStreamed.size());
    EXPECT_FALSE(abandoned->write(kStreamed));
    abandoned.reset();
    EXPECT_TRUE(same(put(store, kLast, {claim_of(3)}, true, 50'000, &stored), kLast));
    (void)store.flush();
    for (const Bytes* bytes : all_) expect_right_or_absent(store, *bytes);
  }
  static void expect_right_or_absent(Store& store, const Bytes& bytes) {
    if (const Blob blob = store.find(key_of(bytes))) {
      EXPECT_TRUE(same(blob, bytes));
    }
  }
  /// How many objects a healthy disk shows of what is in the directory.
  std::uint64_t count_with_healthy_disk() {
    open();
    std::uint64_t found = 0;
    for (const Bytes* bytes : all_) {
      expect_right_or_absent(*store_, *bytes);
      found += store_->find(key_of(*bytes)) ? 1 : 0;
    }
    EXPECT_EQ(store_->figures().objects, found);
    EXPECT_EQ(store_->figures().damaged, 0u);
    close();
    return found;
  }

  const Bytes kSmall = content(1, 5000);
  const Bytes kStreamed = content(2, 300'000);
  const Bytes kLarge = content(3, 600'000);
  const Bytes kUnknown = content(4, 310'000);
  const Bytes kLast = content(5, 700);
  const std::vector<const Bytes*> all_{&kSmall, &kStreamed, &kLarge, &kUnknown, &kLast};
  test::FaultyFileSystem faulty_;
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

TEST_F(StoreFaults, OfAnyOneOperationLoseNoBytesAndNoTruth) {
  std::uint64_t n = 0;
  bool failed = true;
  for (; failed; ++n) {
    SCOPED_TRACE(n);
    ASSERT_LT(n, 1000u);
    faulty_.fail_at(n, n % 2 == 0 ? errc::io : errc::no_space);
    if (auto store = Store::open(faulty_options())) fill(**store);
    failed = faulty_.failed();
    faulty_.heal();
    const auto found = count_with_healthy_disk();
    if (!failed) {
      EXPECT_EQ(found, all_.size());
    }
    std::filesystem::remove_all(directory_ / "store");
    if (HasFailure()) return;
  }
  EXPECT_GT(n, 40u);
}

TEST_F(StoreFaults, OfADiskThatFillsUpLoseNoBytesAndNoTruth) {
  faulty_.only_changes(true);
  bool failed = true;
  for (std::uint64_t n = 0; failed; ++n) {
    SCOPED_TRACE(n);
    ASSERT_LT(n, 1000u);
    faulty_.heal();
    auto store = Store::open(faulty_options());
    ASSERT_TRUE(store);
    faulty_.fail_at(n, errc::no_space, Faults::lasting);
    fill(**store);
    store->reset();
    failed = faulty_.failed();
    faulty_.heal();
    (void)count_with_healthy_disk();
    std::filesystem::remove_all(directory_ / "store");
    if (HasFailure()) return;
  }
}

TEST_F(StoreFaults, AreCountedAndReportedOnceAnEpisode) {
  auto store = Store::open(faulty_options());
  ASSERT_TRUE(store);
  bool stored = false;
  put(**store, kSmall);
  for (int episode = 1; episode <= 2; ++episode) {
    faulty_.only_changes(true);
    faulty_.fail_at(0, errc::no_space, Faults::lasting);
    for (std::uint64_t i = 0; i < 5; ++i) {
      const Bytes bytes = content(i, 1000);
      EXPECT_TRUE(same(put(**store, bytes, {}, true, 500, &stored), bytes));
      EXPECT_FALSE(stored);
      EXPECT_FALSE((*store)->find(key_of(bytes)));
    }
    EXPECT_EQ((*store)->figures().write_failures, 5u * static_cast<unsigned>(episode));
    EXPECT_EQ(lines_.size(), static_cast<std::size_t>(2 * episode - 1));
    faulty_.heal();
    for (unsigned i = 0; i < 20; ++i)  // one is no proof
      put(**store, content(100 * static_cast<unsigned>(episode) + i, 1000));
    EXPECT_EQ(lines_.size(), static_cast<std::size_t>(2 * episode));
  }
  EXPECT_TRUE(same((*store)->find(key_of(kSmall)), kSmall));
}

TEST_F(StoreFaults, OfAReadOnlyDirectoryLeaveItReadable) {
  open();
  put(*store_, kSmall, {claim_of(1)});
  put(*store_, kLarge);
  close();
  faulty_.only_changes(true);
  faulty_.fail_at(0, errc::io, Faults::lasting);
  auto store = Store::open(faulty_options());
  ASSERT_TRUE(store) << store.error().message();
  EXPECT_TRUE(same((*store)->find(claim_of(1)), kSmall));
  EXPECT_TRUE(same((*store)->find(key_of(kLarge)), kLarge));
  bool stored = true;
  EXPECT_TRUE(same(put(**store, kStreamed, {claim_of(2)}, true, 10'000, &stored), kStreamed));
  EXPECT_FALSE(stored);
  EXPECT_FALSE((*store)->find(key_of(kStreamed)));
  EXPECT_TRUE((*store)->flush());
  EXPECT_EQ((*store)->figures().objects, 2u);
  EXPECT_EQ((*store)->figures().write_failures, 1u);
  (*store)->drop(claim_of(1));
  EXPECT_FALSE((*store)->find(key_of(kSmall)));
  store->reset();
  EXPECT_EQ(count_with_healthy_disk(), 2u);
}

TEST_F(StoreFaults, OfADirectoryThatCannotBeMadeAreErrors) {
  faulty_.fail_at(0, errc::no_space);
  EXPECT_EQ(Store::open(faulty_options()).error(), errc::no_space);
  faulty_.only_changes(true);
  faulty_.fail_at(0, errc::io, Faults::lasting);
  EXPECT_EQ(Store::open(faulty_options()).error(), errc::io);
}

TEST_F(StoreFaults, OfASyncMakeTheObjectsAbsentInsteadOfDoubtful) {
  auto store = Store::open(faulty_options());
  ASSERT_TRUE(store);
  put(**store, kSmall);
  put(**store, kLast);
  faulty_.only_changes(true);
  faulty_.fail_at(0, errc::io);
  EXPECT_TRUE((*store)->flush());
  ASSERT_TRUE(faulty_.failed());
  EXPECT_FALSE((*store)->find(key_of(kSmall)));
  EXPECT_EQ((*store)->figures().write_failures, 2u);
  put(**store, kSmall);  // into another segment
  EXPECT_EQ(segment_files().size(), 2u);
  store->reset();
  open();
  EXPECT_TRUE(same(store_->find(key_of(kSmall)), kSmall));
}

}  // namespace
}  // namespace larder::store
