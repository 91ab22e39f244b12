// Reads all files of a list once and computes what tables need of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include <larder/result.h>

#include "digest/hash.h"
#include "publish/output_directory.h"
#include "publish/walk.h"

namespace larder::publish {

struct ContentFacts {
  std::uint64_t size_bytes = 0;
  std::uint64_t fingerprint = 0;        ///< XXH3 of the content; for comparing, never published
  std::uint32_t checksum = 0;           ///< LayaDCC's
  std::uint32_t line_end_checksum = 0;  ///< of text, with unified line ends; else as above
  bool copy_differs = false;            ///< a copy of that name existed, with other content
};

struct ContentRequest {
  int root = -1;  ///< open directory that the paths are relative to
  const FileList* files = nullptr;
  unsigned threads = 2;
  /// Where to copy a file's content; null: nowhere. Called from several threads.
  std::function<Result<std::unique_ptr<OutputFile>>(std::size_t file)> copy_of;
  /// Files and bytes hashed so far. Called from several threads, one at a time.
  std::function<void(std::uint64_t files, std::uint64_t bytes)> progress;
  const std::atomic<bool>* stop = nullptr;  ///< ends the pass once it is set
};

struct UnreadableFile {
  std::size_t file;
  std::string what;
  bool changing;  ///< readable, but it changed meanwhile
};

struct ContentReport {
  std::vector<ContentFacts> facts;  ///< one for each file of the list
  digest::Md5::Value md5;           ///< of all content in the list's order
  std::uint64_t bytes = 0;
  /// If there are any, the rest of the report is worth nothing. Ascending.
  std::vector<UnreadableFile> unreadable;
};

/// Memory does not depend on the files' sizes. errc::cancelled, or the error of a copy, of which
/// `why` then says more. Throws std::bad_alloc and what `progress` throws.
Result<ContentReport> read_contents(const ContentRequest& request, std::string& why);

}  // namespace larder::publish
