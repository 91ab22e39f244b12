#include "publish/layadcc_names.h"

#include <algorithm>
#include <iterator>

#include "filetable/utf8.h"
#include "publish/lower_case.h"

namespace larder::publish {
namespace {

template <std::size_t count>
bool contains(const std::string_view (&names)[count], std::string_view name) noexcept {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

/// JavaScript's `\s`.
bool is_white_space(char32_t c) noexcept {
  switch (c) {
    case 0x20:
    case 0xa0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000:
    case 0xfeff: return true;
    default: return (c >= 0x09 && c <= 0x0d) || (c >= 0x2000 && c <= 0x200a);
  }
}

std::string escape_white_space(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const filetable::CodePoint c = filetable::decode_utf8(text, at);
    if (is_white_space(c.value))
      escaped += "%20";
    else
      escaped.append(text, at, c.length);
    at += c.length;
  }
  return escaped;
}

}  // namespace

bool is_skipped_directory(std::string_view name) noexcept {
  static constexpr std::string_view kNames[] = {".git", ".svn", "update", "dccTools", "layadccout"};
  return contains(kNames, name);
}

bool is_skipped_extension(std::string_view extension) noexcept {
  static constexpr std::string_view kExtensions[] = {".exportjson", ".pngz", ".jpgz", ".jngz"};
  return contains(kExtensions, extension);
}

bool is_text_extension(std::string_view extension) noexcept {
  static constexpr std::string_view kExtensions[] = {".txt", ".html", ".js",  ".exportjson",
                                                     ".css", ".htm",  ".ini", ".log"};
  // No character outside ASCII has one of these letters for its lower case.
  const auto equal = [](char a, char b) {
    return a == (b >= 'A' && b <= 'Z' ? static_cast<char>(b + ('a' - 'A')) : b);
  };
  return std::any_of(std::begin(kExtensions), std::end(kExtensions), [&](std::string_view known) {
    return std::equal(known.begin(), known.end(), extension.begin(), extension.end(), equal);
  });
}

std::string_view extension_of(std::string_view name) noexcept {
  const std::size_t dot = name.rfind('.');
  if (dot == std::string_view::npos || dot == 0) return {};
  return name.substr(dot);
}

std::string table_path(std::string_view relative_path, bool lower_case, bool escape_spaces) {
  std::string path = "/";
  path += relative_path;
  std::replace(path.begin(), path.end(), '\\', '/');
  if (lower_case) path = to_lower_case(path);
  if (escape_spaces) path = escape_white_space(path);
  return path;
}

std::string host_directory(std::string_view url) {
  constexpr std::string_view kScheme = "http://";
  std::string name(url);
  if (const auto at = name.find(kScheme); at != std::string::npos) name.erase(at, kScheme.size());
  if (const auto at = name.find('?'); at != std::string::npos && at > 0) name.resize(at);
  if (const auto at = name.rfind('/'); at != std::string::npos && at > 0) name.resize(at);
  for (char& c : name) {
    if (c == ':') c = '.';
    if (c == '/' || c == '\\') c = '_';
  }
  return name;
}

}  // namespace larder::publish
