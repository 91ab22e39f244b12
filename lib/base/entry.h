// Entry: what a table says of one path. A small value, copied forward through the corridor.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/object_key.h"

namespace larder {

/// How a request is to be answered. Decided once, by the release that resolves the path.
enum class Route : std::uint8_t {
  listed,     ///< the table names the content: store, bundle, origin; verified
  member,     ///< it lies in an archive that the table names and that is here: bundle only
  versioned,  ///< the request itself names a version of unlisted content: store, origin
  transient,  ///< outside every table: fetched, kept at most for this program run
  live,       ///< development mode: fetched each time, never kept
  file,       ///< a file:// URL: read directly
};

/// How an origin keeps an object.
enum class Encoding : std::uint8_t {
  identity,  ///< as it is
  zstd,      ///< one zstd frame
};

struct Entry {
  Route route = Route::listed;
  ObjectKey key;                      ///< the local name; kind none if the bytes are never kept
  Checksum checksum;                  ///< what the bytes must fulfil
  std::optional<std::uint64_t> size;  ///< in bytes, where the format knows it
  /// Where the origin keeps it: a path below its base, or a URL. Borrowed, as is `query`: from the
  /// request or the release.
  std::string_view home;
  std::string_view query;  ///< the request's own query string, without the `?`
  Encoding encoding = Encoding::identity;
  std::uint64_t encoded_bytes = 0;  ///< what a download transfers, if it is encoded
  bool is_index = false;            ///< a part of the table itself, not content
  bool is_encrypted = false;        ///< content is an envelope that has to be opened
  std::uint64_t plain_bytes = 0;    ///< of encrypted content: what is in the envelope

  /// The release has a file of that name.
  [[nodiscard]] bool is_file() const noexcept {
    return route == Route::listed || route == Route::member;
  }
};

/// An entry that owns what it views: what outlives the call that resolved it.
class OwnedEntry {
 public:
  explicit OwnedEntry(const Entry& entry) : home_(entry.home), query_(entry.query), entry_(entry) {
    entry_.home = home_;
    entry_.query = query_;
  }
  OwnedEntry(const OwnedEntry&) = delete;
  OwnedEntry& operator=(const OwnedEntry&) = delete;

  const Entry& operator*() const noexcept { return entry_; }
  const Entry* operator->() const noexcept { return &entry_; }

 private:
  std::string home_;
  std::string query_;
  Entry entry_;
};

}  // namespace larder
