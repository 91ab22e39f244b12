// Taking over what another program has downloaded before.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace larder {

/// A file of this machine that may be the content of a path.
struct LocalCopy {
  std::string path;  ///< as read() takes it: relative, or a URL below an origin's base
  std::string file;  ///< its name on disk
};

struct TakeOverOptions {
  /// Delete files whose content the store holds after that, and no others.
  bool remove = false;
  /// Called after each file, on the calling thread.
  std::function<void(std::uint64_t done, std::uint64_t files)> on_progress;
};

/// What became of the files: each is counted once, below `files`.
struct TakenOver {
  std::uint64_t files = 0;
  std::uint64_t taken = 0;       ///< verified and stored
  std::uint64_t held = 0;        ///< were local already
  std::uint64_t different = 0;   ///< are not what the release in use names: another version
  std::uint64_t unlisted = 0;    ///< the release in use does not name them
  std::uint64_t unverified = 0;  ///< named, but by nothing that content could be held against
  std::uint64_t failed = 0;      ///< cannot be read or stored; the log says why
  std::uint64_t bytes = 0;       ///< of those taken
};

}  // namespace larder
