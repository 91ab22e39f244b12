// PlainFiles: which files of an origin lie there under paths of the tree, so that they can be
// removed when the tree has them no more.
#pragma once

#include <set>
#include <string>

#include <larder/result.h>

#include "sys/file_system.h"

namespace larder::publish {

/// One file in the publisher's own directory. Losing it leaves old files where they are, nothing
/// worse.
class PlainFiles {
 public:
  using Paths = std::set<std::string, std::less<>>;

  /// Of the origin at `origin`; `own_directory` is the publisher's own there. `fs` must outlive it.
  PlainFiles(std::string origin, const std::string& own_directory, sys::FileSystem& fs)
      : origin_(std::move(origin)), record_(own_directory + "/plain-files"), fs_(fs) {}

  /// Before files are written that are going to be called `paths`: removes old ones that are in the
  /// way of their folders, or that have a folder in their way.
  Result<void> make_way(const Paths& paths);
  /// When `paths` are there: removes the others.
  Result<void> settle(const Paths& paths);

 private:
  [[nodiscard]] Paths load() const;
  Result<void> save(const Paths& paths);
  Result<void> remove(const std::string& path);

  const std::string origin_;
  const std::string record_;
  sys::FileSystem& fs_;
};

}  // namespace larder::publish
