#include "store/index_reader.h"

#include <algorithm>
#include <map>
#include <utility>

#include "store/schema.h"

namespace larder::store {
namespace {

/// False for a row that only a damaged index can hold.
bool read(const Query& row, Digest& into) noexcept {
  const auto digest = row.blob(0);
  if (digest.size() != into.bytes.size()) return false;
  std::copy(digest.begin(), digest.end(), into.bytes.begin());
  return true;
}

bool read(const Query& row, Found& into) noexcept {
  if (!read(row, into.digest)) return false;
  into.place = {row.integer(1), row.integer(2), row.integer(3)};
  return true;
}

constexpr const char* kSegmentColumns =
    "SELECT id, kind, state, indexed_end, reserved, objects, live_bytes FROM segment ";

SegmentRow read_segment(const Query& row) noexcept {
  return {row.integer(0),
          static_cast<SegmentKind>(row.integer(1)),
          static_cast<SegmentState>(row.integer(2)),
          row.integer(3),
          row.integer(4),
          row.integer(5),
          row.integer(6)};
}

/// All digests that a query names.
Result<std::vector<Digest>> digests(Query query) {
  std::vector<Digest> all;
  for (;;) {
    const auto row = query.next();
    if (!row) return row.error();
    if (!*row) return all;
    if (!read(query, all.emplace_back())) return errc::bad_store;
  }
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
  auto segment = database_.prepare((std::string(kSegmentColumns) + "WHERE id = ?").c_str());
  if (!segment) return segment.error();
  auto by_id = database_.prepare("SELECT digest FROM object WHERE digest BETWEEN ? AND ?");
  if (!by_id) return by_id.error();
  auto pinned = database_.prepare(
      "SELECT EXISTS(SELECT 1 FROM pin WHERE kind = 1 AND key = ?1) OR EXISTS("
      "SELECT 1 FROM claim JOIN pin ON kind = 2 AND pin.key = claim.key WHERE claim.digest = ?1)");
  if (!pinned) return pinned.error();
  const auto generation = database_.integer("SELECT value FROM meta WHERE key = 'generation'");
  if (!generation) return generation.error();
  by_digest_ = std::move(*by_digest);
  by_claim_ = std::move(*by_claim);
  segment_ = std::move(*segment);
  by_id_ = std::move(*by_id);
  pinned_ = std::move(*pinned);
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
      " (SELECT value FROM meta WHERE key = 'claims'), sum(kind = 2), sum(reserved) FROM segment");
  if (!statement) return statement.error();
  Query query = statement->query();
  const auto row = query.next();
  if (!row) return row.error();
  if (!*row) return errc::bad_store;
  IndexFigures figures{query.integer(0), query.integer(1), query.integer(2),
                       query.integer(3), query.integer(4), query.integer(5)};
  const auto pages = database_.integer("PRAGMA page_count");
  const auto free = database_.integer("PRAGMA freelist_count");
  const auto page_bytes = database_.integer("PRAGMA page_size");
  if (!pages || !free || !page_bytes) return errc::io;
  figures.index_bytes = (*pages - std::min(*pages, *free)) * *page_bytes;
  return figures;
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
  auto statement = database_.prepare((std::string(kSegmentColumns) + "ORDER BY id").c_str());
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

Result<std::vector<Digest>> IndexReader::objects_named_like(std::uint64_t id) {
  Digest first;
  Digest last;
  last.bytes.fill(std::byte{0xff});
  for (std::size_t i = 0; i < 8; ++i)
    first.bytes[i] = last.bytes[i] = static_cast<std::byte>(id >> (56 - 8 * i));
  return digests(by_id_.query(std::span<const std::byte>(first.bytes),
                              std::span<const std::byte>(last.bytes)));
}

Result<void> IndexReader::visit_classes(
    const std::function<void(const Digest&, std::uint64_t, Priority)>& each) {
  auto statement = database_.prepare("SELECT digest, length, priority FROM object");
  if (!statement) return statement.error();
  Query query = statement->query();
  for (;;) {
    const auto row = query.next();
    if (!row) return row.error();
    if (!*row) return {};
    Digest digest;
    if (!read(query, digest)) return errc::bad_store;
    const std::uint64_t priority =
        std::min(query.integer(2), static_cast<std::uint64_t>(Priority::high));
    each(digest, query.integer(1), static_cast<Priority>(priority));
  }
}

Result<std::vector<ObjectKey>> IndexReader::pins() {
  auto statement = database_.prepare("SELECT key, kind FROM pin");
  if (!statement) return statement.error();
  Query query = statement->query();
  std::vector<ObjectKey> keys;
  for (;;) {
    const auto row = query.next();
    if (!row) return row.error();
    if (!*row) return keys;
    Digest bytes;
    if (!read(query, bytes)) return errc::bad_store;
    keys.push_back({static_cast<ObjectKey::Kind>(query.integer(1)), bytes.bytes});
  }
}

Result<std::vector<Digest>> IndexReader::pinned_objects() {
  auto statement = database_.prepare(
      "SELECT digest FROM pin JOIN object ON digest = key WHERE kind = 1 UNION"
      " SELECT digest FROM claim JOIN pin ON kind = 2 AND pin.key = claim.key");
  if (!statement) return statement.error();
  return digests(statement->query());
}

Result<bool> IndexReader::is_pinned(const Digest& digest) {
  Query query = pinned_.query(std::span<const std::byte>(digest.bytes));
  const auto row = query.next();
  if (!row) return row.error();
  return *row && query.integer(0) != 0;
}

}  // namespace larder::store
