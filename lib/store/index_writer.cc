#include "store/index_writer.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <utility>

#include "store/schema.h"

namespace larder::store {
namespace {

// A whole check of a small index costs a few milliseconds; a large one is checked as it is used.
constexpr std::uint64_t kCheckWholeBelowBytes = 4u << 20;

// A transaction of more changes gets a cache that holds the index of a few hundred thousand
// objects.
constexpr std::size_t kManyChanges = 2000;

// Readers hold the log for the time of a query; who reads all rows holds it for longer.
constexpr std::chrono::milliseconds kLogPatience{500};

template <class... Alternatives>
struct Overloaded : Alternatives... {
  using Alternatives::operator()...;
};
template <class... Alternatives>
Overloaded(Alternatives...) -> Overloaded<Alternatives...>;

std::span<const std::byte> blob(const Digest& digest) noexcept {
  return digest.bytes;
}

/// Changing the journal mode does not wait for others that do the same at this moment.
Result<std::string> use_write_ahead_log(Database& database) {
  auto mode = database.text("PRAGMA journal_mode = WAL");
  for (int i = 0; i < 100 && mode.error() == errc::busy; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    mode = database.text("PRAGMA journal_mode = WAL");
  }
  return mode;
}

}  // namespace

Result<std::unique_ptr<IndexWriter>> IndexWriter::open(const std::string& path,
                                                       SegmentId highest_segment) {
  auto database = Database::open(path, Database::Mode::create);
  if (!database) return database.error();
  std::unique_ptr<IndexWriter> writer(new IndexWriter);
  writer->database_ = std::move(*database);
  writer->log_path_ = path + "-wal";
  if (const auto done = writer->configure(); !done) return done.error();
  if (const auto done = writer->check_whole(); !done) return done.error();
  auto current = is_current(writer->database_);
  if (!current) return current.error();
  if (!*current)
    if (const auto done = migrate(writer->database_, highest_segment); !done) return done.error();
  if (const auto done = writer->prepare(); !done) return done.error();
  const auto generation = writer->read_generation();
  if (!generation) return generation.error();
  writer->generation_ = *generation;
  return writer;
}

Result<void> IndexWriter::configure() {
  const auto mode = use_write_ahead_log(database_);
  if (!mode) return mode.error();
  return database_.execute(
      "PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY;"
      "PRAGMA journal_size_limit = 4194304;");
}

Result<void> IndexWriter::check_whole() {
  const auto pages = database_.integer("PRAGMA page_count");
  if (!pages) return pages.error();
  const auto page_bytes = database_.integer("PRAGMA page_size");
  if (!page_bytes) return page_bytes.error();
  if (*pages * *page_bytes > kCheckWholeBelowBytes) return {};
  const auto verdict = database_.text("PRAGMA quick_check(1)");
  if (!verdict) return verdict.error();
  return *verdict == "ok" ? Result<void>() : errc::bad_store;
}

Result<void> IndexWriter::prepare() {
  struct {
    Statement& statement;
    const char* sql;
  } const all[] = {
      {generation_query_, "SELECT value FROM meta WHERE key = 'generation'"},
      // One statement: nobody can reserve between the look at the sum and the insertion.
      {add_segment_,
       "INSERT INTO segment(kind, state, indexed_end, reserved) SELECT ?1, 0, ?2, ?3"
       " WHERE ?3 + (SELECT coalesce(sum(reserved), 0) FROM segment) <= ?4"},
      {enlarge_segment_,
       "UPDATE segment SET reserved = ?2 WHERE id = ?1"
       " AND ?2 - reserved + (SELECT sum(reserved) FROM segment) <= ?3"},
      {update_segment_,
       "UPDATE segment SET state = ?2, indexed_end = ?3, reserved = coalesce(nullif(?4, 0), "
       "reserved)"
       " WHERE id = ?1"},
      // Its objects may have come before it, from a process that did not see the index made anew.
      {insert_segment_,
       "INSERT INTO segment(id, kind, state, indexed_end, reserved, objects, live_bytes)"
       " SELECT ?1, ?2, ?3, ?4, ?5, count(*), coalesce(sum(length), 0)"
       " FROM object WHERE segment = ?1"},
      {size_segment_, "UPDATE segment SET reserved = ?2 WHERE id = ?1 AND reserved = 0"},
      {forget_segment_, "DELETE FROM segment WHERE id = ?"},
      {count_objects_,
       "UPDATE segment SET objects = objects + ?2, live_bytes = live_bytes + ?3 WHERE id = ?1"},
      {count_none_, "UPDATE segment SET objects = 0, live_bytes = 0, state = 3 WHERE id = ?"},
      {count_claims_, "UPDATE meta SET value = value + ? WHERE key = 'claims'"},
      {add_object_,
       "INSERT INTO object(digest, segment, offset, length, priority) VALUES(?, ?, ?, ?, ?)"
       " ON CONFLICT(digest) DO NOTHING"},
      {count_,
       "INSERT INTO meta(key, value) VALUES(?, ?)"
       " ON CONFLICT(key) DO UPDATE SET value = value + excluded.value"},
      {move_object_,
       "UPDATE object SET segment = ?4, offset = ?5 WHERE digest = ?1 AND segment = ?2"
       " AND offset = ?3"},
      {drop_object_, "DELETE FROM object WHERE digest = ? RETURNING segment, length"},
      {evict_object_,
       "DELETE FROM object WHERE digest = ?1"
       " AND NOT EXISTS(SELECT 1 FROM pin WHERE kind = 1 AND key = ?1)"
       " AND NOT EXISTS(SELECT 1 FROM claim JOIN pin ON kind = 2 AND pin.key = claim.key"
       "                WHERE claim.digest = ?1)"
       " RETURNING segment, length"},
      {forget_place_,
       "DELETE FROM object WHERE digest = ? AND segment = ? AND offset = ?"
       " RETURNING segment, length"},
      {empty_segment_, "DELETE FROM object WHERE segment = ?"},
      {add_claim_, "INSERT INTO claim(key, digest) VALUES(?, ?) ON CONFLICT(key) DO NOTHING"},
      {update_claim_, "UPDATE claim SET digest = ?2 WHERE key = ?1"},
      {drop_claims_, "DELETE FROM claim WHERE digest = ?"},
      {drop_claims_of_segment_,
       "DELETE FROM claim WHERE digest IN (SELECT digest FROM object WHERE segment = ?)"},
      {add_pin_, "INSERT INTO pin(kind, key) VALUES(?, ?) ON CONFLICT DO NOTHING"},
      {remove_pin_, "DELETE FROM pin WHERE kind = ? AND key = ?"},
  };
  for (const auto& [statement, sql] : all) {
    auto prepared = database_.prepare(sql);
    if (!prepared) return prepared.error();
    statement = std::move(*prepared);
  }
  return {};
}

Result<std::uint64_t> IndexWriter::read_generation() noexcept {
  Query query = generation_query_.query();
  const auto row = query.next();
  if (!row) return row.error();
  if (!*row) return errc::bad_store;
  return query.integer(0);
}

Result<std::optional<SegmentId>> IndexWriter::new_segment(SegmentKind kind,
                                                          std::uint64_t reserved_bytes,
                                                          std::uint64_t limit_bytes) {
  if (auto set = set_durable(Durable::later); !set) return set.error();
  const auto done =
      add_segment_.run(static_cast<std::uint64_t>(kind), kFirstRecord, reserved_bytes, limit_bytes);
  if (!done) return done.error();
  if (database_.changes() == 0) return std::optional<SegmentId>();
  return std::optional(database_.last_id());
}

Result<bool> IndexWriter::enlarge_segment(SegmentId id, std::uint64_t reserved_bytes,
                                          std::uint64_t limit_bytes) {
  if (auto set = set_durable(Durable::later); !set) return set.error();
  const auto done = enlarge_segment_.run(id, reserved_bytes, limit_bytes);
  if (!done) return done.error();
  return database_.changes() != 0;
}

Result<void> IndexWriter::set_durable(Durable durable) {
  if (durable_ == durable) return {};
  auto done = database_.execute(durable == Durable::now ? "PRAGMA synchronous = FULL"
                                                        : "PRAGMA synchronous = NORMAL");
  if (done) durable_ = durable;
  return done;
}

template <class Steps>
Result<void> IndexWriter::transact(const Steps& steps, Durable durable) {
  if (auto done = set_durable(durable); !done) return done;
  counts_.clear();
  claims_ = 0;
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) return begun;
  const auto generation = read_generation();
  Result<void> done = generation ? Result<void>() : generation.error();
  if (generation && *generation != generation_) done = errc::bad_store;
  if (done) done = steps();
  if (done) done = write_counts();
  if (done) done = database_.execute("COMMIT");
  if (!done) (void)database_.execute("ROLLBACK");
  return done;
}

Result<void> IndexWriter::apply(std::span<const Change> changes,
                                std::span<const SegmentRow> segments, Durable durable) {
  tidy_log();
  const bool many = changes.size() > kManyChanges;
  // Else pages would go back and forth between the cache and the log.
  if (many) (void)database_.execute("PRAGMA cache_size = -65536");
  auto done = transact([&] { return write_all(changes, segments); }, durable);
  if (many) (void)database_.execute("PRAGMA cache_size = -2000; PRAGMA shrink_memory");
  return done;
}

Result<void> IndexWriter::write_all(std::span<const Change> changes,
                                    std::span<const SegmentRow> segments) {
  for (const SegmentRow& row : segments)
    if (auto done = write(row); !done) return done;
  for (const Change& change : changes)
    if (auto done = write(change); !done) return done;
  return {};
}

Result<void> IndexWriter::write(const SegmentRow& row) {
  const auto state = static_cast<std::uint64_t>(row.state);
  if (auto done = update_segment_.run(row.id, state, row.indexed_end, row.reserved_bytes); !done)
    return done;
  if (database_.changes() != 0) return {};
  return insert_segment_.run(row.id, static_cast<std::uint64_t>(row.kind), state, row.indexed_end,
                             row.reserved_bytes);
}

Result<void> IndexWriter::write(const Counted& counted) {
  Result<void> done;
  visit_sums(*counted.tally, [&](std::string_view name, std::uint64_t value) {
    if (done && value != 0) done = count_.run(name, value);
  });
  return done;
}

Result<void> IndexWriter::write(const Change& change) {
  return std::visit(
      Overloaded{
          [this](const ObjectAdded& c) { return add(c); },
          [this](const ObjectMoved& c) { return move(c); },
          [this](const ClaimAdded& c) { return add(c); },
          [this](const ObjectDropped& c) {
            Statement& statement = c.pinned_too ? drop_object_ : evict_object_;
            return remove(c.digest, statement.query(blob(c.digest)));
          },
          [this](const PlaceForgotten& c) {
            return remove(c.digest,
                          forget_place_.query(blob(c.digest), c.place.segment, c.place.offset));
          },
          [this](const SegmentForgotten& c) {
            if (auto done = empty(c.id); !done) return done;
            return forget_segment_.run(c.id);
          },
          [this](const SegmentEmptied& c) {
            if (auto done = empty(c.id); !done) return done;
            return count_none_.run(c.id);
          },
          [this](const SegmentSized& c) { return size_segment_.run(c.id, c.reserved_bytes); },
          [this](const PinChanged& c) {
            return (c.pinned ? add_pin_ : remove_pin_)
                .run(static_cast<std::uint64_t>(c.key.kind),
                     std::span<const std::byte>(c.key.bytes));
          },
          [this](const Counted& c) { return write(c); },
      },
      change);
}

Result<void> IndexWriter::add(const ObjectAdded& added) {
  const auto& [digest, place, priority] = added;
  if (auto done = add_object_.run(blob(digest), place.segment, place.offset, place.length,
                                  static_cast<std::uint64_t>(priority));
      !done)
    return done;
  if (database_.changes() == 0) return {};
  Count& count = counts_[place.segment];
  ++count.objects;
  count.bytes += place.length;
  return {};
}

Result<void> IndexWriter::move(const ObjectMoved& moved) {
  if (auto done = move_object_.run(blob(moved.digest), moved.from.segment, moved.from.offset,
                                   moved.to.segment, moved.to.offset);
      !done)
    return done;
  if (database_.changes() == 0) return {};
  Count& from = counts_[moved.from.segment];
  --from.objects;
  from.bytes -= moved.from.length;
  Count& to = counts_[moved.to.segment];
  ++to.objects;
  to.bytes += moved.to.length;
  return {};
}

Result<void> IndexWriter::add(const ClaimAdded& added) {
  const std::span<const std::byte> key(added.claim.bytes);
  if (auto done = add_claim_.run(key, blob(added.digest)); !done) return done;
  if (database_.changes() == 0) return update_claim_.run(key, blob(added.digest));
  ++claims_;
  return {};
}

Result<void> IndexWriter::remove(const Digest& digest, Query deletion) {
  const auto row = deletion.next();
  if (!row) return row.error();
  if (!*row) return {};
  Count& count = counts_[deletion.integer(0)];
  --count.objects;
  count.bytes -= deletion.integer(1);
  if (const auto rest = deletion.next(); !rest) return rest.error();
  if (auto done = drop_claims_.run(blob(digest)); !done) return done;
  claims_ -= database_.changes();
  return {};
}

Result<void> IndexWriter::empty(SegmentId id) {
  if (auto done = drop_claims_of_segment_.run(id); !done) return done;
  claims_ -= database_.changes();
  counts_.erase(id);
  return empty_segment_.run(id);
}

Result<void> IndexWriter::write_counts() {
  for (const auto& [segment, count] : counts_)
    if (auto done = count_objects_.run(segment, count.objects, count.bytes); !done) return done;
  return claims_ == 0 ? Result<void>() : count_claims_.run(claims_);
}

Result<void> IndexWriter::clear(bool pinned_too) {
  // Deleting everything is one step for SQLite, so what stays is put aside.
  if (auto done = database_.execute(
          "CREATE TEMP TABLE IF NOT EXISTS kept AS SELECT * FROM object WHERE 0;"
          "CREATE TEMP TABLE IF NOT EXISTS kept_claim AS SELECT * FROM claim WHERE 0;");
      !done)
    return done;
  return transact([&]() -> Result<void> {
    if (auto done = database_.execute("DELETE FROM kept; DELETE FROM kept_claim"); !done)
      return done;
    if (!pinned_too)
      if (auto done = database_.execute(
              "INSERT INTO kept SELECT * FROM object WHERE digest IN"
              " (SELECT key FROM pin WHERE kind = 1 UNION"
              "  SELECT digest FROM claim JOIN pin ON kind = 2 AND pin.key = claim.key);"
              "INSERT INTO kept_claim SELECT * FROM claim WHERE digest IN"
              " (SELECT digest FROM kept)");
          !done)
        return done;
    return database_.execute(
        "DELETE FROM object; DELETE FROM claim;"
        "INSERT INTO object SELECT * FROM kept; INSERT INTO claim SELECT * FROM kept_claim;"
        "UPDATE segment SET objects = 0, live_bytes = 0;"
        "UPDATE segment SET (objects, live_bytes) ="
        "  (SELECT count(*), sum(length) FROM object WHERE segment = segment.id)"
        " WHERE id IN (SELECT segment FROM kept);"
        "UPDATE meta SET value = (SELECT count(*) FROM kept_claim) WHERE key = 'claims';"
        "DELETE FROM kept; DELETE FROM kept_claim");
  });
}

Result<void> IndexWriter::bound_log(std::uint64_t bytes) {
  constexpr std::uint64_t kFewestPages = 8;
  const auto page_bytes = database_.integer("PRAGMA page_size");
  if (!page_bytes || *page_bytes == 0) return page_bytes ? errc::bad_store : page_bytes.error();
  const std::uint64_t pages = std::max(kFewestPages, bytes / *page_bytes);
  const std::string sql = "PRAGMA wal_autocheckpoint = " + std::to_string(pages) +
                          "; PRAGMA journal_size_limit = " + std::to_string(pages * *page_bytes);
  log_bytes_ = pages * *page_bytes;
  return database_.execute(sql.c_str());
}

Result<void> IndexWriter::shrink() {
  const auto pages = database_.integer("PRAGMA page_count");
  if (!pages) return pages.error();
  const auto free = database_.integer("PRAGMA freelist_count");
  if (!free) return free.error();
  constexpr std::uint64_t kWorthwhilePages = 64;
  if (*free >= kWorthwhilePages && *free > *pages / 2)
    if (auto done = database_.execute("VACUUM"); !done) return done;
  empty_log();
  return {};
}

void IndexWriter::tidy_log() {
  std::error_code absent;
  const auto bytes = std::filesystem::file_size(log_path_, absent);
  if (log_bytes_ != 0 && !absent && bytes > 2 * log_bytes_) empty_log();
}

void IndexWriter::empty_log() {
  // SQLite waits for readers, but not for another process that is just writing back its part.
  const auto give_up = std::chrono::steady_clock::now() + kLogPatience;
  database_.set_patience(kLogPatience);
  for (;;) {
    const auto busy = database_.integer("PRAGMA wal_checkpoint(TRUNCATE)");
    if (!busy || *busy == 0 || std::chrono::steady_clock::now() > give_up) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  database_.set_patience(Database::kPatience);
}

}  // namespace larder::store
