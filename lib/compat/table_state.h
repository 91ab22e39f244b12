// TableState: what is remembered of a foreign origin between program runs.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <larder/result.h>

#include "sys/file_system.h"

namespace larder::compat {

/// Kept beside the store's objects and never evicted:
///
///   <directory>/current.json        what is current; replaced atomically, always last
///   <directory>/table-<name>        the table that current.json names
///   <directory>/names-<name>        its name list, if it is one apart and somebody listed
///
/// A table is written before the file that names it, so a crash between the two leaves the old one
/// current. Threads: one at a time.
class TableState {
 public:
  struct Current {
    std::string id;         ///< of the table in use
    std::string bundle_id;  ///< of the bundle that was seen last; a change means a reinstalled app
    std::string etag;       ///< of the table, for revalidation
    std::int64_t checked_at = 0;  ///< seconds since the epoch: last time the table was revalidated
    std::string table_file;       ///< name of the table's file; empty: none is kept
  };

  /// Empty `directory`: nothing is remembered.
  explicit TableState(std::string directory, sys::FileSystem& fs = sys::FileSystem::real())
      : directory_(std::move(directory)), fs_(fs) {}

  /// What is current; defaults if nothing, or nothing usable, is there.
  [[nodiscard]] Current load() const;
  /// The current table's bytes; errc::not_found if there are none.
  [[nodiscard]] Result<std::string> load_table(const Current& current) const;
  [[nodiscard]] Result<std::string> load_names(const Current& current) const;

  /// Makes `current` current, with `table` as its table. Fills `current.table_file`.
  Result<void> save(Current& current, std::string_view table);
  /// As above, keeping the table that `current.table_file` names.
  Result<void> save(const Current& current);
  Result<void> save_names(const Current& current, std::string_view names);

 private:
  /// Keeps other processes from removing a table between its writing and its naming. errc::busy
  /// after a second.
  [[nodiscard]] std::string path_of(std::string_view name) const;
  void remove_other_files(const Current& current) noexcept;

  std::string directory_;
  sys::FileSystem& fs_;
};

}  // namespace larder::compat
