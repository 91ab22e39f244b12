// Reads all files of a list once and computes the checksums that foreign lists have of each.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <larder/result.h>

#include "digest/hash.h"
#include "publish/output_directory.h"
#include "publish/walk.h"

namespace larder::publish {

struct TaggedFile {
  std::uint64_t size_bytes = 0;
  digest::Md5::Value md5{};
  digest::Md5::Value binary_md5{};  ///< differs with Tag::cocos_md5s only
  digest::Md5::Value utf8_md5{};    ///< the same
};

struct TagRequest {
  enum class Tag : std::uint8_t {
    md5,           ///< of the content
    cocos_md5s,    ///< the same, and what digest::CocosMd5 says of mistaken ones
    hex_text_md5,  ///< of the content written as upper-case hex digits
  };

  int root = -1;  ///< open directory that the paths are relative to
  const FileList* files = nullptr;
  Tag tag = Tag::md5;
  unsigned threads = 2;
  /// Where to copy a file's content; null: nowhere. Called from several threads.
  std::function<Result<std::unique_ptr<OutputFile>>(std::size_t file)> copy_of;
  /// Bytes read so far. Called from several threads, one at a time.
  std::function<void(std::uint64_t bytes)> progress;
  const std::atomic<bool>* stop = nullptr;  ///< ends the pass once it is set
};

/// Of each file of the list, in its order. Memory does not depend on the files' sizes.
/// errc::cancelled, errc::io (files that cannot be read, or changed meanwhile), or the error of a
/// copy; `why` says more. Throws std::bad_alloc and what `progress` throws.
Result<std::vector<TaggedFile>> tag_files(const TagRequest& request, std::string& why);

}  // namespace larder::publish
