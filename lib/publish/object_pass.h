// Reads the files of a tree that changed, and puts their contents into an origin.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <larder/content_key.h>
#include <larder/result.h>

#include "filetable/file_entry.h"
#include "publish/origin_directory.h"
#include "publish/seen_files.h"
#include "publish/walk.h"

namespace larder::publish {

struct ObjectPass {
  int root = -1;  ///< open directory that the paths are relative to
  const FileList* files = nullptr;
  OriginDirectory* origin = nullptr;
  const SeenFiles* seen = nullptr;  ///< null: every file is read
  unsigned threads = 2;
  /// zstd's level for `new_bytes` bytes of files that have to be read.
  std::function<int(std::uint64_t new_bytes)> level;
  /// Bytes done and bytes in all. Called from several threads, one at a time.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
  const ContentKey* key = nullptr;          ///< encrypts all contents; null: none
  const std::atomic<bool>* stop = nullptr;  ///< ends the pass once it is set
};

struct ObjectReport {
  /// One for each file of the list, in its order.
  std::vector<filetable::FileEntry> entries;
  SeenFiles seen;  ///< what the next run need not read
  std::uint64_t files_read = 0;
  std::uint64_t bytes_read = 0;
  /// If there are any, nothing else counts.
  std::vector<PathProblem> problems;
};

/// Memory: up to kWholeBytes for each thread twice, whatever the files' sizes. errc::cancelled, or
/// what writing to the origin ended in. Throws std::bad_alloc and what `progress` throws.
Result<ObjectReport> put_contents(const ObjectPass& pass);

/// Files up to that are read at once.
inline constexpr std::uint64_t kWholeBytes = std::uint64_t{16} << 20;

/// Whether `encoded` bytes are worth decoding `bytes`: at least 5 % less.
[[nodiscard]] constexpr bool encoding_pays(std::uint64_t encoded, std::uint64_t bytes) noexcept {
  return encoded < bytes && encoded + (bytes + 19) / 20 <= bytes;
}

}  // namespace larder::publish
