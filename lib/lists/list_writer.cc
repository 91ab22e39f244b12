#include "lists/list_writer.h"

#include <boost/json/serialize.hpp>

namespace larder::lists {
namespace {

/// As JSON.stringify writes it; Boost.JSON escapes alike.
std::string json_text(std::string_view text) {
  return boost::json::serialize(boost::json::string_view(text.data(), text.size()));
}

/// All members of version.manifest, without the braces.
std::string head_of(const CocosManifest& manifest) {
  return "\"packageUrl\":" + json_text(manifest.package_url) +
         ",\"remoteManifestUrl\":" + json_text(manifest.remote_manifest_url) +
         ",\"remoteVersionUrl\":" + json_text(manifest.remote_version_url) +
         ",\"version\":" + json_text(manifest.version);
}

std::string lua_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      const std::string code = std::to_string(byte);
      quoted += "\\" + std::string(3 - code.size(), '0') + code;
    } else {
      if (c == '"' || c == '\\') quoted += '\\';
      quoted += c;
    }
  }
  return quoted + '"';
}

}  // namespace

std::string encode_uri(std::string_view text) {
  constexpr std::string_view kPlain = ";/?:@&=+$,#-_.!~*'()";
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    const bool alphanumeric =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    const auto byte = static_cast<unsigned char>(c);
    if (alphanumeric || kPlain.find(c) != kPlain.npos)
      encoded += c;
    else
      encoded += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
  }
  return encoded;
}

std::string write_project_manifest(const CocosManifest& manifest,
                                   std::span<const ListedFile> assets) {
  std::string text = "{" + head_of(manifest) + ",\"assets\":{";
  const char* comma = "";
  for (const ListedFile& asset : assets) {
    text += comma + json_text(encode_uri(asset.path)) +
            ":{\"size\":" + std::to_string(asset.size.value()) +
            ",\"md5\":" + json_text(asset.tag) + (asset.archive ? ",\"compressed\":true}" : "}");
    comma = ",";
  }
  return text + "},\"searchPaths\":[]}";
}

std::string write_version_manifest(const CocosManifest& manifest) {
  return "{" + head_of(manifest) + "}";
}

std::string write_flist(const Flist& flist) {
  const bool is_a = flist.app_version && flist.version;
  std::string text = "local flist = {\n";
  if (is_a)
    text += "\tappVersion = " + std::to_string(*flist.app_version) +
            ",\n\tversion = " + lua_text(*flist.version) + ",\n";
  text += "\tdirPaths = {\n";
  for (const std::string& directory : flist.directories)
    text += "\t\t{name = " + lua_text(directory) + "},\n";
  text += "\t},\n\tfileInfoList = {\n";
  for (std::size_t i = 0; i < flist.files.size(); ++i) {
    const ListedFile file = flist.files[i];
    text += "\t\t{name = " + lua_text(file.path) + ", code = " + lua_text(file.tag) +
            ", size = " + std::to_string(file.size.value()) + "},\n";
  }
  // The scripts of the two dialects differ in how they end.
  return text + (is_a ? "\t},\n}\n\nreturn flist" : "\t},\n}\nreturn flist\n");
}

std::string write_flist_version(const FlistVersion& version) {
  return "local version = {\n\tandroidAppVersion = " + std::to_string(version.android_app_version) +
         ",\n\tiosAppVersion = " + std::to_string(version.ios_app_version) +
         ",\n\tandroidVersion = " + lua_text(version.android_version) +
         ",\n\tiosVersion = " + lua_text(version.ios_version) + ",\n}\nreturn version\n";
}

}  // namespace larder::lists
