// Makes filetables for tests, independently of the writer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "filetable/laya_table.h"
#include "support/golden_data.h"

namespace larder::filetable {

inline constexpr std::string_view kSomeId = "0123456789abcdef0123456789abcdef";

inline std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

inline std::string word(std::uint32_t value) {
  std::string bytes;
  for (int shift = 0; shift < 32; shift += 8) bytes += static_cast<char>(value >> shift & 0xff);
  return bytes;
}

inline void append_rows(std::string& file, std::span<const LayaPair> rows) {
  const std::size_t header_bytes = file.size();
  file.resize(header_bytes + rows.size() * 8);
  char* into = file.data() + header_bytes;
  for (const LayaPair& row : rows) {
    for (int shift = 0; shift < 32; shift += 8) *into++ = static_cast<char>(row.path_id >> shift);
    for (int shift = 0; shift < 32; shift += 8) *into++ = static_cast<char>(row.checksum >> shift);
  }
}

inline std::string old_binary(std::span<const LayaPair> rows) {
  std::string file = word(0xffeeddcc) + word(1);
  append_rows(file, rows);
  return file;
}

inline std::string binary(std::span<const LayaPair> rows, std::string_view id = kSomeId) {
  std::string file = word(0xffeeddcc) + word(1) + word(0x00ffffff) + word(1) + std::string(id);
  append_rows(file, rows);
  return file;
}

inline std::string golden(std::string_view path) {
  const std::string name = test::golden_path("layadcc/" + std::string(path));
  std::ifstream file(name, std::ios::binary);
  if (!file) throw std::runtime_error("cannot open " + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline Result<LayaTable> parse(std::string_view file, std::string* why = nullptr,
                               const LayaTableLimits& limits = {}) {
  return LayaTable::parse(bytes_of(file), limits, why);
}

}  // namespace larder::filetable
