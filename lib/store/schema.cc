#include "store/schema.h"

#include <array>
#include <string>

namespace larder::store {
namespace {

// Step n leads from version n to version n + 1; user_version says how many were taken.
constexpr std::array kSteps{
    R"sql(
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
)sql",
    // Room is reserved by segment; pins; classes. Counters are kept by the writer, once for a whole
    // transaction: a trigger for each row made dropping many objects slow.
    R"sql(
ALTER TABLE segment ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0;
ALTER TABLE object ADD COLUMN priority INTEGER NOT NULL DEFAULT 1;
CREATE TABLE pin(kind INTEGER, key BLOB, PRIMARY KEY(kind, key)) WITHOUT ROWID;
DROP TRIGGER segment_removed;
DROP TRIGGER object_added;
DROP TRIGGER object_removed;
DROP TRIGGER claim_added;
DROP TRIGGER claim_removed;
)sql",
};

Result<void> take_steps(Database& database, SegmentId highest_segment) {
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  if (*version > kSteps.size()) return errc::bad_store;
  for (auto step = *version; step < kSteps.size(); ++step)
    if (auto done = database.execute(kSteps[step]); !done) return done;
  std::string sql = "PRAGMA user_version = " + std::to_string(kSteps.size()) + ";";
  // Files of a lost index keep their numbers.
  if (*version == 0)
    sql +=
        "INSERT INTO sqlite_sequence VALUES('segment', " + std::to_string(highest_segment) + ");";
  return database.execute(sql.c_str());
}

}  // namespace

Result<void> migrate(Database& database, SegmentId highest_segment) {
  if (auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = take_steps(database, highest_segment);
  if (done) done = database.execute("COMMIT");
  if (!done) (void)database.execute("ROLLBACK");
  return done;
}

Result<bool> is_current(Database& database) noexcept {
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  return *version == kSteps.size();
}

Result<bool> is_older(Database& database) noexcept {
  const auto version = database.integer("PRAGMA user_version");
  if (!version) return version.error();
  return *version != 0 && *version < kSteps.size();
}

}  // namespace larder::store
