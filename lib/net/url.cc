#include "net/url.h"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>
#include <filesystem>
#include <utility>

#include "net/ascii.h"

namespace larder::net {
namespace {

namespace urls = boost::urls;

constexpr std::string_view kHexDigits = "0123456789ABCDEF";

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_escape(std::string_view text, std::size_t at) noexcept {
  return text.size() - at > 2 && hex_value(text[at + 1]) >= 0 && hex_value(text[at + 2]) >= 0;
}

void append_escaped(std::string& out, char c) {
  const auto byte = static_cast<unsigned char>(c);
  out += '%';
  out += kHexDigits[byte >> 4];
  out += kHexDigits[byte & 15];
}

std::uint16_t default_port(std::string_view scheme) noexcept {
  if (scheme == "http") return 80;
  if (scheme == "https") return 443;
  return 0;
}

Result<Url> refuse(std::string_view text, std::string_view problem, std::string* why) {
  if (why) *why = "the URL '" + std::string(text) + "' " + std::string(problem);
  return errc::invalid_argument;
}

/// Percent-encodes what no part of a URL may hold. Control characters stay, to be refused.
std::string encode_strays(std::string_view text) {
  constexpr std::string_view kAllowed = "-._~:/?#[]@!$&'()*+,;=";
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
    if (is_ascii_alnum(c) || control || kAllowed.find(c) != kAllowed.npos ||
        (c == '%' && is_escape(text, i)))
      out += c;
    else
      append_escaped(out, c);
  }
  return out;
}

bool is_host_name(std::string_view host) noexcept {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return is_ascii_alnum(c) || c == '-' || c == '.' || c == '_';
  });
}

/// 0 if it is none.
std::uint16_t port_of(std::string_view text) noexcept {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  return error == std::errc{} && end == text.data() + text.size() ? port : std::uint16_t{0};
}

Result<Url> from_view(const urls::url_view_base& view, std::string* why) {
  const std::string_view text(view.buffer().data(), view.buffer().size());
  Url url;
  url.scheme = ascii_lower(view.scheme());
  const bool is_file = url.scheme == "file";
  url.port = default_port(url.scheme);
  if (!is_file && url.port == 0)
    return refuse(text, "has an unknown scheme: only http, https and file are supported", why);
  if (view.has_userinfo()) return refuse(text, "has a user name, which is not supported", why);

  if (view.host_type() == urls::host_type::ipv6)
    url.host = ascii_lower(view.host_ipv6_address().to_string());
  else
    url.host = ascii_lower(std::string_view(view.encoded_host()));
  if (is_file) {
    if (!url.host.empty() && url.host != "localhost")
      return refuse(text, "names a file on another host", why);
    url.host.clear();
  } else if (view.host_type() != urls::host_type::ipv6 && !is_host_name(url.host)) {
    return refuse(text, "has no valid host name", why);
  }
  if (view.has_port() && !view.port().empty()) {
    url.port = is_file ? 0 : port_of(view.port());
    if (url.port == 0) return refuse(text, "has no valid port", why);
  }

  url.target = std::string_view(view.encoded_path());
  if (url.target.empty()) url.target = '/';
  // The parser takes what follows a host for a path, whatever it begins with.
  if (!url.target.starts_with('/')) return refuse(text, "has no valid host name or port", why);
  if (view.has_query()) url.target += "?" + std::string(std::string_view(view.encoded_query()));
  return url;
}

/// A directory, made absolute, as a file URL.
Result<std::string> base_of_directory(const std::string& directory, std::string* why) {
  if (directory.find('\0') != directory.npos) {
    if (why) *why = "the origin's path holds a NUL character";
    return errc::invalid_argument;
  }
  std::error_code ec;
  const auto absolute = std::filesystem::absolute(directory, ec);
  if (ec) {
    if (why) *why = "the origin '" + directory + "' cannot be made absolute: " + ec.message();
    return errc::invalid_argument;
  }
  std::string path = absolute.lexically_normal().generic_string();
  if (!path.ends_with('/')) path += '/';
  return "file://" + percent_encode_path(path, Percent::encode);
}

bool looks_like_url(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == text.npos || colon == 0) return false;
  const std::string scheme = ascii_lower(text.substr(0, colon));
  if (scheme == "file" || default_port(scheme) != 0) return true;
  return text.substr(colon).starts_with("://") &&
         std::all_of(scheme.begin(), scheme.end(), is_ascii_alnum);
}

}  // namespace

std::string Url::authority() const {
  std::string out = host.find(':') == host.npos ? host : "[" + host + "]";
  if (port != default_port(scheme)) out += ":" + std::to_string(port);
  return out;
}

std::string Url::text() const {
  return scheme + "://" + authority() + target;
}

std::string_view Url::path() const noexcept {
  const std::string_view view = target;
  return view.substr(0, view.find('?'));
}

bool Url::same_origin(const Url& other) const noexcept {
  return scheme == other.scheme && host == other.host && port == other.port;
}

Result<Url> parse_url(std::string_view text, std::string* why) {
  const auto view = urls::parse_uri(text);
  if (!view) return refuse(text, "is malformed or not absolute", why);
  return from_view(*view, why);
}

Result<Url> resolve_url(const Url& base, std::string_view reference, std::string* why) {
  const std::string encoded = encode_strays(reference);
  const auto parsed = urls::parse_uri_reference(encoded);
  if (!parsed) return refuse(reference, "is malformed", why);
  const std::string base_text = base.text();
  urls::url resolved;
  if (!urls::resolve(urls::url_view(base_text), *parsed, resolved))
    return refuse(reference, "cannot be resolved", why);
  Result<Url> url = from_view(resolved, why);
  // Segments that would lead above the root lead to the root (RFC 3986, section 5.2.4).
  while (url && (url->target.starts_with("/../") || url->path() == "/.."))
    url->target.replace(0, std::min<std::size_t>(4, url->path().size()), "/");
  return url;
}

std::string percent_encode_path(std::string_view path, Percent percent) {
  constexpr std::string_view kAllowed = "-._~!$&'()*+,;=:@/";
  std::string out;
  out.reserve(path.size());
  for (std::size_t i = 0; i < path.size(); ++i) {
    const char c = path[i];
    const bool kept = c == '%' && percent == Percent::keep && is_escape(path, i);
    if (kept || is_ascii_alnum(c) || kAllowed.find(c) != kAllowed.npos)
      out += c;
    else
      append_escaped(out, c);
  }
  return out;
}

Result<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    if (c == '%') {
      if (!is_escape(text, i)) return errc::invalid_argument;
      c = static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    }
    if (c == '\0') return errc::invalid_argument;
    out += c;
  }
  return out;
}

Result<std::string> normalise_base(std::string_view origin, std::string* why) {
  if (origin.empty()) {
    if (why) *why = "the origin is empty";
    return errc::invalid_argument;
  }
  if (!looks_like_url(origin)) return base_of_directory(std::string(origin), why);

  const std::string encoded = encode_strays(origin);
  Result<Url> url = parse_url(encoded, why);
  if (!url) return url.error();
  if (url->scheme == "file") {
    Result<std::string> path = percent_decode(url->path());
    if (path) return base_of_directory(*path, why);
    return refuse(origin, "holds a NUL character", why).error();
  }
  urls::url normal(url->scheme + "://" + url->authority() + std::string(url->path()));
  normal.normalize_path();
  std::string base(normal.buffer().data(), normal.buffer().size());
  if (!base.ends_with('/')) base += '/';
  return base;
}

}  // namespace larder::net
