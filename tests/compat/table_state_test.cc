#include "compat/table_state.h"

#include <gtest/gtest.h>

#include <string>

#include "support/faulty_file_system.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::compat {
namespace {

TEST(TableState, RemembersNothingWithoutADirectory) {
  TableState state("");
  TableState::Current current;
  current.id = "x";
  EXPECT_TRUE(state.save(current, "table"));
  EXPECT_EQ(state.load().id, "");
}

TEST(TableState, GivesBackWhatItWasGiven) {
  test::TempDirectory scratch;
  TableState::Current current{"id", "bundle", "\"etag\"", 42, ""};
  TableState state(scratch / "state");
  ASSERT_TRUE(state.save(current, "the table"));
  ASSERT_TRUE(state.save_names(current, "the names"));

  const TableState later(scratch / "state");
  const auto loaded = later.load();
  EXPECT_EQ(loaded.id, "id");
  EXPECT_EQ(loaded.bundle_id, "bundle");
  EXPECT_EQ(loaded.etag, "\"etag\"");
  EXPECT_EQ(loaded.checked_at, 42);
  EXPECT_EQ(*later.load_table(loaded), "the table");
  EXPECT_EQ(*later.load_names(loaded), "the names");
}

TEST(TableState, RemovesTheTablesOfThePast) {
  test::TempDirectory scratch;
  TableState state(scratch / "state");
  TableState::Current current;
  for (int version = 0; version < 5; ++version) {
    current.id = std::to_string(version);
    ASSERT_TRUE(state.save(current, "table " + current.id));
    ASSERT_TRUE(state.save_names(current, "names " + current.id));
  }
  int files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(scratch / "state"))
    ++files;
  EXPECT_EQ(files, 4) << "current.json, one table, one name list, the lock";
}

TEST(TableState, NeverLeavesItsDirectory) {
  test::TempDirectory scratch;
  test::write_file(scratch / "secret", "secret");
  test::write_file(scratch / "state/current.json",
                   R"({"id":"x","table_file":"table-/../../secret"})");
  const TableState state(scratch / "state");
  EXPECT_EQ(state.load().table_file, "");
  EXPECT_FALSE(state.load_table(state.load()));
}

// Whatever operation fails, what is current afterwards is the old or the new table, whole.
TEST(TableState, IsOldOrNewWhateverFails) {
  for (int fail_at = 0;; ++fail_at) {
    test::TempDirectory scratch;
    TableState::Current current;
    current.id = "old";
    ASSERT_TRUE(TableState(scratch / "state").save(current, "old table"));

    test::FaultyFileSystem faulty;
    faulty.fail_at(static_cast<std::uint64_t>(fail_at));
    TableState state(scratch / "state", faulty);
    current.id = "new";
    const auto saved = state.save(current, "new table");

    const TableState later(scratch / "state");
    const auto loaded = later.load();
    const auto table = later.load_table(loaded);
    ASSERT_TRUE(table) << "operation " << fail_at;
    ASSERT_EQ(*table, loaded.id + " table") << "operation " << fail_at;
    if (saved) {
      ASSERT_EQ(loaded.id, "new") << "operation " << fail_at;
    }
    if (!faulty.failed()) {
      ASSERT_TRUE(saved);
      break;
    }
  }
}

}  // namespace
}  // namespace larder::compat
