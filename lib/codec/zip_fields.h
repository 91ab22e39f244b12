// How a zip archive's numbers are read, and how an archive is refused. For zip.cc.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include <larder/error.h>

namespace larder::codec {

/// Thrown: what is wrong.
struct ZipRefusal {
  errc code;
  std::string sentence;
};

[[noreturn]] inline void refuse_zip(std::string sentence, errc code = errc::damaged) {
  throw ZipRefusal{code, std::move(sentence)};
}

inline std::string shown(std::string_view name) {
  std::string text = "`";
  for (const char c : name.substr(0, 120)) text += c < 0x20 || c == 0x7f ? '?' : c;
  return text + "`";
}

/// Little-endian numbers from a stretch of the archive; refuses to go beyond it.
class ZipFields {
 public:
  ZipFields(std::span<const std::byte> bytes, std::uint64_t begin, std::uint64_t end) {
    if (begin > end || end > bytes.size()) refuse_zip("the archive is not whole");
    bytes_ = bytes.subspan(begin, end - begin);
  }
  explicit ZipFields(std::string_view bytes) : bytes_(std::as_bytes(std::span(bytes))) {}

  std::uint64_t number(std::size_t bytes) {
    std::uint64_t value = 0;
    const std::string_view text = take(bytes);
    for (std::size_t i = 0; i < bytes; ++i)
      value |= std::uint64_t{static_cast<unsigned char>(text[i])} << 8 * i;
    return value;
  }
  std::uint32_t u16() { return static_cast<std::uint32_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u64() { return number(8); }
  std::string_view take(std::size_t bytes) {
    if (bytes > bytes_.size()) refuse_zip("the archive is not whole");
    const std::string_view text(reinterpret_cast<const char*>(bytes_.data()), bytes);
    bytes_ = bytes_.subspan(bytes);
    return text;
  }
  void expect(std::uint32_t signature, const char* what) {
    if (u32() != signature) refuse_zip(std::string(what) + " is not where it should be");
  }
  [[nodiscard]] std::size_t left() const noexcept { return bytes_.size(); }

 private:
  std::span<const std::byte> bytes_;
};

/// The content of the ZIP64 extra field; empty: there is none.
inline std::string_view zip64_extra(std::string_view extra) {
  constexpr std::uint32_t kZip64 = 1;
  ZipFields fields(extra);
  // Some writers fill up with fewer bytes than a field has.
  while (fields.left() >= 4) {
    const std::uint32_t id = fields.u16();
    const std::string_view content = fields.take(fields.u16());
    if (id == kZip64) return content;
  }
  return {};
}

}  // namespace larder::codec
