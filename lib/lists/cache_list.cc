#include "lists/cache_list.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <exception>
#include <utility>

#include "base/content_path.h"
#include "lists/complaint.h"

namespace larder::lists {
namespace {

namespace json = boost::json;

errc refuse(errc code, const std::string& sentence, std::string* why) {
  if (why) *why = sentence;
  return code;
}

}  // namespace

Result<std::vector<CachedFile>> parse_cache_list(std::string_view text, const ListLimits& limits,
                                                 std::string* why) try {
  if (text.size() > limits.max_bytes) return refuse(errc::too_large, "the list is too long", why);
  json::parse_options options;
  options.max_depth = limits.max_depth;
  json::error_code error;
  const json::value list =
      json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error) return refuse(errc::bad_table, "it is no JSON: " + error.message(), why);
  const json::object* const root = list.if_object();
  const json::value* const files = root ? root->if_contains("files") : nullptr;
  if (!files || !files->is_object())
    return refuse(errc::bad_table, "it has no object `files`", why);
  if (files->get_object().size() > limits.max_files)
    return refuse(errc::too_large, "it has too many files", why);
  std::vector<CachedFile> cached;
  for (const auto& file : files->get_object()) {
    const json::object* const about = file.value().if_object();
    const json::value* const place = about ? about->if_contains("url") : nullptr;
    if (!place || !place->is_string())
      return refuse(errc::bad_table, quoted(file.key()) + " does not say where it was put", why);
    cached.push_back({std::string(file.key()), std::string(place->get_string())});
  }
  return cached;
} catch (const std::exception&) {
  return refuse(errc::too_large, "there is no memory for it", why);
}

std::string place_in_cache(std::string_view file) {
  constexpr std::string_view kDirectory = "gamecaches/";
  if (const auto at = file.rfind(kDirectory); at != file.npos)
    file.remove_prefix(at + kDirectory.size());
  while (file.starts_with("./")) file.remove_prefix(2);
  return content_path_problem(file) ? std::string() : std::string(file);
}

}  // namespace larder::lists
