// ListedGame: an origin on loopback that publishes a list of its files, and what an application
// keeps beside it.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "digest/foreign_md5.h"
#include "digest/hex.h"
#include "flow/game.h"

namespace larder::test {

/// Path → content.
using Files = std::map<std::string, std::string>;

inline std::string raw_md5(const std::string& content) {
  digest::Md5 md5;
  md5.update(std::as_bytes(std::span(content)));
  return digest::to_hex(md5.finish());
}

inline std::string hex_text_md5(const std::string& content) {
  digest::HexTextMd5 md5;
  md5.update(std::as_bytes(std::span(content)));
  return digest::to_hex(md5.finish());
}

/// A tree as Cocos Creator's version_generator.js publishes it.
struct CocosTree {
  std::string version = "1.0.0";
  std::string package_url;
  Files files;
  std::map<std::string, std::string> tags;  ///< other ones than the MD5 of the content
  std::vector<std::string> search_paths;

  [[nodiscard]] std::string manifest(bool with_assets) const {
    std::string text = "{\"packageUrl\":\"" + package_url + "\",\"remoteManifestUrl\":\"" +
                       package_url + "project.manifest\",\"remoteVersionUrl\":\"" + package_url +
                       "version.manifest\",\"version\":\"" + version + "\"";
    if (!with_assets) return text + "}";
    text += ",\"assets\":{";
    const char* comma = "";
    for (const auto& [path, content] : files) {
      const auto tag = tags.find(path);
      text += comma + ("\"" + path + "\":{\"size\":" + std::to_string(content.size()) +
                       ",\"md5\":\"" + (tag == tags.end() ? raw_md5(content) : tag->second) + "\"" +
                       (path.ends_with(".zip") ? ",\"compressed\":true}" : "}"));
      comma = ",";
    }
    text += "},\"searchPaths\":[";
    comma = "";
    for (const std::string& path : search_paths) {
      text += comma + ("\"" + path + "\"");
      comma = ",";
    }
    return text + "]}";
  }
  void write_to(const std::filesystem::path& directory) const {
    for (const auto& [path, content] : files)
      write_file(directory / net::percent_decode(path).value_or(path), content);
    write_file(directory / "project.manifest", manifest(true));
    write_file(directory / "version.manifest", manifest(false));
  }
};

/// A tree as quick-cocos2d-x's pack script publishes it.
struct FlistTree {
  std::string version = "1.0.1";
  int app_version = 1;
  bool version_apart = false;  ///< dialect B
  Files files;

  [[nodiscard]] std::string flist() const {
    std::string text = "local flist = {\n";
    if (!version_apart)
      text +=
          "\tappVersion = " + std::to_string(app_version) + ",\n\tversion = \"" + version + "\",\n";
    text += "\tdirPaths = {\n\t},\n\tfileInfoList = {\n";
    for (const auto& [path, content] : files)
      text += "\t\t{name = \"" + path + "\", code = \"" + hex_text_md5(content) +
              "\", size = " + std::to_string(content.size()) + "},\n";
    return text + "\t},\n}\n\nreturn flist\n";
  }
  [[nodiscard]] std::string version_file() const {
    const std::string app = std::to_string(app_version);
    return "local version = {\n\tandroidAppVersion = " + app + ",\n\tiosAppVersion = 7,\n" +
           "\tandroidVersion = \"" + version + "\",\n\tiosVersion = \"ios-" + version +
           "\",\n}\nreturn version\n";
  }
  void write_to(const std::filesystem::path& directory) const {
    for (const auto& [path, content] : files) write_file(directory / path, content);
    write_file(directory / "flist", flist());
    if (version_apart) write_file(directory / "version", version_file());
  }
};

class ListedGame : public Game {
 public:
  template <class Tree>
  void publish(const Tree& tree) {
    std::filesystem::remove_all(root());
    tree.write_to(root());
  }
  /// A package of the app with the list of the whole tree, and all files but `missing`.
  template <class Tree>
  std::string package(const Tree& tree, const std::vector<std::string>& missing = {}) {
    const std::filesystem::path directory = scratch() / ("package-" + std::to_string(++packages_));
    tree.write_to(directory);
    for (const std::string& path : missing) std::filesystem::remove(directory / path);
    return directory.string();
  }
  [[nodiscard]] Options app(Layout layout) {
    Options options = Game::app();
    options.layout = layout;
    return options;
  }

 private:
  int packages_ = 0;
};

}  // namespace larder::test
