// URLs: what Larder can ask, what it accepts as an origin, and where a redirect leads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include <larder/result.h>

namespace larder::net {

/// An absolute http, https or file URL, ready to be asked. User names and fragments have no place
/// in it.
struct Url {
  std::string scheme;      ///< "http", "https" or "file"
  std::string host;        ///< lower case, an IPv6 address without brackets; empty for file
  std::uint16_t port = 0;  ///< the scheme's default if none was given; 0 for file
  std::string target;      ///< path and query, percent-encoded, from the first '/' on

  /// Host and, unless it is the scheme's default, port: the value of a Host header.
  [[nodiscard]] std::string authority() const;
  /// The whole URL.
  [[nodiscard]] std::string text() const;
  /// The target without its query.
  [[nodiscard]] std::string_view path() const noexcept;
  /// Same scheme, host and port.
  [[nodiscard]] bool same_origin(const Url& other) const noexcept;
};

/// Reads an absolute URL. It must be percent-encoded already. errc::invalid_argument, with a
/// sentence in `why` if that is not null. Throws std::bad_alloc, as all of this header.
Result<Url> parse_url(std::string_view text, std::string* why = nullptr);

/// What `reference` (absolute or relative, as in a Location header) means at `base`. Characters
/// that do not belong into a URL but occur in practice (spaces, UTF-8) are percent-encoded first.
Result<Url> resolve_url(const Url& base, std::string_view reference, std::string* why = nullptr);

/// What to do with a `%` in a path.
enum class Percent {
  keep,    ///< `%` and two hex digits stay; any other `%` becomes `%25`
  encode,  ///< `%` becomes `%25`: the path is a plain file name
};

/// Percent-encodes everything in a path that is not allowed there as it is, `?` and `#` included.
std::string percent_encode_path(std::string_view path, Percent percent = Percent::keep);

/// Undoes percent-encoding. errc::invalid_argument for a `%` without two hex digits and for NUL.
Result<std::string> percent_decode(std::string_view text);

/// The base URL of an origin: `http://…`, `https://…`, `file://…` or a directory, made absolute.
/// The result ends in '/', has no query, fragment or dot segments. errc::invalid_argument.
Result<std::string> normalise_base(std::string_view origin, std::string* why = nullptr);

}  // namespace larder::net
