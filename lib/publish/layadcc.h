// Packs a directory for LayaDCC, as the npm tool layadcc 1.8.4 does: the same bytes, less waiting,
// and a word about what will not work.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <larder/result.h>

#include "publish/walk.h"
#include "sys/file_system.h"

namespace larder::publish {

struct LayadccProgress {
  std::uint64_t files = 0;
  std::uint64_t total_files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t total_bytes = 0;
};

struct LayadccOptions {
  std::string directory;       ///< the tree
  bool lower_case = false;     ///< -lwr
  bool escape_spaces = false;  ///< -esc
  bool cache = false;          ///< -cache: copies the files too, named by path id
  std::string url;             ///< -url: where clients start; used with `cache` only
  std::string output;          ///< -cout; used with `cache` and `url` only

  /// Instead of packing the directory for itself, makes an origin of this one: every file comes to
  /// lie below it under its own path, the tables in `update`. Used with `files`, and with none of
  /// the options above but `directory`.
  std::string origin;
  /// What is in the directory. The tables list what packing a directory with just these would list.
  const FileList* files = nullptr;

  /// Leaves out what cannot be read, with a warning, instead of failing.
  bool skip_unreadable = false;
  /// Where to keep notes that let the next run find changes which the checksum misses. Empty: none
  /// are kept, and such changes are found with `cache` only, whose copies can be compared.
  std::string notes_directory;
  unsigned threads = 0;  ///< 0: as many as pay
  /// Called often, from several threads, one at a time. Setting it costs a look at each file's
  /// size.
  std::function<void(const LayadccProgress&)> progress;
  /// Once it is set, which a signal handler may do, the run ends with errc::cancelled and leaves
  /// the output as it was.
  const std::atomic<bool>* stop = nullptr;
  sys::FileSystem* file_system = &sys::FileSystem::real();  ///< for what is written
};

/// Something that is no error here but will be a surprise later.
struct LayadccWarning {
  enum class Kind : std::uint8_t {
    path_id_collision,  ///< two paths, one path id: clients mistake one for the other
    same_path,          ///< two files with one path in the table
    missed_update,      ///< the content changed, the checksum did not: clients keep the old file
    update_folder,      ///< a folder called "update" inside the tree is left out
    directory_link,     ///< a link to a directory is not followed
    output_folder,      ///< the output lies in the tree and is left out
    unreadable,         ///< left out because it cannot be read
    no_files,           ///< there is nothing to pack
    query_character,    ///< '%', '?' or '#' in a name
    needs_encoding,     ///< spaces, characters outside ASCII … in a name
    not_a_line,         ///< a line break or a backslash in a name
  };
  Kind kind;
  std::string text;                ///< a sentence, without the paths if there are many
  std::vector<std::string> paths;  ///< the first few of those it is about
};

/// Stable, machine-readable name, for example "path_id_collision". Static storage.
const char* name_of(LayadccWarning::Kind kind) noexcept;
/// For people: the text, and those paths that it does not have.
std::string sentence(const LayadccWarning& warning);

struct LayadccResult {
  std::string output_directory;  ///< as the original prints it
  std::string
      relative_output;      ///< where `output` led if it is relative: the original remarks on it
  std::string id;           ///< the content of assetsid.txt
  std::uint64_t files = 0;  ///< in the tables
  std::uint64_t bytes = 0;  ///< of those files
  std::uint64_t changed_files = 0;  ///< written to the output
  /// Extensions in the order of their first appearance, with the number of files; files that are
  /// left out for their extension count too.
  std::vector<std::pair<std::string, std::uint64_t>> extensions;
  std::vector<LayadccWarning> warnings;
};

/// Packs `options.directory`. All tables change at once, `assetsid.txt` last; after an error, also
/// after being killed, the previous ones are untouched.
///
/// Errors: errc::invalid_argument (options, or no directory), errc::busy (another run writes
/// there), errc::io (something in the tree cannot be read or changed while it was read; nothing is
/// written), errc::no_space, errc::cancelled, and what the operating system says of the output.
/// `why`, if given, gets one or more lines that name what is concerned. Threads: blocks;
/// independent calls may run side by side.
Result<LayadccResult> pack_layadcc(const LayadccOptions& options,
                                   std::string* why = nullptr) noexcept;

/// A run that has read everything and changed nothing yet. Not committed: it never was.
class PreparedLayadcc {
 public:
  virtual ~PreparedLayadcc() = default;
  /// As pack_layadcc() ends. Once at most.
  virtual Result<LayadccResult> commit(std::string* why = nullptr) noexcept = 0;
};

/// The first part of pack_layadcc(). What `options` point to must outlive the result, which keeps
/// other runs out of the output directory.
Result<std::unique_ptr<PreparedLayadcc>> prepare_layadcc(LayadccOptions options,
                                                         std::string* why = nullptr) noexcept;

}  // namespace larder::publish
