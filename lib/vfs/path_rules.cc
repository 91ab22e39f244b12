#include "vfs/path_rules.h"

#include <cstring>

#include "base/lower_case.h"

namespace larder::vfs {
namespace {

/// Appends to a PathBuffer; remembers overflow instead of writing past the end.
class Writer {
 public:
  explicit Writer(PathBuffer& buffer) noexcept
      : begin_(buffer.bytes.data()), end_(begin_ + kMaxPathBytes), at_(begin_) {}

  void append(std::string_view text) noexcept {
    if (text.size() > static_cast<std::size_t>(end_ - at_)) {
      overflow_ = true;
      return;
    }
    std::memmove(at_, text.data(), text.size());
    at_ += text.size();
  }
  void append(char c) noexcept { append(std::string_view(&c, 1)); }
  /// Drops the last component; false if there is none.
  bool drop_component() noexcept {
    if (at_ == begin_) return false;
    while (at_ != begin_ && at_[-1] != '/') --at_;
    if (at_ != begin_) --at_;
    return true;
  }
  [[nodiscard]] bool empty() const noexcept { return at_ == begin_; }
  [[nodiscard]] bool overflow() const noexcept { return overflow_; }
  [[nodiscard]] std::string_view text() const noexcept {
    return {begin_, static_cast<std::size_t>(at_ - begin_)};
  }

 private:
  char* begin_;
  char* end_;
  char* at_;
  bool overflow_ = false;
};

/// Whether the path can be used as it stands: no empty, `.` or `..` component, no slash at an end.
bool is_normal(std::string_view path) noexcept {
  std::size_t start = 0;
  for (std::size_t i = 0; i <= path.size(); ++i) {
    if (i != path.size() && path[i] != '/') continue;
    const std::size_t length = i - start;
    if (length == 0) return false;
    if (path[start] == '.' && (length == 1 || (length == 2 && path[start + 1] == '.')))
      return false;
    start = i + 1;
  }
  return true;
}

bool has_forbidden_byte(std::string_view path) noexcept {
  return path.find('\0') != std::string_view::npos || path.find('\\') != std::string_view::npos;
}

/// Removes empty, `.` and `..` components. `path` may lie in the buffer that is written: the writer
/// never overtakes the reader.
Result<std::string_view> normalise(std::string_view path, PathBuffer& buffer) noexcept {
  if (is_normal(path)) return path;
  Writer out(buffer);
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    const std::string_view part = path.substr(0, slash);
    path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") {
      if (!out.drop_component()) return errc::bad_path;
      continue;
    }
    if (!out.empty()) out.append('/');
    out.append(part);
  }
  if (out.overflow()) return errc::bad_path;
  return out.text();
}

bool is_ascii_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// "scheme://…" with a scheme of two letters or more (one letter is a Windows drive).
bool is_absolute_url(std::string_view text) noexcept {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos || colon < 2) return false;
  for (char c : text.substr(0, colon))
    if (!is_ascii_letter(c) && c != '+' && c != '-' && c != '.' && !(c >= '0' && c <= '9'))
      return false;
  return is_ascii_letter(text.front());
}

}  // namespace

Result<PathRequest> PathRules::parse(std::string_view raw, PathBuffer& buffer) const noexcept {
  auto request = take_apart(raw, buffer);
  if (!request || !options_.lower_case || request->kind != PathRequest::Kind::content)
    return request;
  const auto listed = as_listed(request->path, buffer);
  if (!listed) return listed.error();
  request->path = *listed;
  return request;
}

Result<PathRequest> PathRules::take_apart(std::string_view raw, PathBuffer& buffer) const noexcept {
  if (raw.empty() || raw.size() > kMaxPathBytes || has_forbidden_byte(raw)) return errc::bad_path;

  for (const auto& [from, to] : options_.translations) {
    if (!raw.starts_with(from)) continue;
    Writer out(buffer);
    out.append(to);
    out.append(raw.substr(from.size()));
    if (out.overflow()) return errc::bad_path;
    raw = out.text();
    break;
  }

  PathRequest request;
  if (is_absolute_url(raw)) {
    if (raw.starts_with("file://")) {
      request.kind = PathRequest::Kind::file_url;
      request.path = raw.substr(7);
      return request;
    }
    if (options_.base_url.empty() || !raw.starts_with(options_.base_url)) {
      request.kind = PathRequest::Kind::foreign;
      request.path = raw;
      return request;
    }
    raw.remove_prefix(options_.base_url.size());
  }

  const std::size_t question = raw.find('?');
  if (question != std::string_view::npos) {
    request.has_query = true;
    request.query = raw.substr(question + 1);
    raw = raw.substr(0, question);
  }

  // The query may lie in the buffer behind the path; the path only ever gets shorter.
  const auto path = normalise(raw, buffer);
  if (!path) return path.error();
  request.path = *path;
  if (request.path.empty()) return errc::bad_path;
  return request;
}

Result<std::string_view> PathRules::as_listed(std::string_view path,
                                              PathBuffer& buffer) const noexcept {
  if (!options_.lower_case || path.empty()) return path;
  const auto lowered = to_lower_case(path, buffer.lowered);
  if (!lowered) return errc::bad_path;
  return *lowered;
}

Result<std::string_view> PathRules::parse_directory(std::string_view raw,
                                                    PathBuffer& buffer) noexcept {
  if (raw.size() > kMaxPathBytes || has_forbidden_byte(raw)) return errc::bad_path;
  return normalise(raw, buffer);
}

}  // namespace larder::vfs
