// LayaDirectory: a LayaDCC cache directory as a bundle. See FORMAT.md.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/blob.h>
#include <larder/result.h>

#include "base/digest.h"
#include "bundle/open_files.h"

namespace larder::bundle {

/// The files of one directory, named by path id. The directory must not change while it is open.
/// Threads: any.
class LayaDirectory {
 public:
  /// Opens the directory that holds `filetable.bin` or `filetable.txt`: `path` itself, or
  /// `path/cache/<host_path>`, or the only directory below `path/cache`.
  /// errc::bad_bundle, and a sentence in `why`.
  static Result<std::unique_ptr<LayaDirectory>> open(const std::string& path,
                                                     std::string_view host_path,
                                                     std::string* why) noexcept;

  [[nodiscard]] const std::string& directory() const noexcept { return directory_; }
  /// The bytes of `filetable.bin`, else of `filetable.txt`.
  [[nodiscard]] const std::string& table_file() const noexcept { return table_file_; }
  /// The text of `assetsid.txt`, or else the CRC-32 of the table in hex.
  [[nodiscard]] const std::string& id() const noexcept { return id_; }
  /// The text of `allfiles.txt`; errc::not_found if the bundle has none.
  [[nodiscard]] Result<std::string> names_file() const noexcept;

  /// Whether there is a file for `path_id`. No system call.
  [[nodiscard]] bool holds(std::uint32_t path_id) const noexcept;
  /// The size in bytes of the file for `path_id`; empty if there is none.
  [[nodiscard]] std::optional<std::uint64_t> size_of(std::uint32_t path_id) const noexcept;
  /// The content under `path_id`, whatever it is. Opened at each call. errc::not_found, errc::io.
  Result<Blob> file(std::uint32_t path_id) const noexcept;
  /// The content under `path_id`. Held against `expected` at its first use in this process;
  /// repeated calls cost no system call. errc::not_found, errc::io; errc::damaged once, then
  /// errc::not_found: damage does not heal.
  Result<Blob> lend(std::uint32_t path_id, const Checksum& expected) noexcept;

  /// Number of content files.
  [[nodiscard]] std::size_t size() const noexcept { return ids_.size(); }

 private:
  LayaDirectory() = default;

  std::string directory_;
  std::string table_file_;
  std::string id_;
  std::vector<std::uint32_t> ids_;  ///< sorted
  OpenFiles open_files_;
};

/// The directory name that LayaDCC derives from an application's URL: without `http://` (only that
/// prefix), cut at the first `?` and then at the last `/`, `:` → `.`, slashes → `_`.
[[nodiscard]] std::string laya_host_path(std::string_view url);

}  // namespace larder::bundle
