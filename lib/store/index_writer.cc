#include "store/index_writer.h"

#include <chrono>
#include <thread>
#include <utility>

#include "store/schema.h"

namespace larder::store {
namespace {

// A whole check of a small index costs a few milliseconds; a large one is checked as it is used.
constexpr std::uint64_t kCheckWholeBelowBytes = 4u << 20;

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
      {add_segment_, "INSERT INTO segment(kind, state, indexed_end) VALUES(?, 0, ?)"},
      {update_segment_, "UPDATE segment SET state = ?2, indexed_end = ?3 WHERE id = ?1"},
      // Its objects may have come before it, from a process that did not see the index made anew.
      {insert_segment_,
       "INSERT INTO segment(id, kind, state, indexed_end, objects, live_bytes)"
       " SELECT ?1, ?2, ?3, ?4, count(*), coalesce(sum(length), 0) FROM object WHERE segment = ?1"},
      {forget_segment_, "DELETE FROM segment WHERE id = ?"},
      {add_object_,
       "INSERT INTO object(digest, segment, offset, length) VALUES(?, ?, ?, ?)"
       " ON CONFLICT(digest) DO NOTHING"},
      {drop_object_, "DELETE FROM object WHERE digest = ?"},
      {forget_place_, "DELETE FROM object WHERE digest = ? AND segment = ? AND offset = ?"},
      {add_claim_,
       "INSERT INTO claim(key, digest) VALUES(?, ?)"
       " ON CONFLICT(key) DO UPDATE SET digest = excluded.digest"},
      {count_,
       "INSERT INTO meta(key, value) VALUES(?, ?)"
       " ON CONFLICT(key) DO UPDATE SET value = value + excluded.value"},
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

Result<SegmentId> IndexWriter::new_segment(SegmentKind kind) {
  const auto done = add_segment_.run(static_cast<std::uint64_t>(kind), kFirstRecord);
  if (!done) return done.error();
  return database_.last_id();
}

Result<void> IndexWriter::apply(std::span<const Change> changes,
                                std::span<const SegmentRow> segments) {
  if (auto begun = database_.execute("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = write_all(changes, segments);
  if (done) done = database_.execute("COMMIT");
  if (!done) (void)database_.execute("ROLLBACK");
  return done;
}

Result<void> IndexWriter::write_all(std::span<const Change> changes,
                                    std::span<const SegmentRow> segments) {
  const auto generation = read_generation();
  if (!generation) return generation.error();
  if (*generation != generation_) return errc::bad_store;
  for (const SegmentRow& row : segments)
    if (auto done = write(row); !done) return done;
  for (const Change& change : changes)
    if (auto done = write(change); !done) return done;
  return {};
}

Result<void> IndexWriter::write(const SegmentRow& row) {
  const auto state = static_cast<std::uint64_t>(row.state);
  if (auto done = update_segment_.run(row.id, state, row.indexed_end); !done) return done;
  if (database_.changes() != 0) return {};
  return insert_segment_.run(row.id, static_cast<std::uint64_t>(row.kind), state, row.indexed_end);
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
          [this](const ObjectAdded& c) {
            return add_object_.run(blob(c.digest), c.place.segment, c.place.offset, c.place.length);
          },
          [this](const ClaimAdded& c) {
            return add_claim_.run(std::span<const std::byte>(c.claim.bytes), blob(c.digest));
          },
          [this](const ObjectDropped& c) { return drop_object_.run(blob(c.digest)); },
          [this](const PlaceForgotten& c) {
            return forget_place_.run(blob(c.digest), c.place.segment, c.place.offset);
          },
          [this](const SegmentForgotten& c) { return forget_segment_.run(c.id); },
          [this](const Counted& c) { return write(c); },
      },
      change);
}

}  // namespace larder::store
