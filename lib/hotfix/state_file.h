// StateFile: what must be known of patch sets at the next start.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace larder::hotfix {

/// Threads: one at a time.
class StateFile {
 public:
  struct Source {
    std::uint64_t sequence = 0;  ///< the highest that was seen
    std::string digest;          ///< of the manifest that had it
    unsigned failed_starts = 0;  ///< in a row, this one included until it is confirmed
    bool held = false;           ///< rolled back
  };

  /// An empty path: nothing is kept.
  explicit StateFile(std::string path) : path_(std::move(path)) {}

  /// Why the file cannot be used; empty: it was read, or there is none yet.
  std::string load();
  /// Replaces the file. False: it cannot be written.
  [[nodiscard]] bool save() const;

  /// By path of the manifest.
  std::map<std::string, Source> sources;

 private:
  std::string path_;
};

}  // namespace larder::hotfix
