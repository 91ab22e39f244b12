#include "publish/layadcc_names.h"

#include <algorithm>
#include <iterator>

#include "base/lower_case.h"
#include "filetable/laya_table.h"

namespace larder::publish {
namespace {

template <std::size_t count>
bool contains(const std::string_view (&names)[count], std::string_view name) noexcept {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

}  // namespace

bool is_skipped_directory(std::string_view name) noexcept {
  static constexpr std::string_view kNames[] = {".git", ".svn", "update", "dccTools", "layadccout"};
  return contains(kNames, name);
}

std::string_view skipped_directory_of(std::string_view path) noexcept {
  std::size_t begin = 0;
  for (std::size_t slash; (slash = path.find('/', begin)) != path.npos; begin = slash + 1)
    if (is_skipped_directory(path.substr(begin, slash - begin))) return path.substr(0, slash);
  return {};
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
  std::string buffer;
  if (lower_case) {
    const auto most = static_cast<double>(path.size()) * kLowerCaseGrowth;
    buffer.resize(static_cast<std::size_t>(most) + 1);
    path = std::string(*to_lower_case(path, buffer));
  }
  if (escape_spaces) {
    buffer.resize(path.size() * 3);
    path = std::string(*filetable::laya_escape_spaces(path, buffer));
  }
  return path;
}

std::string without_escapes(std::string_view path) {
  std::string text;
  for (std::size_t at = 0; at < path.size();) {
    const bool escaped = path.substr(at, 3) == "%20";
    text += escaped ? ' ' : path[at];
    at += escaped ? 3 : 1;
  }
  return text;
}

}  // namespace larder::publish
