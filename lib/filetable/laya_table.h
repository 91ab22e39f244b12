// LayaTable: LayaDCC v1 filetables, binary and text. See FORMAT.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

namespace larder::filetable {

/// One row: path id (CRC-32 of the path) and content checksum.
struct LayaPair {
  std::uint32_t path_id;
  std::uint32_t checksum;
  friend bool operator==(const LayaPair&, const LayaPair&) = default;
};

/// What to do with two rows of one path id and different checksums.
enum class Duplicates : std::uint8_t {
  isolate,  ///< such ids are looked up as unlisted (no guess, no wrong bytes) and reported
  refuse,   ///< errc::bad_table
};

struct LayaTableLimits {
  std::uint64_t max_bytes = std::uint64_t{256} << 20;
  Duplicates duplicates = Duplicates::isolate;
};

/// An immutable table. Owns its data; 9 to 10 bytes a row. Movable. Threads: any.
class LayaTable {
 public:
  /// Reads a table in any variant: binary with or without the version block, text with or without
  /// the header; told apart by content. Hostile input ends in errc::bad_table or errc::too_large,
  /// and `why`, if given, gets a sentence that says what is wrong and where.
  static Result<LayaTable> parse(std::span<const std::byte> file,
                                 const LayaTableLimits& limits = {},
                                 std::string* why = nullptr) noexcept;

  /// The checksum of a path id. Allocation-free.
  [[nodiscard]] std::optional<std::uint32_t> find(std::uint32_t path_id) const noexcept;

  /// The path ids that find() answers, ascending. Throws std::bad_alloc.
  [[nodiscard]] std::vector<std::uint32_t> path_ids() const;
  /// Number of distinct path ids that find() answers.
  [[nodiscard]] std::uint64_t size() const noexcept;
  /// The embedded MD5 (32 lower-case hex digits), or empty for variants without one.
  [[nodiscard]] std::string_view id() const noexcept;
  /// Ids with contradictory rows, ascending; empty for a healthy table.
  [[nodiscard]] std::span<const std::uint32_t> ambiguous_ids() const noexcept;

 private:
  LayaTable() = default;
  template <class RowAt>
  void take_rows(std::uint32_t count, RowAt row_at);
  void settle(std::span<std::uint64_t> bucket);

  // All rows, each path_id << 32 | checksum, by bucket: starts_[b] is the first row whose id has
  // `b` in its top bits, so that a look-up touches one stretch of a few rows. A large bucket is
  // sorted. Rows of one id are equal.
  std::unique_ptr<std::uint64_t[]> rows_;
  std::uint32_t distinct_ = 0;  ///< ids, without the ambiguous ones
  std::vector<std::uint32_t> starts_;
  unsigned shift_ = 0;  ///< row >> shift_ is its bucket
  std::vector<std::uint32_t> ambiguous_;
  std::string id_;
};

/// The path id that the LayaDCC packing tool writes: CRC-32 over CESU-8 of "/" + path. Bytes that
/// are not UTF-8 are hashed as they are.
[[nodiscard]] std::uint32_t laya_path_id_cesu8(std::string_view relative_path) noexcept;
/// The path id that the runtime computes: CRC-32 over UTF-8 of "/" + path. Equal to the above
/// within the Basic Multilingual Plane. `relative_path` has no leading slash.
[[nodiscard]] std::uint32_t laya_path_id(std::string_view relative_path) noexcept;

/// `path` as tables packed with `-esc` have it: `%20` for each white-space character of
/// JavaScript's
/// `\s`. `path` itself when nothing changes, else written to `buffer`, which must not overlap it;
/// three times the path is always enough. Empty when the buffer is too small.
[[nodiscard]] std::optional<std::string_view> laya_escape_spaces(std::string_view path,
                                                                 std::span<char> buffer) noexcept;

}  // namespace larder::filetable
