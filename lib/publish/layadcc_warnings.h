// What the packing tool of LayaDCC should have told its users.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "publish/layadcc.h"
#include "publish/walk.h"

namespace larder::publish {

/// Warnings with the same kind of trouble are gathered; only the first few paths are kept.
class WarningList {
 public:
  explicit WarningList(std::vector<LayadccWarning>& into) : into_(into) {}

  /// One warning for all of `paths`; none if there are none. `text` follows their number, as in
  /// "3 paths …".
  void gather(LayadccWarning::Kind kind, const std::vector<std::string>& paths,
              std::string_view text);
  void add(LayadccWarning::Kind kind, std::string text, std::vector<std::string> paths = {});

 private:
  std::vector<LayadccWarning>& into_;
};

/// About the names alone.
void warn_of_names(const FileList& files, bool escape_spaces, WarningList& warnings);

/// Path ids that stand for several files. `table_paths` and `path_ids` belong to `files`.
void warn_of_collisions(const FileList& files, const std::vector<std::string>& table_paths,
                        const std::vector<std::uint32_t>& path_ids, WarningList& warnings);

/// A path for people: control characters and what is not UTF-8 as \xNN.
[[nodiscard]] std::string shown(std::string_view path);
/// The first few paths, each behind a line break and two spaces, and how many more there are.
[[nodiscard]] std::string shown_lines(const std::vector<std::string>& paths);
/// The same, each with what is wrong with it.
[[nodiscard]] std::string shown_lines(const std::vector<PathProblem>& problems);

}  // namespace larder::publish
