#include "store/database.h"

#include <sqlite3.h>

#include <utility>

namespace larder::store {
namespace {

/// A file: URI; only what has a meaning in one is escaped.
std::string uri_of(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%')
      uri += "%25";
    else if (c == '?')
      uri += "%3f";
    else if (c == '#')
      uri += "%23";
    else
      uri += c;
  }
  return uri + "?immutable=1";
}

}  // namespace

std::error_code database_error(int code) noexcept {
  switch (code & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE: return {};
    // A missing table or column, too: the schema is not what the version says.
    case SQLITE_ERROR:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH: return errc::bad_store;
    case SQLITE_FULL: return errc::no_space;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return errc::busy;
    case SQLITE_NOMEM: return std::make_error_code(std::errc::not_enough_memory);
    default: return errc::io;
  }
}

Query::~Query() {
  if (statement_) sqlite3_reset(statement_);
}

Result<bool> Query::next() noexcept {
  if (error_) return error_;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  error_ = database_error(code);
  return error_;
}

std::uint64_t Query::integer(int column) const noexcept {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
}

std::span<const std::byte> Query::blob(int column) const noexcept {
  const auto* data = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string Query::text(int column) const {
  const auto* data = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return data
             ? std::string(data, static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)))
             : std::string();
}

std::error_code Statement::bind(int index, std::uint64_t value) noexcept {
  return database_error(
      sqlite3_bind_int64(statement_.get(), index, static_cast<sqlite3_int64>(value)));
}

std::error_code Statement::bind(int index, std::span<const std::byte> value) noexcept {
  return database_error(
      sqlite3_bind_blob64(statement_.get(), index, value.data(), value.size(), SQLITE_STATIC));
}

std::error_code Statement::bind(int index, std::string_view value) noexcept {
  return database_error(sqlite3_bind_text64(statement_.get(), index, value.data(), value.size(),
                                            SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

void Database::Close::operator()(sqlite3* connection) const noexcept {
  sqlite3_close_v2(connection);
}

Result<Database> Database::open(const std::string& path, Mode mode) {
  // Each connection is used by one thread at a time, so SQLite's own mutexes are not needed.
  int flags = SQLITE_OPEN_NOMUTEX;
  flags |= mode == Mode::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  if (mode == Mode::immutable) flags |= SQLITE_OPEN_URI;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(mode == Mode::immutable ? uri_of(path).c_str() : path.c_str(),
                                   &raw, flags, nullptr);
  Database database;
  database.connection_.reset(raw);
  if (code != SQLITE_OK) return database_error(code);
  database.set_patience(kPatience);
  return database;
}

void Database::set_patience(std::chrono::milliseconds patience) noexcept {
  sqlite3_busy_timeout(connection_.get(), static_cast<int>(patience.count()));
}

Result<void> Database::execute(const char* sql) noexcept {
  const int code = sqlite3_exec(connection_.get(), sql, nullptr, nullptr, nullptr);
  return database_error(code);
}

Result<Statement> Database::prepare(const char* sql) noexcept {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT,
                                      &statement, nullptr);
  if (code != SQLITE_OK) return database_error(code);
  return Statement(statement);
}

Result<std::uint64_t> Database::integer(const char* sql) noexcept {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  Query query = statement->query();
  const auto row = query.next();
  if (!row) return row.error();
  if (!*row) return errc::not_found;
  return query.integer(0);
}

Result<std::string> Database::text(const char* sql) {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  Query query = statement->query();
  const auto row = query.next();
  if (!row) return row.error();
  if (!*row) return errc::not_found;
  return query.text(0);
}

std::uint64_t Database::changes() const noexcept {
  return static_cast<std::uint64_t>(sqlite3_changes(connection_.get()));
}

std::uint64_t Database::last_id() const noexcept {
  return static_cast<std::uint64_t>(sqlite3_last_insert_rowid(connection_.get()));
}

std::string Database::message() const {
  return sqlite3_errmsg(connection_.get());
}

Result<void> Database::reset() noexcept {
  // Reading the schema once, whatever comes of it, keeps the journal mode over the reset.
  (void)integer("SELECT count(*) FROM sqlite_schema");
  int code = sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_RESET_DATABASE, 1, nullptr);
  if (code == SQLITE_OK) {
    code = sqlite3_exec(connection_.get(), "VACUUM", nullptr, nullptr, nullptr);
    sqlite3_db_config(connection_.get(), SQLITE_DBCONFIG_RESET_DATABASE, 0, nullptr);
  }
  return database_error(code);
}

}  // namespace larder::store
