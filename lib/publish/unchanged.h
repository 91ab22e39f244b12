// Unchanged: sees to it that what is published is what was verified.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "publish/companion.h"
#include "publish/file_marks.h"
#include "publish/layadcc_warnings.h"

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

}  // namespace larder::publish
