// LayaTree: a content tree and its LayaDCC tables, made in memory for tests.
#pragma once

#include <cstdio>
#include <map>
#include <span>
#include <string>

#include "digest/hash.h"
#include "digest/hex.h"
#include "filetable/laya_table.h"

namespace larder::test {

/// Path (no leading slash) → content. Tables list the paths in byte order.
struct LayaTree {
  std::map<std::string, std::string> files;

  [[nodiscard]] static std::uint32_t checksum(std::string_view content) {
    digest::LayaXor hash;
    hash.update(std::as_bytes(std::span(content)));
    return hash.value() == 0 ? 1 : hash.value();
  }
  [[nodiscard]] std::string id() const {
    digest::Md5 md5;
    for (const auto& [path, content] : files) md5.update(std::as_bytes(std::span(content)));
    const auto value = md5.finish();
    return digest::to_hex(value);
  }
  [[nodiscard]] std::string binary_table() const {
    std::string table;
    for (const std::uint32_t word : {0xffeeddccu, 1u, 0x00ffffffu, 1u}) append(table, word);
    table += id();
    for (const auto& [path, content] : files) {
      append(table, filetable::laya_path_id_cesu8(path));
      append(table, checksum(content));
    }
    return table;
  }
  [[nodiscard]] std::string text_table() const {
    const std::string md5 = id();
    std::string table = "ffeeffee 1";
    table += "\r\n" + md5.substr(0, 8) + " " + md5.substr(8, 8);
    table += "\r\n" + md5.substr(16, 8) + " " + md5.substr(24, 8);
    for (const auto& [path, content] : files) {
      char line[32];
      std::snprintf(line, sizeof line, "\r\n%08x %x", filetable::laya_path_id_cesu8(path),
                    checksum(content));
      table += line;
    }
    return table;
  }
  [[nodiscard]] std::string names() const {
    std::string text;
    for (const auto& [path, content] : files) text += (text.empty() ? "/" : "\r\n/") + path;
    return text;
  }

 private:
  static void append(std::string& table, std::uint32_t word) {
    for (int shift = 0; shift < 32; shift += 8) table += static_cast<char>(word >> shift & 0xff);
  }
};

}  // namespace larder::test
