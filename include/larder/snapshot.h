// Snapshot: what a Vfs shows at one moment, for whoever must not see two releases.
//
//   const larder::Snapshot level = vfs->snapshot();
//   auto map = level.read("levels/2.map");
//   auto meshes = level.read("levels/2.meshes");  // of the same release, whatever refresh() did
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <larder/blob.h>
#include <larder/file.h>
#include <larder/options.h>
#include <larder/result.h>
#include <larder/vfs.h>

namespace larder {

class View;

/// The mounts of a Vfs and the release of each, as Vfs::snapshot() found them. refresh(), mount()
/// and unmount() change nothing of it. It pins names, not content: what the store drops meanwhile,
/// or never had, is fetched from the origin that the release came from.
///
/// Never another release's bytes: what that origin does not have any more ends in an error of
/// condition absent or damaged, what it cannot be asked for in one of condition retryable. Content
/// outside of every table, which LayaDCC origins have, is no part of any release, and
/// LayaOptions::hand_out_damaged gives up this promise, too.
///
/// A value: copies cost two atomic increments, and share everything. It keeps the pages of its
/// releases in memory; hold it as long as a level, not as long as the program. May outlive its
/// Vfs: every call then says errc::cancelled, or false.
/// Threads and errors: as those of Vfs; its destruction must not race with calls here either.
class Snapshot {
 public:
  /// As the functions of Vfs with these names.
  [[nodiscard]] Result<Blob> read(std::string_view path,
                                  const ReadOptions& options = {}) const noexcept;
  [[nodiscard]] Result<Blob> try_read(std::string_view path,
                                      const TryReadOptions& options = {}) const noexcept;
  void read_async(std::string_view path, ReadOptions options,
                  Vfs::Callback callback) const noexcept;
  void read_async(std::string_view path, Vfs::Callback callback) const noexcept;
  /// If the Vfs is gone, the callback is called from inside this function, and of read_async().
  Vfs::Cancellation start_read(std::string_view path, ReadOptions options,
                               Vfs::Callback callback) const noexcept;
  [[nodiscard]] Result<File> open_file(std::string_view path,
                                       const FileOptions& options = {}) const noexcept;

  [[nodiscard]] bool exists(std::string_view path) const noexcept;
  [[nodiscard]] Result<Stat> stat(std::string_view path) const noexcept;
  /// errc::unsupported, too, if a LayaDCC origin's names were not asked for before it published
  /// another release.
  [[nodiscard]] Result<std::vector<DirectoryEntry>> list(std::string_view directory) const noexcept;
  [[nodiscard]] Result<Explanation> explain(std::string_view path) const noexcept;

  /// As the functions of Vfs with these names, of the release that this holds.
  [[nodiscard]] std::string release_id() const;
  [[nodiscard]] std::uint64_t file_count() const noexcept;

 private:
  friend class Vfs;
  Snapshot(std::shared_ptr<Vfs::Impl> vfs, std::shared_ptr<const View> view) noexcept;
  std::shared_ptr<Vfs::Impl> vfs_;    ///< never null, but closed once the Vfs is gone
  std::shared_ptr<const View> view_;  ///< goes before the Vfs
};

}  // namespace larder
