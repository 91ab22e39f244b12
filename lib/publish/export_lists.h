// Publishes a tree for the updaters of Cocos Creator and quick-cocos2d-x: writes the lists that
// their own scripts write.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include <larder/result.h>

#include "lists/flist.h"
#include "sys/file_system.h"

namespace larder::publish {

/// What both exports are told.
struct ExportRun {
  unsigned threads = 0;  ///< 0: one for each core
  /// Bytes read, of all. From several threads, one at a time.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
  /// Once it is set, which a signal handler may do, exporting ends with errc::cancelled.
  const std::atomic<bool>* stop = nullptr;
  sys::FileSystem* file_system = &sys::FileSystem::real();  ///< for what is written
};

struct ExportResult {
  std::uint64_t files = 0;  ///< listed
  std::uint64_t bytes = 0;
  std::vector<std::string> lists;     ///< paths of what was written, in that order
  std::vector<std::string> warnings;  ///< sentences
};

struct CocosExport {
  std::string url;  ///< of the published tree; a final slash is added
  std::string version;
  std::string source;       ///< has the folders
  std::string destination;  ///< for project.manifest and version.manifest; made if missing
  /// What of the source is listed, in this order. Empty: `src`, `assets` (`res` if there is none),
  /// `jsb-adapter`, those that are there.
  std::vector<std::string> folders;
  ExportRun run;
};

/// As version_generator.js does: the same bytes. Both files are replaced at the end, atomically,
/// version.manifest last. errc::invalid_argument, errc::io, errc::cancelled, and what the operating
/// system says of the destination; `why`, if given, gets a sentence.
Result<ExportResult> export_cocos(const CocosExport& what, std::string* why = nullptr) noexcept;

struct FlistExport {
  std::string directory;
  /// Where the tree is published: gets copies of the files and, last, the lists. Empty: the tree
  /// itself.
  std::string destination;
  /// Dialect A: what stands in the list.
  std::int64_t app_version = 1;
  std::string version = "1.0.0";
  /// Dialect B: what stands in the second file.
  std::optional<lists::FlistVersion> version_file;
  ExportRun run;
};

/// As the packing scripts of quick-cocos2d-x do: the same bytes, entries sorted by path. In the
/// destination, files change at the end, one by one, each atomically, the lists last. Files there
/// that the tree does not have stay. Errors as above; errc::busy: another run is at work there.
Result<ExportResult> export_flist(const FlistExport& what, std::string* why = nullptr) noexcept;

}  // namespace larder::publish
