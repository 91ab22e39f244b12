// Path rules: from what a caller typed to a PathRequest. Pure; neither allocates nor blocks.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <larder/result.h>

#include "base/request.h"

namespace larder::vfs {

/// Longest path or URL that is looked at, in bytes. Longer ones are errc::bad_path.
inline constexpr std::size_t kMaxPathBytes = 4096;

/// Room for a path that had to be rewritten. Left uninitialised on purpose: most paths need none.
struct PathBuffer {
  std::array<char, kMaxPathBytes> bytes;
  std::array<char, kMaxPathBytes> lowered;
};

/// How an application's names map to content paths.
class PathRules {
 public:
  struct Options {
    std::string base_url;  ///< of the origin, ends in `/`; empty: none
    bool lower_case = false;
    std::vector<std::pair<std::string, std::string>> translations;  ///< prefixes, first match wins
  };

  PathRules() = default;
  explicit PathRules(Options options) : options_(std::move(options)) {}

  /// take_apart(), and the path as_listed().
  [[nodiscard]] Result<PathRequest> parse(std::string_view raw, PathBuffer& buffer) const noexcept;

  /// `raw` translated, taken apart and normalised. The result views `raw` or `buffer`.
  /// errc::bad_path: empty, too long, NUL or backslash, `..` above the root.
  [[nodiscard]] Result<PathRequest> take_apart(std::string_view raw,
                                               PathBuffer& buffer) const noexcept;

  [[nodiscard]] bool lowers_case() const noexcept { return options_.lower_case; }
  /// A normalised path, in lower case if that is how the table lists it; then it views `buffer`, of
  /// which only `lowered` is written. errc::bad_path: too long.
  [[nodiscard]] Result<std::string_view> as_listed(std::string_view path,
                                                   PathBuffer& buffer) const noexcept;

  /// A directory for listings, normalised: as a path, but empty (the root) is allowed.
  [[nodiscard]] static Result<std::string_view> parse_directory(std::string_view raw,
                                                                PathBuffer& buffer) noexcept;

 private:
  Options options_;
};

}  // namespace larder::vfs
