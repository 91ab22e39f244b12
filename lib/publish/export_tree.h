// ExportTree: the files that a foreign list is made of.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <larder/result.h>

#include "publish/export_lists.h"
#include "publish/tag_pass.h"
#include "publish/walk.h"

namespace larder::publish {

class ExportTree {
 public:
  /// Adds what is below `folder` of `directory`; empty: below `directory` itself. Links are
  /// followed; what is wrong with names that the rules leave out does not matter. Errors with a
  /// sentence in `why`, as in all functions here.
  Result<void> add(const std::string& directory, const std::string& folder, const WalkRules& rules,
                   const std::atomic<bool>* stop, std::string& why);
  /// Whether there are files, and all can be read and have paths that lists can have.
  Result<void> check(std::string& why) const;

  /// The checksums of all files. `copy_of` may be null.
  Result<std::vector<TaggedFile>> tag(
      const std::string& directory, TagRequest::Tag tag, const ExportRun& run,
      const std::function<Result<std::unique_ptr<OutputFile>>(std::size_t)>& copy_of,
      std::string& why) const;

  /// Relative to the directory, in the order of the walk.
  [[nodiscard]] const FileList& files() const noexcept { return files_; }

 private:
  FileList files_;
  std::vector<PathProblem> problems_;
  std::uint64_t bytes_ = 0;
};

}  // namespace larder::publish
