// LayaDownload: a LayaDCC origin copied from a server into a folder.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "sys/file_system.h"

namespace larder::tool {

/// The folder is gone when this is. Threads: one.
class LayaDownload {
 public:
  /// Takes a folder below `origin`, a directory that is made if missing. Null, which was said on
  /// stderr, if another import is at work there.
  static std::unique_ptr<LayaDownload> open(std::string_view command, const std::string& origin);
  LayaDownload(const LayaDownload&) = delete;
  LayaDownload& operator=(const LayaDownload&) = delete;
  ~LayaDownload();

  /// Fetches the tables of the origin at `url`, and every file that allfiles.txt names, verified.
  /// False, which was said on stderr, if that fails; of single files only a warning is printed if
  /// `skip_damaged`.
  [[nodiscard]] bool fetch(const std::string& url, bool skip_damaged, bool quiet);
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }

 private:
  LayaDownload(std::string_view command, std::string folder, std::unique_ptr<sys::File> lock)
      : command_(command), folder_(std::move(folder)), lock_(std::move(lock)) {}
  [[nodiscard]] bool fetch_tables(const std::string& base);

  const std::string_view command_;
  const std::string folder_;
  std::unique_ptr<sys::File> lock_;
};

}  // namespace larder::tool
