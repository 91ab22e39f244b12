#include "static_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <utility>

namespace larder::tool {
namespace {

struct ContentType {
  std::string_view extension;
  std::string_view type;
};

constexpr ContentType kContentTypes[] = {
    {".bin", "application/octet-stream"},
    {".css", "text/css; charset=utf-8"},
    {".csv", "text/csv; charset=utf-8"},
    {".gif", "image/gif"},
    {".htm", "text/html; charset=utf-8"},
    {".html", "text/html; charset=utf-8"},
    {".ico", "image/x-icon"},
    {".jpeg", "image/jpeg"},
    {".jpg", "image/jpeg"},
    {".js", "text/javascript; charset=utf-8"},
    {".json", "application/json"},
    {".lua", "text/plain; charset=utf-8"},
    {".mp3", "audio/mpeg"},
    {".mp4", "video/mp4"},
    {".ogg", "audio/ogg"},
    {".otf", "font/otf"},
    {".plist", "application/xml"},
    {".png", "image/png"},
    {".svg", "image/svg+xml"},
    {".ttf", "font/ttf"},
    {".txt", "text/plain; charset=utf-8"},
    {".wasm", "application/wasm"},
    {".wav", "audio/wav"},
    {".webp", "image/webp"},
    {".woff", "font/woff"},
    {".woff2", "font/woff2"},
    {".xml", "application/xml"},
    {".zip", "application/zip"},
};

/// Files that a publisher replaces under the same name.
constexpr std::string_view kMutableNames[] = {"assetsid.txt", "filetable.bin", "filetable.txt",
                                              "allfiles.txt", "head"};

std::string_view name_of(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);
}

bool carries_digest(std::string_view name) noexcept {
  constexpr std::size_t kDigits = 32;
  const std::string_view stem = name.substr(0, name.find('.'));
  return stem.size() >= kDigits && stem.find_first_not_of("0123456789abcdef") == stem.npos;
}

std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t";
  const std::size_t begin = text.find_first_not_of(kBlank);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlank) - begin + 1);
}

/// Weak comparison, as If-None-Match demands.
bool lists(std::string_view header, std::string_view etag) noexcept {
  while (!header.empty()) {
    const std::size_t comma = header.find(',');
    std::string_view item = trim(header.substr(0, comma));
    if (item.starts_with("W/")) item.remove_prefix(2);
    if (item == "*" || item == etag) return true;
    header.remove_prefix(comma == header.npos ? header.size() : comma + 1);
  }
  return false;
}

bool parse_number(std::string_view text, std::uint64_t& value) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc{} && end == text.data() + text.size();
}

}  // namespace

std::optional<StaticFile> StaticFile::open(const std::string& path) {
  StaticFile file;
  // Without O_NONBLOCK a named pipe would stop the server.
  file.descriptor_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  struct stat status {};
  if (file.descriptor_ < 0 || ::fstat(file.descriptor_, &status) != 0 || !S_ISREG(status.st_mode))
    return std::nullopt;
  file.size_ = static_cast<std::uint64_t>(status.st_size);
  file.seconds_ = status.st_mtim.tv_sec;
  file.nanoseconds_ = status.st_mtim.tv_nsec;
  return file;
}

StaticFile::StaticFile(StaticFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      seconds_(other.seconds_),
      nanoseconds_(other.nanoseconds_) {}

StaticFile::~StaticFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::string StaticFile::etag() const {
  std::array<char, 64> text{};
  const int length = std::snprintf(
      text.data(), text.size(), "\"%llx-%llx.%lx\"", static_cast<unsigned long long>(size_),
      static_cast<unsigned long long>(seconds_), static_cast<unsigned long>(nanoseconds_));
  return {text.data(), static_cast<std::size_t>(length)};
}

void StaticFile::read(std::uint64_t offset, std::size_t count, std::string& out) const {
  const std::size_t before = out.size();
  out.resize(before + count);
  std::size_t done = 0;
  while (done < count) {
    const ssize_t got = ::pread(descriptor_, out.data() + before + done, count - done,
                                static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    done += static_cast<std::size_t>(got);
  }
  out.resize(before + done);
}

std::optional<std::string> path_of_target(std::string_view target) {
  const auto view = boost::urls::parse_origin_form(target);
  if (!view) return std::nullopt;
  std::string path;
  for (const std::string& segment : view->segments()) {
    if (segment == ".." || segment.find('/') != segment.npos || segment.find('\0') != segment.npos)
      return std::nullopt;
    if (!segment.empty() && segment != ".") path += "/" + segment;
  }
  if (target.substr(0, target.find('?')).ends_with('/')) path += '/';  // a directory, not a file
  return path;
}

std::string_view content_type_of(std::string_view path) noexcept {
  const std::string_view name = name_of(path);
  const std::size_t dot = name.rfind('.');
  const std::string_view extension = dot == name.npos ? "" : name.substr(dot);
  for (const ContentType& known : kContentTypes)
    if (known.extension == extension) return known.type;
  return "application/octet-stream";
}

std::string_view cache_control_of(std::string_view path) noexcept {
  const std::string_view name = name_of(path);
  if (std::find(std::begin(kMutableNames), std::end(kMutableNames), name) !=
      std::end(kMutableNames))
    return "no-cache";
  return carries_digest(name) ? "public, max-age=31536000, immutable" : "public, max-age=60";
}

std::string http_date(std::time_t time) {
  constexpr const char* kDays[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr const char* kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  std::tm t{};
  ::gmtime_r(&time, &t);
  std::array<char, 64> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%s, %02d %s %d %02d:%02d:%02d GMT", kDays[t.tm_wday],
                    t.tm_mday, kMonths[t.tm_mon], t.tm_year + 1900, t.tm_hour, t.tm_min, t.tm_sec);
  return {text.data(), static_cast<std::size_t>(length)};
}

bool is_unmodified(const StaticFile& file, std::string_view if_none_match,
                   std::string_view if_modified_since) {
  if (!if_none_match.empty()) return lists(if_none_match, file.etag());
  if (if_modified_since.empty()) return false;
  std::tm t{};
  const std::string text(if_modified_since);
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &t);
  return end && *end == '\0' && file.modified() <= ::timegm(&t);
}

RangeWish parse_range(std::string_view header, std::uint64_t size) noexcept {
  constexpr std::string_view kUnit = "bytes=";
  if (!header.starts_with(kUnit)) return {};
  header = trim(header.substr(kUnit.size()));
  const std::size_t dash = header.find('-');
  if (dash == header.npos) return {};
  const std::string_view first_text = header.substr(0, dash);
  const std::string_view last_text = header.substr(dash + 1);

  std::uint64_t first = 0;
  std::uint64_t last = size - 1;
  if (first_text.empty()) {
    std::uint64_t suffix = 0;
    if (!parse_number(last_text, suffix)) return {};
    if (suffix == 0 || size == 0) return {RangeWish::Kind::unsatisfiable, {}};
    return {RangeWish::Kind::part, {size - std::min(suffix, size), size - 1}};
  }
  if (!parse_number(first_text, first)) return {};
  if (!last_text.empty() && (!parse_number(last_text, last) || last < first)) return {};
  if (first >= size) return {RangeWish::Kind::unsatisfiable, {}};
  return {RangeWish::Kind::part, {first, std::min(last, size - 1)}};
}

}  // namespace larder::tool
