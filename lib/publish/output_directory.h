// OutputDirectory: a directory whose files change together, or as nearly so as a file system can.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

#include "publish/descriptor.h"
#include "sys/file_system.h"

namespace larder::publish {

class OutputDirectory;

/// One file on its way into an OutputDirectory, which must outlive it. Not finished: it never was.
/// Threads: one at a time; different files from different threads.
class OutputFile {
 public:
  OutputFile(OutputDirectory& directory, std::string name, std::unique_ptr<sys::File> previous,
             std::uint64_t previous_bytes);

  /// Appends. Bytes are held against the file's present content and only written, aside, from the
  /// first difference on.
  Result<void> write(std::span<const std::byte> bytes) noexcept;
  /// Announces the file for commit(), unless it is what is there already. `durable`: its bytes are
  /// to be on disk before it gets its name.
  Result<void> finish(bool durable = false) noexcept;
  /// After finish(): whether a file of that name was there, with other content.
  [[nodiscard]] bool differed() const noexcept { return existed_ && changed_; }

 private:
  [[nodiscard]] bool continues_previous(std::span<const std::byte> bytes) noexcept;
  Result<void> stage() noexcept;

  OutputDirectory& directory_;
  std::string name_;
  std::unique_ptr<sys::File> previous_;  ///< null: none, or known to differ
  std::uint64_t previous_bytes_;
  bool existed_;
  std::unique_ptr<sys::File> staged_;
  std::string staged_path_;
  std::uint64_t written_bytes_ = 0;
  bool changed_ = false;
};

class OutputDirectory {
 public:
  /// Folder in it for what is written aside: renaming out of it stays on one file system.
  static constexpr std::string_view kStagingName = ".larder-pack";

  /// Makes the directory if need be and locks it against other packing runs, whose remains it
  /// clears away. errc::busy if one is at work there. `path` and `fs` are kept; `fs` must outlive
  /// it.
  static Result<std::unique_ptr<OutputDirectory>> open(const std::string& path,
                                                       sys::FileSystem& fs) noexcept;
  OutputDirectory(const OutputDirectory&) = delete;
  OutputDirectory& operator=(const OutputDirectory&) = delete;
  /// Removes what was written aside and not committed, and the directory if it made that in vain.
  ~OutputDirectory();

  /// `name` may lead into folders, which commit() makes. Threads: any.
  Result<std::unique_ptr<OutputFile>> create(const std::string& name) noexcept;
  /// A small file at once, durable.
  Result<void> put(const std::string& name, std::string_view content) noexcept;

  /// Forgets all that was written since open(). No OutputFile may be in use.
  Result<void> start_over() noexcept;

  enum class Sync : std::uint8_t {
    as_finished,  ///< what was finished as durable is on disk before it gets its name
    everything,   ///< so is the rest, and the names are on disk when commit() returns
  };
  /// Gives all finished files their names, in the order in which they were finished: a reader that
  /// sees one sees all those before it. After an error, those before it are in place.
  Result<void> commit(Sync sync = Sync::as_finished) noexcept;
  /// Files that commit() will replace or add, or has. Threads: any.
  [[nodiscard]] std::size_t changed_files() const;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  friend class OutputFile;
  struct Finished {
    std::string name;
    std::string staged_path;
    std::unique_ptr<sys::File> unsynced;  ///< null: it need not be durable
  };
  OutputDirectory(std::string path, sys::FileSystem& fs);
  Result<void> prepare();
  Result<void> make_staging();
  void clear_staging() noexcept;
  Result<void> rename_all();
  [[nodiscard]] std::string staging_directory() const;
  [[nodiscard]] std::string next_staged_path();
  [[nodiscard]] std::string final_path(const std::string& name) const;

  const std::string path_;
  sys::FileSystem& fs_;
  Descriptor lock_;                            ///< the directory itself
  std::vector<std::string> made_directories_;  ///< outermost first
  mutable std::mutex mutex_;                   // guards what follows
  std::vector<Finished> finished_;
  std::uint64_t staged_files_ = 0;
  bool committed_ = false;
};

}  // namespace larder::publish
