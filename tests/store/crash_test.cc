// Power cuts: whatever a disk may have left, the store opens, serves what it promised to keep, and
// serves nothing else than right bytes. LARDER_TEST_LONG=1 tries every moment many times.
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "disk_watch.h"
#include "recorded_writer.h"
#include "store/quota.h"
#include "store/verify.h"
#include "support/crashed_disk.h"
#include "support/long_form.h"

namespace larder::store {
namespace {

using Cut = test::CrashedDisk::Cut;

StoreOptions small_options() {
  StoreOptions options;
  options.segment_bytes = 128u << 10;
  options.large_object_bytes = 40u << 10;
  return options;
}

/// Every way into the store, with several segments, and every way of ending.
void write_much(RecordedWriter& writer) {
  writer.open();
  writer.put(1, 100, 1);
  writer.put(2, 5000, 2);
  writer.flush();
  writer.put(3, 0, 3);
  writer.put(4, 20'000, 4, /*known_size=*/false);
  writer.put(5, 60'000, 5);  // a segment of its own
  writer.flush();
  writer.put(6, 3000);
  writer.claim(1, 6);  // named another object before
  auto slow = writer.begin(7, 30'000);
  auto abandoned = writer.begin(8, 10'000);
  writer.put(9, 2000, 9);
  writer.flush();
  writer.drop(2);
  abandoned.reset();
  writer.commit(std::move(slow), 7);
  writer.put(10, 500, 10);
  writer.flush();
  writer.close();

  writer.open();
  for (Seed seed = 20; seed < 28; ++seed) writer.put(seed, 9000 + seed, seed);  // fills the segment
  writer.flush();
  writer.put(30, 300'000, 30, /*known_size=*/false);  // streamed, in a segment that grows
  writer.put(31, 7000, 31);
  writer.be_killed();

  writer.put(2, 5000, 2);  // again
  writer.put(40, 4000, 40);
  writer.flush();
  writer.put(41, 45'000, 41);
  writer.be_killed();
  writer.drop(40);
  writer.put(42, 600, 42);
  writer.close();
}

/// A quota that several segments of a few objects fill many times over.
StoreOptions tight_options() {
  StoreOptions options = small_options();
  options.quota_bytes = 512u << 10;
  return options;
}

/// Objects come and go; what lives is moved; files of segments are removed.
void write_over_the_quota(RecordedWriter& writer) {
  writer.open();
  constexpr Seed kObjects = 330;
  for (Seed seed = 1; seed <= kObjects; ++seed) {
    const std::size_t size = seed % 40 == 0 ? 20'000 : 400 + seed * 7919 % 3000;
    writer.put(seed, size, seed, /*known_size=*/seed % 3 != 0);
    if (seed % 25 == 0) writer.flush();
    if (seed == 10 || seed == 90) writer.pin(seed);
    if (seed % 120 == 0) writer.be_killed();
    // Some are wanted again and again.
    for (Seed used = 1; used <= 60 && used < seed; used += 7)
      static_cast<void>(writer.store().find(writer.objects().at(used).key));
  }
  const StoreFigures figures = writer.store().figures();
  EXPECT_GT(figures.evictions, 20u);
  EXPECT_GT(figures.reinsertions, 20u);
  writer.close();
}

/// `store` keeps `promise` and serves nothing but what `writer` wrote.
/// Empty, or what is wrong.
std::string check(Store& store, const RecordedWriter& writer, const Promise& promise) {
  for (const auto& [seed, object] : writer.objects()) {
    const Blob blob = store.find(object.key);
    if (blob && !same(blob, object.bytes)) return "wrong bytes of object " + std::to_string(seed);
    if (!blob && promise.objects.contains(seed)) return "lost object " + std::to_string(seed);
  }
  for (const auto& [claim, seeds] : writer.claims()) {
    const Blob blob = store.find(claim_of(claim));
    const auto promised = promise.claims.find(claim);
    if (!blob && promised != promise.claims.end()) return "lost claim " + std::to_string(claim);
    bool right = !blob;
    for (const Seed seed : seeds)
      right = right || ((promised == promise.claims.end() || promised->second == seed) &&
                        same(blob, writer.objects().at(seed).bytes));
    if (!right) return "wrong bytes of claim " + std::to_string(claim);
  }
  // Not even tried: rows speak of bytes that are there.
  if (store.figures().damaged != 0) return "rows of objects that are not there";
  return {};
}

/// Opens what a power cut left, twice, with a write in between. Empty, or what is wrong.
std::string check_state(StoreOptions options, const RecordedWriter& writer,
                        const Promise& promise) {
  auto store = Store::open(options);
  if (!store) return "does not open: " + store.error().message();
  if (auto wrong = check(**store, writer, promise); !wrong.empty()) return wrong;
  const Bytes fresh = content(1000, 8000);
  bool stored = false;
  put(**store, fresh, {claim_of(1000)}, true, 10'000, &stored);
  if (!stored) return "cannot write any more";
  if (auto done = (*store)->flush(); !done) return "cannot flush: " + done.error().message();
  store->reset();
  store = Store::open(options);
  if (!store) return "does not open again: " + store.error().message();
  if (!same((*store)->find(claim_of(1000)), fresh)) return "lost what was written after recovery";
  if (auto wrong = check(**store, writer, promise); !wrong.empty()) return "later: " + wrong;
  store->reset();
  std::string found;
  VerifyOptions verification;
  verification.directory = options.directory;
  verification.threads = 1;
  verification.found = [&](const Finding& finding) { found = describe(finding); };
  if (auto verified = verify(verification); !verified) return "cannot be verified";
  return found;
}

struct Outcome {
  std::size_t states = 0;
  std::vector<std::string> violations;
};

/// What a power cut left is brought below the quota again. Empty, or what is wrong.
std::string check_quota(StoreOptions options) {
  auto store = Store::open(options);
  if (!store) return "does not open with its quota: " + store.error().message();
  if (auto done = (*store)->trim(); !done) return "cannot be trimmed: " + done.error().message();
  const auto most = options.quota_bytes + Quota::segment_bytes(options.quota_bytes, ~0ull);
  const auto bytes = bytes_in(options.directory);
  return bytes <= most ? std::string() : "takes " + std::to_string(bytes) + " bytes";
}

/// Cuts the power after each operation that `writer` recorded and `is_real` lets through; random
/// states beside the two extremes, about `max_states` in all.
Outcome cut_everywhere(const RecordedWriter& writer, FirstUse first_use, std::size_t max_states,
                       const std::function<bool(const test::DiskOperation&)>& is_real) {
  const auto operations = writer.log().operations();
  const std::size_t each = std::max<std::size_t>(4, max_states / operations.size());
  const double share =
      static_cast<double>(max_states) / static_cast<double>(each * operations.size());
  std::mt19937_64 random(7);
  test::CrashedDisk disk;
  Outcome outcome;
  for (std::size_t n = 0; n < operations.size(); ++n) {
    if (!is_real(operations[n])) continue;
    disk.apply(operations[n]);
    for (std::size_t i = 0; i < (disk.is_settled() ? 1 : each); ++i) {
      if (std::generate_canonical<double, 32>(random) > share) continue;
      const Cut cut = i == 0 ? Cut::lose_all : i == 1 ? Cut::keep_all : Cut::random;
      const test::TempDirectory state(test::memory_directory());
      disk.write_state(state.path(), cut, random);
      StoreOptions options = small_options();
      options.directory = state / "store";
      options.first_use = first_use;
      ++outcome.states;
      // Without its quota, which would allow it to lose anything.
      auto wrong = check_state(options, writer, writer.promised_after(n + 1));
      options.quota_bytes = writer.options().quota_bytes;
      if (wrong.empty() && options.quota_bytes != 0) wrong = check_quota(options);
      if (!wrong.empty())
        outcome.violations.push_back("after operation " + std::to_string(n) + ", state " +
                                     std::to_string(i) + ": " + wrong);
    }
  }
  return outcome;
}

bool every_operation(const test::DiskOperation&) {
  return true;
}

std::size_t states_to_try() {
  return test::in_long_form() ? 20'000 : 200;
}

std::string name_of_policy(const ::testing::TestParamInfo<FirstUse>& info) {
  constexpr std::array kNames{"None", "Fast", "Sha256"};
  return kNames.at(static_cast<std::size_t>(info.param));
}

/// The one state in which nothing is left that was not synced.
std::string check_without_the_unsynced(const RecordedWriter& writer) {
  std::mt19937_64 random;
  test::CrashedDisk disk;
  for (const auto& operation : writer.log().operations()) disk.apply(operation);
  const test::TempDirectory state(test::memory_directory());
  disk.write_state(state.path(), Cut::lose_all, random);
  StoreOptions options = small_options();
  options.directory = state / "store";
  return check_state(options, writer, writer.promised_after(writer.log().size()));
}

TEST(StorePowerCut, LeavesTheDirectoriesOfAFlushedStore) {
  RecordedWriter writer(small_options());
  writer.open();
  writer.put(1, 100);
  writer.flush();
  EXPECT_EQ(check_without_the_unsynced(writer), "");
}

TEST(StorePowerCut, LeavesWhatWasRecoveredFromAKilledProcess) {
  RecordedWriter writer(small_options());
  writer.open();
  writer.put(1, 60'000);  // a segment of its own
  writer.put(2, 100);
  writer.be_killed();
  writer.put(3, 100);
  writer.flush();
  EXPECT_EQ(check_without_the_unsynced(writer), "");
}

/// What a power cut left of `bytes`, of which some came. Empty, or what is wrong.
std::string check_partial(const StoreOptions& options, const About& about, const Bytes& bytes,
                          int& resumed) {
  auto store = Store::open(options);
  if (!store) return "does not open: " + store.error().message();
  if (const Blob blob = (*store)->find(about.key)) return same(blob, bytes) ? "" : "wrong bytes";
  Bytes seen;
  auto rest = (*store)->resume(about, [&](std::span<const std::byte> part) {
    seen.insert(seen.end(), part.begin(), part.end());
    return true;
  });
  if (!rest) return (*store)->has_partial(about.key) ? "kept what cannot be continued" : "";
  ++resumed;
  if (!std::equal(seen.begin(), seen.end(), bytes.begin())) return "continues with wrong bytes";
  if (rest->transaction->write(std::span<const std::byte>(bytes).subspan(seen.size())))
    return "cannot be continued";
  const auto blob = rest->transaction->commit(digest::sha256(bytes), {&about.key, 1});
  if (!blob || !same(*blob, bytes) || !rest->transaction->stored()) return "is not stored";
  return {};
}

TEST(StorePowerCut, LeavesOfALargeObjectWhatCameOrNothing) {
  const Bytes bytes = content(1, 3'000'000);
  const About about{.key = claim_of(77), .priority = Priority::normal};
  const auto part = [&](std::size_t from, std::size_t to) {
    return std::span<const std::byte>(bytes).subspan(from, to - from);
  };
  RecordedWriter writer(small_options());
  writer.open();
  auto transaction = writer.store().begin(bytes.size(), about);
  transaction->identify("\"v1\"");
  for (std::size_t at = 0; at < 2'200'000; at += 200'000)
    ASSERT_FALSE(transaction->write(part(at, at + 200'000)));
  transaction->suspend();
  writer.flush();
  auto rest = writer.store().resume(about, [](std::span<const std::byte>) { return true; });
  ASSERT_TRUE(rest);
  ASSERT_FALSE(rest->transaction->write(part(2'200'000, bytes.size())));
  ASSERT_TRUE(rest->transaction->commit(digest::sha256(bytes), {&about.key, 1}));
  writer.close();

  std::mt19937_64 random(7);
  test::CrashedDisk disk;
  int resumed = 0;
  for (const auto& operation : writer.log().operations()) {
    disk.apply(operation);
    for (const Cut cut : {Cut::lose_all, Cut::keep_all, Cut::random}) {
      const test::TempDirectory state(test::memory_directory());
      disk.write_state(state.path(), cut, random);
      StoreOptions options = small_options();
      options.directory = state / "store";
      ASSERT_EQ(check_partial(options, about, bytes, resumed), "");
    }
  }
  EXPECT_GT(resumed, 5);
}

class StoreAfterAPowerCut : public ::testing::TestWithParam<FirstUse> {};

TEST_P(StoreAfterAPowerCut, KeepsItsPromisesAndServesNoWrongByte) {
  RecordedWriter writer(small_options());
  write_much(writer);
  const Outcome outcome = cut_everywhere(writer, GetParam(), states_to_try(), every_operation);
  EXPECT_TRUE(outcome.violations.empty()) << outcome.violations.size() << " of " << outcome.states
                                          << ", the first " << outcome.violations.front();
  EXPECT_GT(outcome.states, states_to_try() / 2);
  RecordProperty("states", static_cast<int>(outcome.states));
}

TEST_P(StoreAfterAPowerCut, KeepsWhatItsQuotaDidNotDrop) {
  RecordedWriter writer(tight_options());
  write_over_the_quota(writer);
  const std::size_t states = states_to_try() / 2;
  const Outcome outcome = cut_everywhere(writer, GetParam(), states, every_operation);
  EXPECT_TRUE(outcome.violations.empty()) << outcome.violations.size() << " of " << outcome.states
                                          << ", the first " << outcome.violations.front();
  EXPECT_GT(outcome.states, states / 2);
}

// Without any check of bytes at their first use, too: order of writing alone has to be enough.
INSTANTIATE_TEST_SUITE_P(WithFirstUse, StoreAfterAPowerCut,
                         ::testing::Values(FirstUse::none, FirstUse::fast, FirstUse::sha256),
                         name_of_policy);

/// The test above can fail: it does on disks that forget to sync something.
class StoreOnALyingDisk : public ::testing::Test {
 protected:
  static std::size_t violations_without(test::DiskOperation::Kind kind, std::string_view suffix) {
    RecordedWriter writer(small_options());
    write_much(writer);
    return violations_without(kind, suffix, writer);
  }
  static std::size_t violations_without(test::DiskOperation::Kind kind, std::string_view suffix,
                                        const RecordedWriter& writer) {
    return cut_everywhere(writer, FirstUse::fast, 100,
                          [&](const test::DiskOperation& operation) {
                            return operation.kind != kind || !operation.path.ends_with(suffix);
                          })
        .violations.size();
  }
};

TEST_F(StoreOnALyingDisk, IsCaughtWhenSegmentsAreNotSynced) {
  EXPECT_GT(violations_without(test::DiskOperation::Kind::sync, ".seg"), 0u);
}

TEST_F(StoreOnALyingDisk, IsCaughtWhenTheLogOfTheIndexIsNotSynced) {
  EXPECT_GT(violations_without(test::DiskOperation::Kind::sync, "-wal"), 0u);
}

TEST_F(StoreOnALyingDisk, IsCaughtWhenWhatIsMovedIsNotSynced) {
  RecordedWriter writer(tight_options());
  write_over_the_quota(writer);
  EXPECT_GT(violations_without(test::DiskOperation::Kind::sync, ".seg", writer), 0u);
}

TEST_F(StoreOnALyingDisk, IsCaughtWhenNamesOfSegmentsAreNotSynced) {
  EXPECT_GT(violations_without(test::DiskOperation::Kind::sync_directory, "segments"), 0u);
}

}  // namespace
}  // namespace larder::store
