// PackNotes: what a packing run knew of the content beyond what its tables say.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

#include "sys/file_system.h"

namespace larder::publish {

struct ContentNote {
  std::uint32_t path_id;
  std::uint64_t size_bytes;
  std::uint64_t fingerprint;
  friend bool operator==(const ContentNote&, const ContentNote&) = default;
};

/// LayaDCC's checksum misses changes, and its output has no room for a better one. So a run leaves
/// notes outside the output, which the next run may hold against the tree. Losing them costs a
/// warning, nothing else. One file for each output directory, native byte order, with a checksum of
/// its own.
class PackNotes {
 public:
  PackNotes() = default;
  /// Of a run whose tables have `id`. Several notes of one path id: the last one counts.
  PackNotes(std::string_view id, std::vector<ContentNote> notes);

  /// The notes for `output` in `directory`; empty ones if there are none, they cannot be read, or
  /// they belong to other tables than those with `id`.
  static PackNotes load(const std::string& directory, const std::string& output,
                        std::string_view id, sys::FileSystem& fs) noexcept;
  /// Makes `directory` if need be.
  Result<void> save(const std::string& directory, const std::string& output,
                    sys::FileSystem& fs) const noexcept;

  [[nodiscard]] std::optional<ContentNote> find(std::uint32_t path_id) const noexcept;
  [[nodiscard]] std::size_t size() const noexcept { return notes_.size(); }

 private:
  std::string id_;
  std::vector<ContentNote> notes_;  ///< ascending by path id
};

}  // namespace larder::publish
