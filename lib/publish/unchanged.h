// Unchanged: sees to it that what is published is what was verified.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "publish/companion.h"
#include "publish/file_marks.h"
#include "publish/layadcc_warnings.h"
#include "publish/publish.h"

namespace larder::publish {

/// Ends publishing with errc::io if a file changed since it was marked.
class Unchanged final : public Companion {
 public:
  /// `marks` are those of the files that are published, in their order.
  explicit Unchanged(std::vector<FileMark> marks) : marks_(std::move(marks)) {}
  bool leaves_out(std::string_view) override { return false; }
  Result<void> begin(int root, const FileList& files, std::string&) override {
    root_ = root;
    files_ = &files;
    return {};
  }
  Result<void> before_head(std::string& why) override {
    const auto changed = changed_since(marks_, root_, *files_);
    if (changed.empty()) return {};
    why = "these files changed while they were imported; try again:" + shown_lines(changed);
    return errc::io;
  }

 private:
  const std::vector<FileMark> marks_;
  int root_ = -1;
  const FileList* files_ = nullptr;
};

/// Publishes `files` by `options`, whose own choice of files does not count. `marks`: of the files,
/// from before they were verified. Errors as of publish_release().
inline auto publish_verified(PublishOptions options, std::vector<PublishOptions::NamedFile> files,
                             std::vector<FileMark> marks, std::string& why) {
  Unchanged unchanged(std::move(marks));
  options.files = std::move(files);
  options.companion = &unchanged;
  options.from_release.reset();
  return publish_release(options, &why);
}

}  // namespace larder::publish
