#include "store/index_audit.h"

#include "store/database.h"
#include "store/schema.h"

namespace larder::store {
namespace {

Result<Database> open_to_read(const std::string& path) {
  auto database = Database::open(path, Database::Mode::read_only);
  // Nobody can write there, so the log cannot even be set up for reading.
  if (database && database->integer("SELECT count(*) FROM sqlite_schema").error() == errc::io)
    database = Database::open(path, Database::Mode::immutable);
  return database;
}

constexpr const char* kWrongCounters =
    "SELECT (SELECT count(*) FROM segment WHERE"
    "   objects != (SELECT count(*) FROM object WHERE segment = id) OR"
    "   live_bytes != (SELECT coalesce(sum(length), 0) FROM object WHERE segment = id))"
    " + ((SELECT value FROM meta WHERE key = 'claims') != (SELECT count(*) FROM claim))";

constexpr const char* kMend =
    "BEGIN IMMEDIATE;"
    "DELETE FROM claim WHERE digest NOT IN (SELECT digest FROM object);"
    "UPDATE segment SET"
    "  objects = (SELECT count(*) FROM object WHERE segment = id),"
    "  live_bytes = (SELECT coalesce(sum(length), 0) FROM object WHERE segment = id);"
    "UPDATE meta SET value = (SELECT count(*) FROM claim) WHERE key = 'claims';"
    "COMMIT;";

}  // namespace

Result<IndexState> examine_index(const std::string& path) {
  auto database = open_to_read(path);
  Result<bool> current = database ? is_current(*database) : database.error();
  Result<std::string> verdict = errc::bad_store;
  if (current) verdict = database->text("PRAGMA integrity_check(1)");
  if (verdict.error() == errc::bad_store) return IndexState::damaged;
  if (!verdict) return verdict.error();
  if (*verdict != "ok") return IndexState::damaged;
  if (*current) return IndexState::whole;
  const auto older = is_older(*database);
  if (!older) return older.error();
  return *older ? IndexState::older_version : IndexState::damaged;
}

Result<IndexAudit> audit_index(const std::string& path) {
  auto database = open_to_read(path);
  if (!database) return database.error();
  if (auto begun = database->execute("BEGIN"); !begun) return begun.error();
  IndexAudit audit;
  auto segments =
      database->prepare("SELECT id FROM segment UNION SELECT segment FROM object ORDER BY 1");
  if (!segments) return segments.error();
  Query query = segments->query();
  for (auto row = query.next(); !row || *row; row = query.next()) {
    if (!row) return row.error();
    audit.segments.push_back(query.integer(0));
  }
  const auto claims = database->integer(
      "SELECT count(*) FROM claim WHERE digest NOT IN (SELECT digest FROM object)");
  if (!claims) return claims.error();
  const auto counters = database->integer(kWrongCounters);
  if (!counters) return counters.error();
  audit.claims_to_nothing = *claims;
  audit.counters_wrong = *counters != 0;
  return audit;
}

Result<void> mend_index(const std::string& path) {
  auto database = Database::open(path, Database::Mode::create);
  if (!database) return database.error();
  return database->execute(kMend);
}

}  // namespace larder::store
