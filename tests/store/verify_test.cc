// verify(): each kind of damage is found, named, and mended; nothing is found where nothing is
// wrong.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "store/database.h"
#include "store/record.h"
#include "store/verify.h"
#include "store_fixture.h"

namespace larder::store {
namespace {

using Kind = Finding::Kind;

class StoreVerify : public StoreTest {
 protected:
  void SetUp() override {
    open();
    for (std::uint64_t i = 0; i < 10; ++i) put(*store_, bytes_of(i), {claim_of(i)});
    put(*store_, kLarge, {claim_of(100)});
    close();
  }
  static Bytes bytes_of(std::uint64_t i) { return content(i, 1000 + i); }

  VerifyReport verify(bool repair) { return verify(options().directory, repair); }
  VerifyReport verify(const std::string& directory, bool repair) {
    findings_.clear();
    VerifyOptions options;
    options.directory = directory;
    options.repair = repair;
    options.found = [this](const Finding& finding) { findings_.push_back(finding); };
    const auto report = store::verify(options);
    EXPECT_TRUE(report) << report.error().message();
    EXPECT_EQ(report->findings, findings_.size());
    return report ? *report : VerifyReport();
  }
  /// The one finding, before and with repair; afterwards there are none.
  Finding find_and_mend() {
    const auto before = disk_state();
    EXPECT_EQ(verify(false).mended, 0u);
    EXPECT_EQ(disk_state(), before);
    EXPECT_EQ(findings_.size(), 1u);
    if (findings_.size() != 1) return {};
    const Finding found = findings_[0];
    EXPECT_NE(describe(found), "");
    EXPECT_EQ(verify(true).mended, 1u);
    EXPECT_EQ(findings_.size(), 1u);
    EXPECT_EQ(findings_.at(0).kind, found.kind);
    EXPECT_EQ(verify(false).findings, 0u);
    return found;
  }
  /// Sizes and times of the segments: what a look must leave alone.
  std::vector<std::string> disk_state() const {
    std::vector<std::string> state;
    for (const std::string& path : segment_files())
      state.push_back(path + std::to_string(std::filesystem::file_size(path)) +
                      std::to_string(std::filesystem::last_write_time(path).time_since_epoch() /
                                     std::chrono::nanoseconds(1)));
    return state;
  }
  void sql(const char* statements) {
    auto database = Database::open(index_file(), Database::Mode::create);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute(statements)) << database->message();
  }
  std::uint64_t count_right() {
    open();
    std::uint64_t right = 0;
    for (std::uint64_t i = 0; i < 10; ++i) right += same(store_->find(claim_of(i)), bytes_of(i));
    right += same(store_->find(claim_of(100)), kLarge);
    EXPECT_EQ(store_->figures().objects, right);
    EXPECT_EQ(store_->figures().claims, right);
    close();
    return right;
  }

  const Bytes kLarge = content(1000, 600'000);
  std::vector<Finding> findings_;
};

TEST_F(StoreVerify, FindsNothingWrongWithAWholeStore) {
  const VerifyReport report = verify(false);
  EXPECT_EQ(report.findings, 0u);
  EXPECT_EQ(report.objects, 11u);
  EXPECT_EQ(report.segments, 2u);
  EXPECT_EQ(report.bytes, 10 * 1000 + 45 + kLarge.size());
  EXPECT_EQ(verify(true).findings, 0u);
  EXPECT_EQ(count_right(), 11u);
}

TEST_F(StoreVerify, ReportsProgressUpToTheEnd) {
  VerifyOptions options;
  options.directory = this->options().directory;
  std::uint64_t last = 0;
  std::uint64_t of = 0;
  options.progress = [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_GE(done, last);
    last = done;
    of = total;
  };
  ASSERT_TRUE(store::verify(options));
  EXPECT_EQ(last, 10 * 1000 + 45 + kLarge.size());
  EXPECT_EQ(of, last);
}

TEST_F(StoreVerify, FindsADamagedObject) {
  flip(segment_files()[1], kFirstRecord + 64 + 300'000);
  const Finding found = find_and_mend();
  EXPECT_EQ(found.kind, Kind::object_damaged);
  EXPECT_EQ(found.segment, 2u);
  EXPECT_EQ(found.object, digest::sha256(kLarge));
  EXPECT_EQ(count_right(), 10u);
}

TEST_F(StoreVerify, FindsADamagedRecordHeader) {
  flip(segment_files()[0], kFirstRecord + 50);
  EXPECT_EQ(find_and_mend().object, digest::sha256(bytes_of(0)));
  EXPECT_EQ(count_right(), 10u);
}

TEST_F(StoreVerify, FindsATruncatedSegment) {
  truncate(segment_files()[1], 10'000);
  EXPECT_EQ(find_and_mend().kind, Kind::object_damaged);
  EXPECT_EQ(count_right(), 10u);
}

TEST_F(StoreVerify, FindsAMissingSegment) {
  ASSERT_TRUE(sys::FileSystem::real().remove(segment_files()[0]));
  const Finding found = find_and_mend();
  EXPECT_EQ(found.kind, Kind::segment_missing);
  EXPECT_EQ(found.segment, 1u);
  EXPECT_EQ(found.count, 10u);
  EXPECT_EQ(count_right(), 1u);
}

TEST_F(StoreVerify, FindsADamagedSegmentHeader) {
  flip(segment_files()[0], 20);
  const Finding found = find_and_mend();
  EXPECT_EQ(found.kind, Kind::segment_unreadable);
  EXPECT_EQ(found.count, 10u);
  EXPECT_EQ(segment_files().size(), 1u);
  EXPECT_EQ(count_right(), 1u);
}

TEST_F(StoreVerify, LeavesASegmentOfANewerVersionAlone) {
  const std::string path = segment_files()[1];
  HeaderBytes raw{};
  const auto file = sys::FileSystem::real().open(path, sys::Open::read);
  ASSERT_TRUE(file && (*file)->read_at(0, raw));
  raw[8] = std::byte{2};
  const std::uint64_t checksum = fast_checksum(std::span(raw).first(56));
  for (int i = 0; i < 8; ++i) raw[56 + i] = static_cast<std::byte>(checksum >> (8 * i));
  overwrite(path, 0, raw);
  EXPECT_EQ(verify(true).mended, 0u);
  ASSERT_EQ(findings_.size(), 1u);
  EXPECT_EQ(findings_[0].kind, Kind::segment_newer);
  EXPECT_EQ(segment_files().size(), 2u);
}

TEST_F(StoreVerify, FindsAnOrphanedSegment) {
  sql("DELETE FROM segment WHERE id = 2; DELETE FROM object WHERE segment = 2;");
  sql("DELETE FROM claim WHERE digest NOT IN (SELECT digest FROM object);"
      "UPDATE meta SET value = (SELECT count(*) FROM claim) WHERE key = 'claims'");
  const Finding found = find_and_mend();
  EXPECT_EQ(found.kind, Kind::segment_orphaned);
  EXPECT_EQ(found.segment, 2u);
  EXPECT_EQ(found.count, 1u);
  open();
  EXPECT_TRUE(same(store_->find(key_of(kLarge)), kLarge));
}

TEST_F(StoreVerify, FindsRecordsOfAKilledProcess) {
  StoreOptions slow = options();
  slow.commit_interval = std::chrono::hours(1);
  open(slow);
  put(*store_, content(50, 2000), {claim_of(50)});
  const std::string killed = killed_here("killed").directory;
  close();
  EXPECT_EQ(verify(killed, false).findings, 1u);
  EXPECT_EQ(findings_.at(0).kind, Kind::records_without_row);
  EXPECT_EQ(findings_.at(0).count, 1u);
  EXPECT_EQ(verify(killed, true).mended, 1u);
  EXPECT_EQ(verify(killed, false).findings, 0u);
  EXPECT_EQ(verify(killed, false).objects, 12u);
}

TEST_F(StoreVerify, FindsNothingWhenRecoveryLostAnObjectButNotItsClaim) {
  StoreOptions slow = options();
  slow.commit_interval = std::chrono::hours(1);
  open(slow);
  put(*store_, content(50, 600'000), {claim_of(50)});  // segment 3, its claim is in segment 1
  const StoreOptions killed = killed_here("killed");
  close();
  ASSERT_TRUE(sys::FileSystem::real().remove(killed.directory + "/segments/00000003.seg"));
  open(killed);
  EXPECT_FALSE(store_->find(claim_of(50)));
  close();
  EXPECT_EQ(verify(killed.directory, false).findings, 0u);
}

TEST_F(StoreVerify, FindsClaimsToNothing) {
  sql("INSERT INTO claim VALUES(zeroblob(32), zeroblob(32));"
      "UPDATE meta SET value = (SELECT count(*) FROM claim) WHERE key = 'claims'");
  const Finding found = find_and_mend();
  EXPECT_EQ(found.kind, Kind::claims_to_nothing);
  EXPECT_EQ(found.count, 1u);
  EXPECT_EQ(count_right(), 11u);
}

TEST_F(StoreVerify, FindsWrongCounters) {
  sql("UPDATE segment SET live_bytes = live_bytes + 1 WHERE id = 1");
  EXPECT_EQ(find_and_mend().kind, Kind::counters_wrong);
  sql("UPDATE meta SET value = 5 WHERE key = 'claims'");
  EXPECT_EQ(find_and_mend().kind, Kind::counters_wrong);
  EXPECT_EQ(count_right(), 11u);
}

TEST_F(StoreVerify, FindsADamagedIndex) {
  const auto size = sys::FileSystem::real().status(index_file())->size_bytes;
  for (std::uint64_t from = 4096; from < size; from += 4096)
    overwrite(index_file(), from, content(from, 4096));
  EXPECT_EQ(find_and_mend().kind, Kind::index_damaged);
  EXPECT_EQ(count_right(), 11u);
}

TEST_F(StoreVerify, FindsAMissingIndex) {
  remove_index();
  EXPECT_EQ(find_and_mend().kind, Kind::index_damaged);
  EXPECT_EQ(count_right(), 11u);
}

TEST_F(StoreVerify, IsAnErrorWithoutAStore) {
  VerifyOptions options;
  options.directory = directory_ / "nothing";
  EXPECT_EQ(store::verify(options).error(), errc::not_found);
}

TEST_F(StoreVerify, FindsNothingInAStoreThatIsBusy) {
  open();
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint64_t seed = 2000; !done; ++seed) {
      put(*store_, content(seed, 500 + seed % 5000), {claim_of(seed)});
      if (seed % 50 == 0) put(*store_, content(seed, 550'000));
      if (seed % 3 == 0) store_->drop(claim_of(seed - 20));
    }
  });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(verify(i % 2 == 1).findings, 0u) << describe(findings_[0]);
  done = true;
  writer.join();
}

}  // namespace
}  // namespace larder::store
