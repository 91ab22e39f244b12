#include "filetable/laya_reader.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "digest/hex.h"
#include "filetable/laya_format.h"

namespace larder::filetable {
namespace {

/// The digits of an id in lower case, or nothing if they are none.
std::optional<std::string> id_from(std::string_view digits) {
  std::array<std::byte, kIdDigits / 2> bytes;
  if (!digest::from_hex(digits, bytes)) return std::nullopt;
  return digest::to_hex(bytes);
}

bool read_binary(std::span<const std::byte> file, LayaContent& content, std::string& why) {
  const auto fail = [&why](std::string sentence) {
    why = std::move(sentence);
    return false;
  };
  const auto truncated = [&](std::size_t needed) {
    return fail("truncated header: it takes " + std::to_string(needed) + " bytes, the file has " +
                std::to_string(file.size()));
  };
  if (file.size() < kOldHeaderBytes) return truncated(kOldHeaderBytes);
  if (const auto version = load_u32(&file[4]); version != kBinaryVersion)
    return fail("unsupported version " + std::to_string(version) + " at byte 4");

  std::size_t header_bytes = kOldHeaderBytes;
  if (file.size() >= 12 && load_u32(&file[8]) == kBlockMark) {
    header_bytes = kHeaderBytes;
    if (file.size() < kHeaderBytes) return truncated(kHeaderBytes);
    if (const auto version = load_u32(&file[12]); version != kBlockVersion)
      return fail("unsupported version " + std::to_string(version) + " at byte 12");
    auto id = id_from({reinterpret_cast<const char*>(&file[16]), kIdDigits});
    if (!id) return fail("the id at bytes 16 to 47 is not 32 hexadecimal digits");
    content.id = std::move(*id);
  }
  content.binary_rows = file.subspan(header_bytes);
  if (const auto left_over = content.binary_rows.size() % kRowBytes; left_over != 0)
    return fail("truncated row: " + std::to_string(left_over) + " bytes are left over after row " +
                std::to_string(content.binary_rows.size() / kRowBytes));
  return true;
}

/// Takes a text table apart, line by line.
class TextReader {
 public:
  TextReader(std::string_view text, std::string& why) : left_(text), why_(why) {}

  bool read(LayaContent& content) {
    if (left_.starts_with(kTextMagic) && !read_header(content)) return false;
    content.text_rows.reserve(left_.size() / kUsualRowBytes);
    while (next_line()) {
      LayaPair row;
      if (!take_hex(row.path_id) || !take(' ') || !take_hex(row.checksum) || !rest_.empty()) {
        fail("expected a path id and a checksum in hexadecimal, one space between them");
        return false;
      }
      content.text_rows.push_back(row);
    }
    return true;
  }

 private:
  static constexpr std::size_t kUsualRowBytes = 19;
  static constexpr std::size_t kHexDigits = 8;

  void fail(std::string_view what) {
    why_ = "line " + std::to_string(line_number_) + ": " + std::string(what);
  }

  /// Moves on to the next line; false after the last. One line end after the last line is allowed.
  bool next_line() {
    if (left_.empty()) return false;
    ++line_number_;
    const std::size_t end = left_.find('\n');
    rest_ = left_.substr(0, end);
    left_.remove_prefix(end == std::string_view::npos ? left_.size() : end + 1);
    if (end != std::string_view::npos && rest_.ends_with('\r')) rest_.remove_suffix(1);
    return true;
  }

  bool take(char c) {
    if (!rest_.starts_with(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }

  /// One to eight digits.
  bool take_hex(std::uint32_t& value) {
    value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && digits < kHexDigits; ++digits) {
      const auto c = static_cast<unsigned char>(rest_[digits]);
      const unsigned letter = (c | 0x20u) - 'a';
      const unsigned decimal = c - unsigned{'0'};
      if (decimal <= 9)
        value = value << 4 | decimal;
      else if (letter <= 5)
        value = value << 4 | (letter + 10);
      else
        break;
    }
    rest_.remove_prefix(digits);
    return digits != 0;
  }

  bool read_header(LayaContent& content) {
    next_line();
    if (rest_ != kTextHeader) {
      fail("unsupported version: the header is not \"" + std::string(kTextHeader) + "\"");
      return false;
    }
    std::string digits;
    for (int line = 0; line < 2; ++line) {
      if (!next_line()) {
        why_ = "truncated header: the id's two lines are missing after line " +
               std::to_string(line_number_);
        return false;
      }
      if (rest_.size() != 2 * kHexDigits + 1 || rest_[kHexDigits] != ' ') {
        fail("the id is not written as two groups of eight digits");
        return false;
      }
      digits.append(rest_, 0, kHexDigits).append(rest_, kHexDigits + 1);
    }
    auto id = id_from(digits);
    if (!id) {
      fail("the id is not hexadecimal");
      return false;
    }
    content.id = std::move(*id);
    return true;
  }

  std::string_view left_;  ///< the lines to come
  std::string_view rest_;  ///< of the current line
  std::size_t line_number_ = 0;
  std::string& why_;
};

/// Whether the file begins as a binary table does, if only in part.
bool looks_binary(std::span<const std::byte> file) {
  std::array<std::byte, 4> magic;
  for (unsigned i = 0; i < 4; ++i) magic[i] = static_cast<std::byte>(kBinaryMagic >> (8 * i));
  const std::size_t known = std::min(file.size(), magic.size());
  return std::equal(magic.begin(), magic.begin() + static_cast<std::ptrdiff_t>(known),
                    file.begin());
}

bool is_printable(std::byte byte) {
  return byte >= std::byte{0x20} && byte < std::byte{0x7f};
}

}  // namespace

std::string to_hex(std::uint32_t word) {
  std::array<std::byte, 4> bytes;
  for (unsigned i = 0; i < 4; ++i) bytes[i] = static_cast<std::byte>(word >> (24 - 8 * i));
  return digest::to_hex(bytes);
}

bool read_laya(std::span<const std::byte> file, LayaContent& content, std::string& why) {
  if (file.empty()) {
    why = "the file is empty; even a table of no files has a header";
    return false;
  }
  if (looks_binary(file)) return read_binary(file, content, why);
  if (!is_printable(file.front())) {
    why = "bad magic: neither a binary table (";
    why += to_hex(kBinaryMagic) + ") nor text; the first word is ";
    why += file.size() >= 4 ? to_hex(load_u32(file.data())) : "truncated";
    return false;
  }
  return TextReader({reinterpret_cast<const char*>(file.data()), file.size()}, why).read(content);
}

}  // namespace larder::filetable
