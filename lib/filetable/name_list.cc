#include "filetable/name_list.h"

#include <algorithm>
#include <exception>
#include <limits>

#include "base/utf8.h"

namespace larder::filetable {
namespace {

constexpr char kSlash = '/';

/// What makes `path` (without its leading slash) unusable; empty if nothing does.
std::string_view fault_of(std::string_view path) {
  if (path.find('\0') != std::string_view::npos) return "the path has a NUL in it";
  if (!is_utf8(path)) return "the path is not valid UTF-8";
  while (true) {
    const std::size_t end = path.find(kSlash);
    const std::string_view component = path.substr(0, end);
    if (component.empty()) return "the path has an empty component";
    if (component == "." || component == "..") return "the path has a component \".\" or \"..\"";
    if (end == std::string_view::npos) return {};
    path.remove_prefix(end + 1);
  }
}

}  // namespace

Result<NameList> NameList::parse(std::string_view text, const NameListLimits& limits,
                                 std::string* why) noexcept try {
  const auto fail = [why](errc code, std::size_t line, std::string_view sentence) {
    if (why) *why = (line ? "line " + std::to_string(line) + ": " : "") + std::string(sentence);
    return code;
  };
  constexpr std::uint64_t kMaxBytes = std::numeric_limits<std::uint32_t>::max();
  if (text.size() > std::min(limits.max_bytes, kMaxBytes))
    return fail(errc::too_large, 0, "the list has " + std::to_string(text.size()) + " bytes");

  NameList list;
  list.text_ = text;
  const std::string_view all = list.text_;
  std::size_t line_number = 0;
  for (std::size_t at = 0; at < all.size();) {
    ++line_number;
    const std::size_t end = std::min(all.find('\n', at), all.size());
    std::string_view line = all.substr(at, end - at);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.starts_with(kSlash))
      return fail(errc::bad_table, line_number, "the path does not begin with a slash");
    line.remove_prefix(1);
    if (line.size() > limits.max_path_bytes)
      return fail(errc::too_large, line_number, "the path is too long");
    if (const auto fault = fault_of(line); !fault.empty())
      return fail(errc::bad_table, line_number, fault);
    list.names_.push_back({static_cast<std::uint32_t>(line.data() - all.data()),
                           static_cast<std::uint32_t>(line.size())});
    at = end + 1;
  }
  list.sort_names();
  return list;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

void NameList::sort_names() {
  const auto less = [this](Name a, Name b) { return view(a) < view(b); };
  const auto equal = [this](Name a, Name b) { return view(a) == view(b); };
  if (!std::is_sorted(names_.begin(), names_.end(), less))
    std::sort(names_.begin(), names_.end(), less);
  names_.erase(std::unique(names_.begin(), names_.end(), equal), names_.end());
  names_.shrink_to_fit();
}

bool NameList::contains(std::string_view path) const noexcept {
  return paths().find(path) != names_.size();
}

bool NameList::is_directory(std::string_view path) const noexcept {
  return paths().is_directory(path);
}

Result<std::vector<Listed>> NameList::list(std::string_view directory) const {
  return paths().list(directory);
}

}  // namespace larder::filetable
