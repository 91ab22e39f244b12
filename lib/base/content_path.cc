#include "base/content_path.h"

#include "base/utf8.h"

namespace larder {
namespace {

bool is_ascii_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

const char* component_problem(std::string_view name) noexcept {
  if (name.empty()) return "has an empty component";
  if (name == "." || name == "..") return "has a component that is a dot or two";
  return nullptr;
}

}  // namespace

const char* content_path_problem(std::string_view path) noexcept {
  if (path.empty()) return "is empty";
  if (path.size() > kMaxContentPathBytes) return "is longer than 1024 bytes";
  if (path.front() == '/') return "is absolute";
  if (path.size() >= 2 && path[1] == ':' && is_ascii_letter(path[0])) return "begins with a drive";
  if (path.find('\0') != std::string_view::npos) return "has a NUL";
  if (path.find('\\') != std::string_view::npos) return "has a backslash";
  if (!is_utf8(path)) return "is not UTF-8";
  std::size_t start = 0;
  for (std::size_t i = 0; i <= path.size(); ++i) {
    if (i != path.size() && path[i] != '/') continue;
    if (const char* problem = component_problem(path.substr(start, i - start))) return problem;
    start = i + 1;
  }
  return nullptr;
}

}  // namespace larder
