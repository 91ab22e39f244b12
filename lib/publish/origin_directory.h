// OriginDirectory: a native origin as its publisher sees it: files that are written once, and
// heads.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <larder/result.h>

#include "sys/file_system.h"

namespace larder::publish {

/// Immutable files are first written below `.larder/new/`, under the names that they are to have,
/// and move to their places in commit(), when they are on disk: what stands under a digest is
/// whole, whenever a publisher dies. Nothing that has its place is ever written again.
///
/// Threads: any, but for commit() and put_head(), which nothing else runs beside.
class OriginDirectory {
 public:
  /// Makes the directory if need be, locks it against other publishers and clears away what a
  /// publisher left that died. errc::busy if one is at work there. `fs` must outlive it.
  static Result<std::unique_ptr<OriginDirectory>> open(const std::string& path,
                                                       sys::FileSystem& fs) noexcept;
  OriginDirectory(const OriginDirectory&) = delete;
  OriginDirectory& operator=(const OriginDirectory&) = delete;
  /// Removes what was written and not committed.
  ~OriginDirectory();

  /// The size of a file that has its name or will have; `name` as filetable::object_path() makes
  /// it.
  [[nodiscard]] std::optional<std::uint64_t> size_of(const std::string& name) const;
  /// A file of the origin, of at most `limit` bytes. Of committed files only.
  [[nodiscard]] Result<std::string> read(const std::string& name, std::uint64_t limit) const;

  /// Writes a file that is to be called `name`; nothing if there is one or will be.
  Result<void> put(const std::string& name, std::span<const std::byte> bytes) noexcept;

  /// A file whose name is known only when it is written.
  class Draft {
   public:
    Draft(OriginDirectory& origin, std::string path, std::unique_ptr<sys::File> file)
        : origin_(origin), path_(std::move(path)), file_(std::move(file)) {}
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    /// Removes the file unless it was kept.
    ~Draft();
    Result<void> write(std::span<const std::byte> bytes) noexcept;
    [[nodiscard]] std::uint64_t size() const noexcept { return written_; }
    /// As put(), of all that was written.
    Result<void> keep(const std::string& name) noexcept;

   private:
    OriginDirectory& origin_;
    std::string path_;
    std::unique_ptr<sys::File> file_;
    std::uint64_t written_ = 0;
  };
  Result<std::unique_ptr<Draft>> draft() noexcept;

  /// Makes all that was put durable and gives it its names.
  Result<void> commit() noexcept;
  /// Replaces a head, atomically and durably. Whatever it names must be committed.
  Result<void> put_head(std::string_view channel, std::string_view document) noexcept;

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Of the publisher's own: where it may keep what it remembers.
  [[nodiscard]] std::string own_directory() const { return path_ + "/.larder"; }
  [[nodiscard]] sys::FileSystem& file_system() const noexcept { return fs_; }
  /// Files and bytes put and not found there already.
  [[nodiscard]] std::uint64_t new_files() const;
  [[nodiscard]] std::uint64_t new_bytes() const;

 private:
  OriginDirectory(std::string path, sys::FileSystem& fs) : path_(std::move(path)), fs_(fs) {}
  Result<void> prepare();
  void clear_staging() noexcept;
  [[nodiscard]] std::string staging_directory() const { return own_directory() + "/new"; }
  [[nodiscard]] std::string next_draft_path();
  [[nodiscard]] std::string staged_path(const std::string& name) const {
    return staging_directory() + "/" + name;
  }
  /// Takes the name for a file of `bytes` bytes and makes its directory below the staging one.
  /// False: there is a file of that name or will be.
  Result<bool> claim(const std::string& name, std::uint64_t bytes);
  /// The file was not written after all.
  void disclaim(const std::string& name) noexcept;
  [[nodiscard]] std::optional<std::uint64_t> placed_size(const std::string& name) const;
  /// By directory: whether it was moved as a whole; if not, it was there.
  using Moved = std::unordered_map<std::string, bool>;
  /// Gives a staged file its place: by moving the first directory above it that is not there yet,
  /// with all that is staged below, or by itself.
  Result<void> place(const std::string& name, Moved& moved);

  const std::string path_;
  sys::FileSystem& fs_;
  std::unique_ptr<sys::File> lock_;
  mutable std::mutex mutex_;
  // Guarded by mutex_:
  std::unordered_map<std::string, std::uint64_t> staged_;  ///< bytes, by name
  std::unordered_set<std::string> staged_directories_;
  bool has_failed_ = false;  ///< files may lie about below the staging directory that nobody wants
  /// Whether a directory of files stands at its place: asked once, as only commit() makes any.
  mutable std::unordered_map<std::string, bool> placed_directories_;
  std::uint64_t drafts_ = 0;
  std::uint64_t new_files_ = 0;
  std::uint64_t new_bytes_ = 0;
};

}  // namespace larder::publish
