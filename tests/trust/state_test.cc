#include "trust/state.h"

#include <gtest/gtest.h>

#include <fstream>

#include "documents.h"
#include "support/faulty_file_system.h"
#include "support/temp_directory.h"
#include "sys/files.h"

namespace larder::trust {
namespace {

const Digest kPins = digest_of(1);

Result<void> to_version(State& state, std::uint64_t version) {
  state.floor_version = version;
  state.floor_table = digest_of(static_cast<unsigned char>(version));
  state.floor_time = at("2026-01-02T03:04:05Z");
  state.head = "head " + std::to_string(version);
  state.root = "root\n\"document\"";
  state.etag = "\"e\"";
  return {};
}

TEST(State, SurvivesTheProgram) {
  const test::TempDirectory directory;
  const std::string place = directory / "trust";
  StateFile first(place);
  const std::string install = first.load(kPins).install;
  EXPECT_EQ(install.size(), 32u);
  ASSERT_TRUE(first.update(kPins, [](State& state) { return to_version(state, 5); }));
  const State kept = first.load(kPins);
  EXPECT_EQ(kept.floor_version, 5u);
  EXPECT_EQ(kept.install, install);
  StateFile second(place);
  EXPECT_EQ(second.load(kPins), kept);
}

TEST(State, IsForgottenWithTheKeysThatVouchedForIt) {
  const test::TempDirectory directory;
  StateFile file(directory.path());
  ASSERT_TRUE(file.update(kPins, [](State& state) { return to_version(state, 5); }));
  const std::string install = file.load(kPins).install;
  const State other = file.load(digest_of(2));
  EXPECT_EQ(other.floor_version, 0u);
  EXPECT_TRUE(other.head.empty());
  EXPECT_TRUE(other.root.empty());
  EXPECT_EQ(other.install, install);  // the installation is the same
}

TEST(State, IsKeptWhenTheNewKeysVouchForItToo) {
  const test::TempDirectory directory;
  StateFile file(directory.path(), [](const State& state) { return state.head == "head 5"; });
  ASSERT_TRUE(file.update(kPins, [](State& state) { return to_version(state, 5); }));
  const State kept = file.load(digest_of(2));
  EXPECT_EQ(kept.floor_version, 5u);
  EXPECT_EQ(kept.head, "head 5");
  EXPECT_TRUE(kept.root.empty());
  ASSERT_TRUE(file.update(kPins, [](State& state) { return to_version(state, 6); }));
  EXPECT_EQ(file.load(digest_of(2)).floor_version, 0u);
}

TEST(State, WithoutADirectoryLivesInMemory) {
  StateFile file("");
  ASSERT_TRUE(file.update(kPins, [](State& state) { return to_version(state, 5); }));
  EXPECT_EQ(file.load(kPins).floor_version, 5u);
}

TEST(State, IsChangedOnTopOfWhatOtherProcessesWrote) {
  const test::TempDirectory directory;
  StateFile mine(directory.path());
  StateFile theirs(directory.path());
  static_cast<void>(mine.load(kPins));
  ASSERT_TRUE(theirs.update(kPins, [](State& state) { return to_version(state, 9); }));
  std::uint64_t seen = 0;
  ASSERT_TRUE(mine.update(kPins, [&](State& state) -> Result<void> {
    seen = state.floor_version;
    return {};
  }));
  EXPECT_EQ(seen, 9u);
}

TEST(State, StaysWhenTheChangeFails) {
  const test::TempDirectory directory;
  StateFile file(directory.path());
  ASSERT_TRUE(file.update(kPins, [](State& state) { return to_version(state, 5); }));
  const auto failed = file.update(kPins, [](State& state) -> Result<void> {
    state.floor_version = 1;
    return errc::rolled_back;
  });
  EXPECT_EQ(failed.error(), errc::rolled_back);
  EXPECT_EQ(file.load(kPins).floor_version, 5u);
}

TEST(State, OfAMalformedFileIsFresh) {
  const test::TempDirectory directory;
  StateFile file(directory.path());
  ASSERT_TRUE(file.update(kPins, [](State& state) { return to_version(state, 5); }));
  const std::string good = *sys::read_file(directory / "state.json", 1 << 20);
  for (std::size_t length = 0; length + 1 < good.size(); ++length) {
    ASSERT_TRUE(sys::replace_file(directory / "state.json", good.substr(0, length)));
    EXPECT_EQ(StateFile(directory.path()).load(kPins).floor_version, 0u) << length;
  }
}

// Whatever operation fails, the file on disk is the old or the new one, and the program knows the
// new state.
TEST(State, IsOldOrNewAfterAnyFault) {
  for (std::uint64_t n = 0;; ++n) {
    const test::TempDirectory directory;
    test::FaultyFileSystem fs;
    StateFile file(directory.path(), {}, fs);
    ASSERT_TRUE(file.update(kPins, [](State& state) { return to_version(state, 5); }));
    fs.fail_at(n);
    const auto updated = file.update(kPins, [](State& state) { return to_version(state, 6); });
    const bool failed = fs.failed();
    fs.heal();
    const std::uint64_t on_disk = StateFile(directory.path()).load(kPins).floor_version;
    EXPECT_TRUE(on_disk == 6 || (on_disk == 5 && !updated)) << n;
    ASSERT_LT(n, 100u);
    if (!failed) break;
  }
}

}  // namespace
}  // namespace larder::trust
