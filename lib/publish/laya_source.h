// LayaSource: a LayaDCC origin or cache on disk, its files found and named.
#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <larder/result.h>

#include "filetable/laya_table.h"
#include "publish/walk.h"

namespace larder::publish {

struct LayaSource {
  struct File {
    std::string path;  ///< where it lies, relative to the directory
    std::string name;  ///< what clients ask for, without a leading slash
    std::uint32_t path_id;
  };
  std::string directory;                      ///< absolute
  std::string id;                             ///< of assetsid.txt; empty: there is none
  std::optional<filetable::LayaTable> table;  ///< set
  /// What the table lists and the directory has, in the order in which it was packed as far as that
  /// is known.
  std::vector<File> files;
  /// Whether every file is among the names of allfiles.txt, so that the order is known.
  bool in_order = false;
  std::vector<PathProblem> problems;  ///< what the table lists and is not there, or has no name
  std::vector<std::string> unlisted;  ///< lies in the directory, but is not in the table
};

/// Reads the tables, `update/filetable.bin` or `filetable.bin` with what belongs to it, and looks
/// for the files: under their own names, as packing calls them (`-lwr`, `-esc`), or under their
/// path ids (`-cache`). `-esc` is undone in names, `-lwr` is not: clients ask in lower case. Native
/// folders and LayaDCC's own are no content, nor is what lies in `origin`.
///
/// Errors, with a sentence in `why`: errc::not_found (no table), errc::bad_table (one that cannot
/// be read), errc::table_mismatch (`assetsid.txt` is of another version than the table), errc::io,
/// errc::cancelled. Throws std::bad_alloc and std::filesystem::filesystem_error.
Result<LayaSource> open_laya_source(const std::string& directory, const std::string& origin,
                                    const std::atomic<bool>* stop, std::string& why);

}  // namespace larder::publish
