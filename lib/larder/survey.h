// Survey: what downloading a number of files will cost.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/entry.h"

namespace larder {

/// Content that several files have is counted once, as it is downloaded once. Memory: 16 bytes a
/// file. Threads: one at a time.
class Survey {
 public:
  /// A file that is to be downloaded. Throws std::bad_alloc.
  void add(const Entry& entry) {
    if (!entry.size)
      unknown_ = true;
    else
      files_.emplace_back(ObjectKeyHash()(entry.key),
                          entry.encoding == Encoding::identity ? *entry.size : entry.encoded_bytes);
  }
  /// A file of which nothing is known yet.
  void add_unknown() noexcept { unknown_ = true; }

  /// Once, at the end: bytes to be downloaded, if they are known.
  [[nodiscard]] std::optional<std::uint64_t> finish() {
    auto files = std::exchange(files_, {});
    if (unknown_) return std::nullopt;
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    std::uint64_t bytes = 0;
    for (const auto& file : files) bytes += file.second;
    return bytes;
  }

 private:
  std::vector<std::pair<std::uint64_t, std::uint64_t>> files_;  ///< hash of the key, bytes
  bool unknown_ = false;
};

}  // namespace larder
