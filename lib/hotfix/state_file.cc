#include "hotfix/state_file.h"

#include <filesystem>
#include <fstream>
#include <sstream>
#include <system_error>
#include <utility>

#include <boost/json.hpp>

namespace larder::hotfix {
namespace {

namespace json = boost::json;

}  // namespace

std::string StateFile::load() {
  sources.clear();
  if (path_.empty()) return {};
  std::error_code error;
  if (!std::filesystem::exists(path_, error) && !error) return {};
  std::ifstream file(path_, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  if (!file) return path_ + " cannot be read";
  try {
    const json::value root = json::parse(text.str());
    for (const auto& [path, value] : root.at("sources").as_object())
      sources[std::string(path)] = {
          .sequence = value.at("sequence").to_number<std::uint64_t>(),
          .digest = std::string(value.at("digest").as_string()),
          .failed_starts = value.at("failed_starts").to_number<unsigned>(),
          .held = value.at("held").as_bool(),
      };
  } catch (const std::exception&) {
    sources.clear();
    return path_ + " is damaged";
  }
  return {};
}

bool StateFile::save() const {
  if (path_.empty()) return true;
  json::object all;
  for (const auto& [path, source] : sources)
    all[path] = {{"sequence", source.sequence},
                 {"digest", source.digest},
                 {"failed_starts", source.failed_starts},
                 {"held", source.held}};
  const std::string text = json::serialize(json::object{{"format", 1}, {"sources", all}}) + "\n";
  // Survives the end of the process at any moment. A power cut may lose the last start; that is no
  // crash of a patch.
  const std::string fresh = path_ + ".new";
  std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (!file) return false;
  std::error_code error;
  std::filesystem::rename(fresh, path_, error);
  return !error;
}

}  // namespace larder::hotfix
