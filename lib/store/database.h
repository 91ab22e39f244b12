// Database, Statement, Query: SQLite with lifetimes and Result. Store-internal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include <larder/result.h>

struct sqlite3;
struct sqlite3_stmt;

namespace larder::store {

/// An SQLite result code as ours: errc::bad_store for damage, busy, no_space, else io.
[[nodiscard]] std::error_code database_error(int code) noexcept;

/// One run of a Statement; resets it on destruction.
class Query {
 public:
  explicit Query(sqlite3_stmt* statement, std::error_code bound) noexcept
      : statement_(statement), error_(bound) {}
  Query(const Query&) = delete;
  Query& operator=(const Query&) = delete;
  ~Query();

  /// Steps to the next row; false when there is none.
  Result<bool> next() noexcept;
  /// Columns of the current row.
  [[nodiscard]] std::uint64_t integer(int column) const noexcept;
  /// Valid until the next step.
  [[nodiscard]] std::span<const std::byte> blob(int column) const noexcept;
  [[nodiscard]] std::string text(int column) const;

 private:
  sqlite3_stmt* statement_;
  std::error_code error_;
};

/// A prepared statement. Values bound are integers, blobs and text; the latter two must outlive the
/// Query.
class Statement {
 public:
  Statement() noexcept = default;
  explicit Statement(sqlite3_stmt* statement) noexcept : statement_(statement) {}

  template <class... Values>
  [[nodiscard]] Query query(const Values&... values) noexcept {
    int index = 0;
    std::error_code error;
    ((error = error ? error : bind(++index, values)), ...);
    return Query(statement_.get(), error);
  }

  /// A query whose rows nobody wants.
  template <class... Values>
  Result<void> run(const Values&... values) noexcept {
    Query rows = query(values...);
    const auto row = rows.next();
    return row ? Result<void>() : row.error();
  }

 private:
  std::error_code bind(int index, std::uint64_t value) noexcept;
  std::error_code bind(int index, std::span<const std::byte> value) noexcept;
  std::error_code bind(int index, std::string_view value) noexcept;

  struct Finalize {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// A connection. Threads: one at a time.
class Database {
 public:
  enum class Mode {
    create,     ///< read and write; made if missing
    read_only,  ///< sees what other processes commit
    immutable,  ///< on a medium that nobody can write to
  };

  Database() noexcept = default;
  static Result<Database> open(const std::string& path, Mode mode);

  /// How long a statement waits for others that use the database.
  static constexpr std::chrono::milliseconds kPatience{5000};
  void set_patience(std::chrono::milliseconds patience) noexcept;

  /// Statements without parameters, separated by semicolons.
  Result<void> execute(const char* sql) noexcept;
  Result<Statement> prepare(const char* sql) noexcept;
  /// The first column of the first row. errc::not_found without one.
  Result<std::uint64_t> integer(const char* sql) noexcept;
  Result<std::string> text(const char* sql);
  /// Rows that the last statement changed.
  [[nodiscard]] std::uint64_t changes() const noexcept;
  /// Rowid of the last insertion.
  [[nodiscard]] std::uint64_t last_id() const noexcept;
  /// What SQLite says of the last failure.
  [[nodiscard]] std::string message() const;
  /// Empties the database, however damaged, also while others have it open.
  Result<void> reset() noexcept;

 private:
  struct Close {
    void operator()(sqlite3* connection) const noexcept;
  };
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace larder::store
