#include "store/index_reader.h"

#include <algorithm>
#include <map>
#include <utility>

#include "store/schema.h"

namespace larder::store {
namespace {

/// False for a row that only a damaged index can hold.
bool read(const Query& row, Found& into) noexcept {
  const auto digest = row.blob(0);
  if (digest.size() != into.digest.bytes.size()) return false;
  std::copy(digest.begin(), digest.end(), into.digest.bytes.begin());
  into.place = {row.integer(1), row.integer(2), row.integer(3)};
  return true;
}

SegmentRow read_segment(const Query& row) noexcept {
  return {row.integer(0), static_cast<SegmentKind>(row.integer(1)),
          static_cast<SegmentState>(row.integer(2)), row.integer(3)};
}

Result<Database> connect(const std::string& path, Database::Mode mode) {
  auto database = Database::open(path, mode);
  if (!database) return database;
  const auto current = is_current(*database);
  if (!current) return current.error();
  if (!*current) return errc::bad_store;
  return database;
}

}  // namespace

Result<std::unique_ptr<IndexReader>> IndexReader::open(const std::string& path,
                                                       bool may_be_immutable) {
  auto database = connect(path, Database::Mode::read_only);
  // There the log cannot even be set up for reading.
  if (database.error() == errc::io && may_be_immutable)
    database = connect(path, Database::Mode::immutable);
  if (!database) return database.error();
  std::unique_ptr<IndexReader> reader(new IndexReader);
  reader->database_ = std::move(*database);
  if (const auto ready = reader->prepare(); !ready) return ready.error();
  return reader;
}

Result<void> IndexReader::prepare() {
  auto by_digest =
      database_.prepare("SELECT digest, segment, offset, length FROM object WHERE digest = ?");
  if (!by_digest) return by_digest.error();
  auto by_claim = database_.prepare(
      "SELECT object.digest, segment, offset, length FROM claim JOIN object USING (digest)"
      " WHERE key = ?");
  if (!by_claim) return by_claim.error();
  auto segment = database_.prepare("SELECT id, kind, state, indexed_end FROM segment WHERE id = ?");
  if (!segment) return segment.error();
  const auto generation = database_.integer("SELECT value FROM meta WHERE key = 'generation'");
  if (!generation) return generation.error();
  by_digest_ = std::move(*by_digest);
  by_claim_ = std::move(*by_claim);
  segment_ = std::move(*segment);
  generation_ = *generation;
  return {};
}

Result<std::optional<Found>> IndexReader::find(const ObjectKey& key) {
  Statement& statement = key.kind == ObjectKey::Kind::claim ? by_claim_ : by_digest_;
  Query query = statement.query(std::span<const std::byte>(key.bytes));
  const auto row = query.next();
  if (!row) return row.error();
  if (!*row) return std::optional<Found>();
  Found found;
  if (!read(query, found)) return errc::bad_store;
  return std::optional(found);
}

Result<IndexFigures> IndexReader::figures() {
  auto statement = database_.prepare(
      "SELECT count(*), sum(objects), sum(live_bytes),"
      " (SELECT value FROM meta WHERE key = 'claims') FROM segment");
  if (!statement) return statement.error();
  Query query = statement->query();
  const auto row = query.next();
  if (!row) return row.error();
  if (!*row) return errc::bad_store;
  return IndexFigures{query.integer(0), query.integer(1), query.integer(2), query.integer(3)};
}

Result<void> IndexReader::visit(const std::function<bool(const Found&)>& each) {
  auto statement = database_.prepare("SELECT digest, segment, offset, length FROM object");
  if (!statement) return statement.error();
  return visit_rows(statement->query(), each);
}

Result<void> IndexReader::visit_segment(SegmentId id,
                                        const std::function<bool(const Found&)>& each) {
  auto statement = database_.prepare(
      "SELECT digest, segment, offset, length FROM object WHERE segment = ? ORDER BY offset");
  if (!statement) return statement.error();
  return visit_rows(statement->query(id), each);
}

Result<void> IndexReader::visit_rows(Query query, const std::function<bool(const Found&)>& each) {
  for (;;) {
    const auto row = query.next();
    if (!row) return row.error();
    if (!*row) return {};
    Found found;
    if (!read(query, found)) return errc::bad_store;
    if (!each(found)) return {};
  }
}

Result<Tally> IndexReader::life() {
  auto statement =
      database_.prepare("SELECT key, value FROM meta WHERE key >= 'life.' AND key < 'life/'");
  if (!statement) return statement.error();
  Query query = statement->query();
  std::map<std::string, std::uint64_t> sums;
  for (;;) {
    const auto row = query.next();
    if (!row) return row.error();
    if (!*row) break;
    sums.emplace(query.text(0), query.integer(1));
  }
  Tally life;
  visit_sums(life, [&](const std::string& name, std::uint64_t& value) {
    if (const auto found = sums.find(name); found != sums.end()) value = found->second;
  });
  return life;
}

Result<std::vector<SegmentRow>> IndexReader::segments() {
  auto statement =
      database_.prepare("SELECT id, kind, state, indexed_end FROM segment ORDER BY id");
  if (!statement) return statement.error();
  Query query = statement->query();
  std::vector<SegmentRow> rows;
  for (;;) {
    const auto row = query.next();
    if (!row) return row.error();
    if (!*row) return rows;
    rows.push_back(read_segment(query));
  }
}

Result<std::optional<SegmentRow>> IndexReader::segment(SegmentId id) {
  Query query = segment_.query(id);
  const auto row = query.next();
  if (!row) return row.error();
  return *row ? std::optional(read_segment(query)) : std::nullopt;
}

}  // namespace larder::store
