// FileEntry: what a native filetable says of one path.
#pragma once

#include <cstdint>

#include <larder/network.h>

#include "base/digest.h"
#include "base/entry.h"

namespace larder::filetable {

struct FileEntry {
  Digest digest;                    ///< of the content
  std::uint64_t size_bytes = 0;     ///< of the content
  std::uint64_t encoded_bytes = 0;  ///< what a download transfers; the size if not encoded
  Encoding encoding = Encoding::identity;
  /// The content is an envelope, of `size_bytes`, that holds so many; then it is not encoded.
  bool encrypted = false;
  std::uint64_t plain_bytes = 0;
  Priority priority = Priority::normal;
  bool executable = false;
  bool bootstrap = false;  ///< the program needs it to start
  /// There is no such file, and a bundle's must not show through. All else is as by default.
  bool tombstone = false;
  friend bool operator==(const FileEntry&, const FileEntry&) = default;
};

/// How another page is named.
struct PageReference {
  Digest digest;
  std::uint32_t bytes = 0;    ///< its length
  std::uint64_t entries = 0;  ///< in the leaves below it, or in itself
  friend bool operator==(const PageReference&, const PageReference&) = default;
};

}  // namespace larder::filetable
