// ListArchives: what is in the archives of a list, served as files beside them. See docs/lists.md.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/blob.h>

#include "base/log.h"
#include "base/release.h"
#include "compat/list_system.h"
#include "lists/file_list.h"

namespace larder::compat {

/// An archive's members are known once it is here as a whole, verified; it stays packed. Archives
/// are never taken back. Of members of several archives with the same path, that of the archive
/// counts whose path is first in byte order.
/// Threads: any.
class ListArchives final : public LocalSource {
 public:
  /// Both outlive this.
  ListArchives(const lists::FileList& files, const ListSystem& system, std::uint64_t scope,
               bool ignore_case, Log log);
  ~ListArchives() override;

  [[nodiscard]] bool empty() const noexcept { return archives_.empty(); }

  /// The member that a path means. errc::would_fetch: that depends on an archive that is not here,
  /// the file number `missing` of the list.
  [[nodiscard]] Result<Entry> resolve(std::string_view path, std::size_t& missing) const;
  /// Adds what lies directly below a directory to `names`, which may have it already.
  /// errc::not_listed: no member is there.
  [[nodiscard]] Result<void> list(std::string_view directory, std::vector<Listed>& names,
                                  std::size_t& missing) const;
  [[nodiscard]] Result<bool> is_directory(std::string_view path, std::size_t& missing) const;
  /// Adds members from which a path differs in letter case only.
  void names_like(std::string_view path, std::vector<std::string>& names) const;
  /// Archives that are not here and that may have paths that begin with `prefix`: files of the
  /// list.
  [[nodiscard]] std::vector<std::size_t> missing(std::string_view prefix) const;

  /// Takes the content of file number `file`. One that is no archive, or a bad one, has no members;
  /// the log says so.
  void keep(std::size_t file, const Blob& bytes) const noexcept;

  Result<Blob> lend(const Entry& entry) noexcept override;
  [[nodiscard]] bool holds(const Entry& entry) const noexcept override;
  [[nodiscard]] std::optional<std::uint64_t> size_of(const Entry& entry) const noexcept override;

 private:
  class Members;
  struct Archive {
    std::size_t file;       ///< number in the list
    std::string directory;  ///< of its members: empty, or ends in `/`
    std::string told_by;    ///< what paths of members begin with: in lower case if that is ignored
    std::unique_ptr<std::atomic<const Members*>> members;  ///< null: it is not here. Owned
  };
  /// The members of an archive; null, and its number in `missing`, if it is not here.
  static const Members* here(const Archive& archive, std::size_t& missing);
  /// A path as it is compared with Archive::told_by.
  [[nodiscard]] std::string comparable(const std::string& path) const;
  /// What an entry of this means.
  [[nodiscard]] const Members* find(const Entry& entry, std::size_t& member) const noexcept;

  const lists::FileList& files_;
  const ListSystem& system_;
  const std::uint64_t scope_;
  const bool ignore_case_;
  const Log log_;
  std::vector<Archive> archives_;  ///< by path
};

}  // namespace larder::compat
