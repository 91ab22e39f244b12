// An index of an earlier version becomes one of this version, with everything in it.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "store/database.h"
#include "store_fixture.h"

namespace larder::store {
namespace {

// Version 1 as it was made; not to be changed with the code.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta(key TEXT PRIMARY KEY, value) WITHOUT ROWID;
INSERT INTO meta VALUES('generation', random()), ('claims', 0);
CREATE TABLE segment(
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  kind INTEGER NOT NULL,
  state INTEGER NOT NULL,
  indexed_end INTEGER NOT NULL,
  objects INTEGER NOT NULL DEFAULT 0,
  live_bytes INTEGER NOT NULL DEFAULT 0);
CREATE TABLE object(
  digest BLOB PRIMARY KEY,
  segment INTEGER NOT NULL,
  offset INTEGER NOT NULL,
  length INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX object_by_place ON object(segment, offset);
CREATE TABLE claim(key BLOB PRIMARY KEY, digest BLOB NOT NULL) WITHOUT ROWID;
CREATE INDEX claim_by_digest ON claim(digest);
CREATE TRIGGER segment_removed BEFORE DELETE ON segment BEGIN
  DELETE FROM object WHERE segment = OLD.id;
END;
CREATE TRIGGER object_added AFTER INSERT ON object BEGIN
  UPDATE segment SET objects = objects + 1, live_bytes = live_bytes + NEW.length
    WHERE id = NEW.segment;
END;
CREATE TRIGGER object_removed AFTER DELETE ON object BEGIN
  UPDATE segment SET objects = objects - 1, live_bytes = live_bytes - OLD.length
    WHERE id = OLD.segment;
  DELETE FROM claim WHERE digest = OLD.digest;
END;
CREATE TRIGGER claim_added AFTER INSERT ON claim BEGIN
  UPDATE meta SET value = value + 1 WHERE key = 'claims';
END;
CREATE TRIGGER claim_removed AFTER DELETE ON claim BEGIN
  UPDATE meta SET value = value - 1 WHERE key = 'claims';
END;
PRAGMA user_version = 1;
)sql";

class StoreMigration : public StoreTest {
 protected:
  /// Makes the index of the closed store one of version 1 that says the same.
  void write_as_version_1() {
    const std::string now = directory_ / "now.sqlite";
    std::filesystem::rename(index_file(), now);
    remove_index();
    auto database = Database::open(index_file(), Database::Mode::create);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->text("PRAGMA journal_mode = WAL"));
    ASSERT_TRUE(database->execute(kVersion1));
    const std::string copy =
        "ATTACH '" + now +
        "' AS now;"
        "INSERT INTO segment(id, kind, state, indexed_end)"
        "  SELECT id, kind, state, indexed_end FROM now.segment;"
        "INSERT INTO object SELECT digest, segment, offset, length FROM now.object;"
        "INSERT INTO claim SELECT * FROM now.claim;";
    ASSERT_TRUE(database->execute(copy.c_str())) << database->message();
  }
  [[nodiscard]] std::uint64_t ask(const char* sql) {
    auto database = Database::open(index_file(), Database::Mode::read_only);
    EXPECT_TRUE(database);
    return database->integer(sql).value_or(~0u);
  }
};

TEST_F(StoreMigration, KeepsEverything) {
  open();
  for (std::uint64_t seed = 0; seed < 60; ++seed)
    put(*store_, content(seed, 20'000), {claim_of(seed)});
  const Bytes large = content(1000, 700'000);
  put(*store_, large, {claim_of(1000)});
  close();
  write_as_version_1();
  ASSERT_EQ(ask("PRAGMA user_version"), 1u);

  open();
  EXPECT_EQ(ask("PRAGMA user_version"), 2u);
  EXPECT_EQ(ask("SELECT count(*) FROM sqlite_schema WHERE type = 'trigger'"), 0u);
  EXPECT_EQ(store_->figures().objects, 61u);
  EXPECT_EQ(store_->figures().claims, 61u);
  EXPECT_EQ(store_->figures().object_bytes, 60u * 20'000 + 700'000);
  for (std::uint64_t seed = 0; seed < 60; ++seed)
    EXPECT_TRUE(same(store_->find(claim_of(seed)), content(seed, 20'000)));
  EXPECT_TRUE(same(store_->find(claim_of(1000)), large));
  // What the segments reserve is known from their files.
  std::uint64_t bytes = 0;
  for (const std::string& file : segment_files()) bytes += std::filesystem::file_size(file);
  EXPECT_EQ(ask("SELECT sum(reserved) FROM segment"), bytes);
  // Counters go on without the triggers.
  store_->drop(claim_of(7));
  put(*store_, content(2000, 500), {claim_of(2000), claim_of(2001)});
  ASSERT_TRUE(store_->flush());
  EXPECT_EQ(store_->figures().objects, 61u);
  EXPECT_EQ(store_->figures().claims, 62u);
  EXPECT_EQ(store_->figures().object_bytes, 59u * 20'000 + 700'000 + 500);
  EXPECT_EQ(ask("SELECT sum(objects) FROM segment"), ask("SELECT count(*) FROM object"));
  EXPECT_EQ(ask("SELECT sum(live_bytes) FROM segment"), ask("SELECT sum(length) FROM object"));
  EXPECT_EQ(ask("SELECT value FROM meta WHERE key = 'claims'"), ask("SELECT count(*) FROM claim"));
}

TEST_F(StoreMigration, LetsAQuotaWorkOnAnOldStore) {
  open();
  for (std::uint64_t seed = 0; seed < 200; ++seed) put(*store_, content(seed, 20'000));
  close();
  write_as_version_1();
  StoreOptions options = this->options();
  options.quota_bytes = 2u << 20;
  open(options);
  ASSERT_TRUE(store_->trim());
  EXPECT_LT(store_->figures().objects, 100u);
  EXPECT_GT(store_->figures().objects, 20u);
  EXPECT_LE(store_->figures().disk_bytes, options.quota_bytes);
}

}  // namespace
}  // namespace larder::store
