#include "publish/layadcc_warnings.h"

#include <algorithm>
#include <utility>

#include "base/utf8.h"
#include "filetable/laya_writer.h"

namespace larder::publish {
namespace {

using Kind = LayadccWarning::Kind;

constexpr std::size_t kMaxPaths = 5;        // of one warning
constexpr std::size_t kMaxCollisions = 20;  // told one by one

bool is_url_character(char c) {
  constexpr std::string_view kOthers = "-._~!$&'()*+,;=:@/";
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         kOthers.find(c) != std::string_view::npos;
}

bool has_any(std::string_view path, std::string_view characters) {
  return path.find_first_of(characters) != std::string_view::npos;
}

std::string in_quotes(std::string_view path) {
  return '"' + shown(path) + '"';
}

}  // namespace

std::string shown(std::string_view path) {
  std::string text;
  for (std::size_t at = 0; at < path.size();) {
    const CodePoint c = decode_utf8(path, at);
    const bool is_control = c.value < 0x20 || (c.value >= 0x7f && c.value < 0xa0);
    if (c.length != 0 && !is_control) {
      text.append(path, at, c.length);
    } else {
      constexpr std::string_view kDigits = "0123456789abcdef";
      for (std::size_t i = at; i < at + std::max(c.length, 1u); ++i) {
        const auto byte = static_cast<unsigned char>(path[i]);
        text += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
      }
    }
    at += std::max(c.length, 1u);
  }
  return text;
}

void WarningList::gather(Kind kind, const std::vector<std::string>& paths, std::string_view text) {
  if (paths.empty()) return;
  LayadccWarning warning{kind, std::to_string(paths.size()), {}};
  warning.text += paths.size() == 1 ? " path " : " paths ";
  warning.text += text;
  for (std::size_t i = 0; i < paths.size() && i < kMaxPaths; ++i)
    warning.paths.push_back(shown(paths[i]));
  into_.push_back(std::move(warning));
}

void WarningList::add(Kind kind, std::string text, std::vector<std::string> paths) {
  into_.push_back({kind, std::move(text), std::move(paths)});
}

void warn_of_names(const FileList& files, bool escape_spaces, WarningList& warnings) {
  std::vector<std::string> query;
  std::vector<std::string> encoding;
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const std::string_view path = files.path(i);
    const auto plain = [&](char c) { return is_url_character(c) || (c == ' ' && escape_spaces); };
    if (std::all_of(path.begin(), path.end(), plain)) continue;
    if (has_any(path, "%?#"))
      query.emplace_back(path);
    else if (has_any(path, "\\\r\n"))
      lines.emplace_back(path);
    else
      encoding.emplace_back(path);
  }
  warnings.gather(Kind::query_character, query,
                  "with '%', '?' or '#', which mean something else in a URL: clients will not find "
                  "them in the table");
  warnings.gather(Kind::not_a_line, lines,
                  "with a backslash or a line break: the tables name another file, or none");
  warnings.gather(Kind::needs_encoding, encoding,
                  "with spaces or characters that URLs must encode: make sure that clients ask for "
                  "them in the same way");
}

void warn_of_collisions(const FileList& files, const std::vector<std::string>& table_paths,
                        const std::vector<std::uint32_t>& path_ids, WarningList& warnings) {
  std::vector<std::pair<std::uint32_t, std::size_t>> by_id;
  by_id.reserve(path_ids.size());
  for (std::size_t i = 0; i < path_ids.size(); ++i) by_id.emplace_back(path_ids[i], i);
  std::sort(by_id.begin(), by_id.end());

  std::vector<std::string> more;
  std::size_t told = 0;
  for (std::size_t i = 1; i < by_id.size(); ++i) {
    if (by_id[i - 1].first != by_id[i].first) continue;
    const std::size_t a = by_id[i - 1].second;
    const std::size_t b = by_id[i].second;
    const bool same_path = table_paths[a] == table_paths[b];
    if (told++ == kMaxCollisions) {
      more.emplace_back(files.path(b));
      --told;
      continue;
    }
    const std::string both = in_quotes(files.path(a)) + " and " + in_quotes(files.path(b));
    if (same_path)
      warnings.add(Kind::same_path,
                   both + " both become " + shown(table_paths[a]) +
                       ": clients get the second for both; rename one",
                   {shown(files.path(a)), shown(files.path(b))});
    else
      warnings.add(Kind::path_id_collision,
                   both + " have one path id, " + filetable::laya_content_name(path_ids[a]) +
                       ": clients mistake one for the other; rename one",
                   {shown(files.path(a)), shown(files.path(b))});
  }
  warnings.gather(Kind::path_id_collision, more, "more that share their path id with another");
}

std::string shown_lines(const std::vector<PathProblem>& problems) {
  constexpr std::size_t kMaxTold = 20;
  std::string lines;
  for (std::size_t i = 0; i < problems.size() && i < kMaxTold; ++i) {
    lines += "\n  " + shown(problems[i].path);
    if (!problems[i].what.empty()) lines += ": " + problems[i].what;
  }
  if (problems.size() > kMaxTold)
    lines += "\n  and " + std::to_string(problems.size() - kMaxTold) + " more";
  return lines;
}

std::string shown_lines(const std::vector<std::string>& paths) {
  std::vector<PathProblem> problems;
  for (const std::string& path : paths) problems.push_back({path, {}});
  return shown_lines(problems);
}

const char* name_of(Kind kind) noexcept {
  switch (kind) {
    case Kind::path_id_collision: return "path_id_collision";
    case Kind::same_path: return "same_path";
    case Kind::missed_update: return "missed_update";
    case Kind::update_folder: return "update_folder";
    case Kind::directory_link: return "directory_link";
    case Kind::output_folder: return "output_folder";
    case Kind::unreadable: return "unreadable";
    case Kind::no_files: return "no_files";
    case Kind::query_character: return "query_character";
    case Kind::needs_encoding: return "needs_encoding";
    case Kind::not_a_line: return "not_a_line";
  }
  return "unknown";
}

std::string sentence(const LayadccWarning& warning) {
  const auto& [kind, text, paths] = warning;
  if (paths.empty() || text.find(paths.front()) != text.npos) return text;
  std::string line = text;
  for (std::size_t i = 0; i < paths.size(); ++i) line += (i == 0 ? " (" : ", ") + paths[i];
  return line + ")";
}

}  // namespace larder::publish
