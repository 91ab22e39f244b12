#include "filetable/laya_writer.h"

#include <charconv>

#include "filetable/laya_format.h"

namespace larder::filetable {
namespace {

constexpr std::size_t kMaxTextRowBytes = 8 + 1 + 8 + kLineEnd.size();

void append_u32(std::string& table, std::uint32_t word) {
  for (int shift = 0; shift < 32; shift += 8) table += static_cast<char>(word >> shift & 0xff);
}

/// Lower-case hex, with leading zeros up to `width` digits.
void append_hex(std::string& text, std::uint32_t value, std::size_t width) {
  char digits[8];
  const char* const end = std::to_chars(digits, digits + sizeof digits, value, 16).ptr;
  const auto count = static_cast<std::size_t>(end - digits);
  if (count < width) text.append(width - count, '0');
  text.append(digits, count);
}

/// Line ends stand between lines, none after the last.
void append_rows(std::string& text, std::span<const LayaPair> rows) {
  text.reserve(text.size() + rows.size() * kMaxTextRowBytes);
  for (const LayaPair& row : rows) {
    if (!text.empty()) text += kLineEnd;
    append_hex(text, row.path_id, 8);
    text += ' ';
    append_hex(text, laya_written(row.checksum), 1);
  }
}

}  // namespace

std::string write_binary_table(std::string_view id, std::span<const LayaPair> rows) {
  std::string table;
  table.reserve(kHeaderBytes + rows.size() * kRowBytes);
  append_u32(table, kBinaryMagic);
  append_u32(table, kBinaryVersion);
  append_u32(table, kBlockMark);
  append_u32(table, kBlockVersion);
  table += id;
  for (const LayaPair& row : rows) {
    append_u32(table, row.path_id);
    append_u32(table, laya_written(row.checksum));
  }
  return table;
}

std::string write_text_table(std::string_view id, std::span<const LayaPair> rows) {
  std::string table(kTextHeader);
  for (std::size_t at = 0; at < kIdDigits; at += 16) {
    table.append(kLineEnd).append(id, at, 8).append(" ").append(id, at + 8, 8);
  }
  append_rows(table, rows);
  return table;
}

std::string write_bare_table(std::span<const LayaPair> rows) {
  std::string table;
  append_rows(table, rows);
  return table;
}

std::string write_name_list(std::span<const std::string> paths) {
  std::string list;
  for (const std::string& path : paths) {
    if (&path != paths.data()) list += kLineEnd;
    list += path;
  }
  return list;
}

std::string laya_content_name(std::uint32_t path_id) {
  std::string name;
  append_hex(name, path_id, 8);
  return name;
}

}  // namespace larder::filetable
