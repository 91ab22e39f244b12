// OutputFolder: writes what was read below one folder, and never outside it.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include <larder/blob.h>
#include <larder/options.h>
#include <larder/result.h>

#include "vfs/path_rules.h"

namespace larder::tool {

class OutputFolder {
 public:
  /// Paths mean what a Vfs opened with `options` takes them for.
  static Result<OutputFolder> open(std::filesystem::path folder, const Options& options);

  /// Writes `content` aside and renames it to the file that `path` names. errc::bad_path if that
  /// would not be below the folder.
  Result<void> write(std::string_view path, std::string_view content);

 private:
  OutputFolder(std::filesystem::path folder, vfs::PathRules rules)
      : folder_(std::move(folder)), rules_(std::move(rules)) {}
  [[nodiscard]] Result<std::filesystem::path> file_of(std::string_view path) const;

  std::filesystem::path folder_;  // canonical
  vfs::PathRules rules_;
  unsigned written_ = 0;
};

}  // namespace larder::tool
