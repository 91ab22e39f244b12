#include <cstring>

#include "base/utf8.h"
#include "digest/hash.h"
#include "filetable/laya_table.h"

namespace larder::filetable {
namespace {

std::uint32_t crc_of_slash() noexcept {
  static const std::uint32_t crc = digest::crc32("/");
  return crc;
}

/// A UTF-16 code unit in the manner of a three-byte UTF-8 sequence.
void put_unit(char* into, char32_t unit) noexcept {
  into[0] = static_cast<char>(0xe0 | unit >> 12);
  into[1] = static_cast<char>(0x80 | (unit >> 6 & 0x3f));
  into[2] = static_cast<char>(0x80 | (unit & 0x3f));
}

std::uint32_t crc_of_surrogates(char32_t code_point, std::uint32_t crc) noexcept {
  const char32_t offset = code_point - 0x10000;
  char pair[6];
  put_unit(pair, 0xd800 + (offset >> 10));
  put_unit(pair + 3, 0xdc00 + (offset & 0x3ff));
  return digest::crc32({pair, sizeof pair}, crc);
}

}  // namespace

std::uint32_t laya_path_id(std::string_view relative_path) noexcept {
  return digest::crc32(relative_path, crc_of_slash());
}

std::uint32_t laya_path_id_cesu8(std::string_view relative_path) noexcept {
  std::uint32_t crc = crc_of_slash();
  std::size_t done = 0;  // everything before it is in the sum
  for (std::size_t at = 0; at < relative_path.size(); ++at) {
    if (static_cast<unsigned char>(relative_path[at]) < 0xf0) continue;
    const CodePoint code_point = decode_utf8(relative_path, at);
    if (code_point.length != 4) continue;
    crc = digest::crc32(relative_path.substr(done, at - done), crc);
    crc = crc_of_surrogates(code_point.value, crc);
    done = at + 4;
    at = done - 1;
  }
  return digest::crc32(relative_path.substr(done), crc);
}

namespace {

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

}  // namespace

std::optional<std::string_view> laya_escape_spaces(std::string_view path,
                                                   std::span<char> buffer) noexcept {
  constexpr std::string_view kEscape = "%20";
  bool changed = false;
  std::size_t size = 0;
  for (std::size_t at = 0; at < path.size();) {
    const CodePoint c = decode_utf8(path, at);
    const std::size_t length = c.length == 0 ? 1 : c.length;
    const bool space = c.length != 0 && is_white_space(c.value);
    const std::string_view bytes = space ? kEscape : path.substr(at, length);
    if (bytes.size() > buffer.size() - size) return std::nullopt;
    std::memcpy(buffer.data() + size, bytes.data(), bytes.size());
    size += bytes.size();
    at += length;
    changed = changed || space;
  }
  return changed ? std::string_view(buffer.data(), size) : path;
}

}  // namespace larder::filetable
