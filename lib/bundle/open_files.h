// OpenFiles: files of a bundle that were lent already.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <unordered_map>
#include <unordered_set>

#include <larder/blob.h>
#include <larder/result.h>

#include "base/digest.h"
#include "digest/verifier.h"

namespace larder::bundle {

/// Mapped files by a number, each held against its checksum at its first use in this process.
/// Threads: any.
class OpenFiles {
 public:
  /// The content of file `key`, which `open()`, a Result<Blob>, brings if it is not here yet.
  /// Whatever open() says; errc::damaged once, then errc::not_found: damage does not heal. Throws
  /// what open() throws, and std::bad_alloc.
  template <class Open>
  Result<Blob> lend(std::uint32_t key, const Checksum& expected, Open&& open) {
    Shard& shard = shards_[key % kShards];
    {
      std::lock_guard lock(shard.mutex);
      const auto known = shard.files.find(key);
      if (known != shard.files.end()) return known->second;
      if (shard.damaged.contains(key)) return errc::not_found;
    }
    Result<Blob> blob = open();
    if (!blob) return blob;
    const bool good = digest::fulfils(expected, blob->bytes());

    std::lock_guard lock(shard.mutex);
    if (!good) {
      shard.damaged.insert(key);
      return errc::damaged;
    }
    if (shard.files.size() >= kFilesPerShard) shard.files.clear();
    shard.files.emplace(key, *blob);
    return blob;
  }

 private:
  struct Shard {
    std::mutex mutex;
    std::unordered_map<std::uint32_t, Blob> files;
    std::unordered_set<std::uint32_t> damaged;
  };
  static constexpr std::size_t kShards = 16;
  /// Mappings are a limited resource of the process; beyond this a shard forgets its own and
  /// reopens.
  static constexpr std::size_t kFilesPerShard = 512;

  std::unique_ptr<Shard[]> shards_ = std::make_unique<Shard[]>(kShards);
};

}  // namespace larder::bundle
