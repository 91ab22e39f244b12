// Static files as an HTTP server sees them: names, validators, ranges. No sockets.
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>

namespace larder::tool {

/// A regular file, open for reading. Closed on destruction.
class StaticFile {
 public:
  /// Empty unless `path` is a regular file that can be read. Symbolic links are followed.
  static std::optional<StaticFile> open(const std::string& path);
  StaticFile(StaticFile&& other) noexcept;
  StaticFile& operator=(StaticFile&&) = delete;
  ~StaticFile();

  [[nodiscard]] std::uint64_t size() const noexcept { return size_; }
  /// Strong; made of size and time of change.
  [[nodiscard]] std::string etag() const;
  [[nodiscard]] std::time_t modified() const noexcept { return seconds_; }
  /// Appends up to `count` bytes from `offset` to `out`; fewer at the end or after an error.
  void read(std::uint64_t offset, std::size_t count, std::string& out) const;

 private:
  StaticFile() = default;

  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::time_t seconds_ = 0;
  long nanoseconds_ = 0;
};

/// The path below the root that a request target means: decoded, without its query, with a leading
/// '/'. Empty if the target is malformed or tries to leave the root.
std::optional<std::string> path_of_target(std::string_view target);

std::string_view content_type_of(std::string_view path) noexcept;

/// Names that publishers overwrite are always revalidated; names that carry a digest are forever.
std::string_view cache_control_of(std::string_view path) noexcept;

/// "Sun, 06 Nov 1994 08:49:37 GMT".
std::string http_date(std::time_t time);

/// Whether a cached answer with those validators is still good, by If-None-Match and
/// If-Modified-Since (empty: the header is absent).
bool is_unmodified(const StaticFile& file, std::string_view if_none_match,
                   std::string_view if_modified_since);

/// Bytes `first` to `last`, both included.
struct ByteRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;
};

/// What a Range header asks of a file of `size` bytes.
struct RangeWish {
  enum class Kind {
    whole,          ///< no range, several, or none that can be understood: send everything
    part,           ///< `range`
    unsatisfiable,  ///< 416
  };
  Kind kind = Kind::whole;
  ByteRange range;
};
RangeWish parse_range(std::string_view header, std::uint64_t size) noexcept;

}  // namespace larder::tool
