#include "lists/cocos_manifest.h"

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <exception>
#include <optional>
#include <utility>

#include "lists/complaint.h"

namespace larder::lists {
namespace {

namespace json = boost::json;

std::optional<std::uint64_t> size_of(std::string_view digits) noexcept {
  std::uint64_t size = 0;
  const char* const end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, size);
  if (error != std::errc() || stop != end) return std::nullopt;
  return size;
}

/// Follows the events of a parser and keeps what the manifest says.
class Reader {
 public:
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);

  explicit Reader(const ListLimits& limits) : limits_(limits) {}

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) {
    manifest_.assets = assets_.build();
    if (!manifest_.package_url.empty() && !manifest_.package_url.ends_with('/'))
      manifest_.package_url += '/';
    return true;
  }
  bool on_object_begin(json::error_code&) {
    if (skipped_ != 0) return skip();
    switch (place_) {
      case Place::outside: place_ = Place::root; return true;
      case Place::root:
        if (key_ == "assets") return begin_assets();
        if (key_ != "groupVersions") return skip();
        manifest_.group_versions.clear();
        place_ = Place::groups;
        return true;
      case Place::assets:
        asset_ = {};
        place_ = Place::asset;
        return true;
      default: return skip();
    }
  }
  bool on_object_end(std::size_t, json::error_code& error) {
    if (skipped_ != 0) {
      --skipped_;
      return true;
    }
    const bool added = place_ != Place::asset || add_asset(error);
    place_ = place_ == Place::asset  ? Place::assets
             : place_ == Place::root ? Place::outside
                                     : Place::root;
    return added;
  }
  bool on_array_begin(json::error_code& error) {
    if (skipped_ != 0) return skip();
    if (place_ == Place::root && key_ == "searchPaths") {
      manifest_.search_paths.clear();
      place_ = Place::search_paths;
      return true;
    }
    return is_no_object(error) && skip();
  }
  bool on_array_end(std::size_t, json::error_code&) {
    if (skipped_ != 0)
      --skipped_;
    else
      place_ = Place::root;
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t size, json::error_code& error) {
    return collect(part, size, error);
  }
  bool on_key(json::string_view part, std::size_t size, json::error_code& error) {
    if (!collect(part, size, error)) return false;
    if (skipped_ == 0) (place_ == Place::asset ? asset_.key : key_) = text_;
    text_.clear();
    return true;
  }
  bool on_string_part(json::string_view part, std::size_t size, json::error_code& error) {
    return collect(part, size, error);
  }
  bool on_string(json::string_view part, std::size_t size, json::error_code& error) {
    const bool good = collect(part, size, error) && keep_text(error);
    text_.clear();
    return good;
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, json::error_code& error) {
    if (number >= 0) return on_size(static_cast<std::uint64_t>(number), error);
    return on_size(std::nullopt, error);
  }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code& error) {
    return on_size(number, error);
  }
  bool on_double(double number, json::string_view, json::error_code& error) {
    constexpr double kLargestExact = 9007199254740992;
    if (number >= 0 && number <= kLargestExact && std::floor(number) == number)
      return on_size(static_cast<std::uint64_t>(number), error);
    return on_size(std::nullopt, error);
  }
  bool on_bool(bool value, json::error_code& error) {
    if (in(Place::root) && key_ == "updating") manifest_.updating = value;
    if (in(Place::asset) && asset_.key == "compressed") asset_.compressed = value;
    return is_no_object(error);
  }
  bool on_null(json::error_code& error) { return is_no_object(error); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  [[nodiscard]] errc code() const noexcept { return code_; }
  /// Empty: it was not the reader who had something against the text.
  [[nodiscard]] const std::string& sentence() const noexcept { return sentence_; }
  [[nodiscard]] CocosManifest take() { return std::move(manifest_); }

 private:
  /// Of what is being read the innermost that is kept.
  enum class Place : std::uint8_t { outside, root, groups, search_paths, assets, asset };

  struct Asset {
    std::string key;  ///< the last one of its members
    std::string md5;
    std::optional<std::string> path;
    std::optional<std::uint64_t> size;
    bool compressed = false;
  };

  [[nodiscard]] bool in(Place place) const noexcept { return skipped_ == 0 && place_ == place; }

  bool skip() {
    ++skipped_;
    return true;
  }
  bool fail(errc code, std::string sentence, json::error_code& error) {
    code_ = code;
    sentence_ = std::move(sentence);
    error = json::make_error_code(json::error::not_object);
    return false;
  }
  /// Where only objects make sense, there is something else.
  bool is_no_object(json::error_code& error) {
    if (in(Place::outside)) return fail(errc::bad_table, "the manifest is no JSON object", error);
    if (in(Place::assets))
      return fail(errc::bad_table, "the asset " + quoted(key_) + " is no JSON object", error);
    return true;
  }
  bool begin_assets() {
    assets_ = {};
    manifest_.has_assets = true;
    place_ = Place::assets;
    return true;
  }
  bool collect(json::string_view part, std::size_t size, json::error_code& error) {
    if (size > limits_.max_text_bytes) return fail(errc::too_large, "a text is too long", error);
    if (skipped_ == 0) text_.append(part.data(), part.size());
    return true;
  }
  bool on_size(std::optional<std::uint64_t> size, json::error_code& error) {
    if (in(Place::asset) && asset_.key == "size") asset_.size = size;
    return is_no_object(error);
  }
  bool keep_text(json::error_code& error) {
    if (skipped_ != 0) return true;
    switch (place_) {
      case Place::root: keep_member(); return true;
      case Place::groups: manifest_.group_versions[key_] = text_; return true;
      case Place::search_paths: manifest_.search_paths.push_back(text_); return true;
      case Place::asset:
        if (asset_.key == "md5") asset_.md5 = text_;
        if (asset_.key == "path") asset_.path = text_;
        if (asset_.key == "size") asset_.size = size_of(text_);
        return true;
      default: return is_no_object(error);
    }
  }
  void keep_member() {
    if (key_ == "packageUrl") manifest_.package_url = text_;
    if (key_ == "remoteManifestUrl") manifest_.remote_manifest_url = text_;
    if (key_ == "remoteVersionUrl") manifest_.remote_version_url = text_;
    if (key_ == "version") manifest_.version = text_;
    if (key_ == "engineVersion") manifest_.engine_version = text_;
  }
  bool add_asset(json::error_code& error) {
    const std::string& path = asset_.path ? *asset_.path : key_;
    if (assets_.size() == limits_.max_files)
      return fail(errc::too_large, "it has too many assets", error);
    if (const char* wrong = assets_.add({path, asset_.md5, asset_.size, asset_.compressed}))
      return fail(errc::bad_table, "the asset " + quoted(path) + " " + wrong, error);
    return true;
  }

  const ListLimits& limits_;
  CocosManifest manifest_;
  FileList::Builder assets_;
  Place place_ = Place::outside;
  std::size_t skipped_ = 0;  ///< objects and arrays that are open and of no interest
  std::string text_;         ///< as far as it has come
  std::string key_;          ///< the last one outside of assets
  Asset asset_;
  errc code_ = errc::bad_table;
  std::string sentence_;
};

}  // namespace

Result<CocosManifest> parse_cocos_manifest(std::string_view text, const ListLimits& limits,
                                           std::string* why) noexcept try {
  const auto fail = [&](errc code, std::size_t offset, const std::string& sentence) {
    if (why) *why = place_of(text, offset) + ": " + sentence;
    return code;
  };
  if (text.size() > limits.max_bytes) {
    if (why) *why = "the manifest has " + std::to_string(text.size()) + " bytes";
    return errc::too_large;
  }
  json::parse_options options;
  options.max_depth = limits.max_depth;
  json::basic_parser<Reader> parser(options, limits);
  json::error_code error;
  const std::size_t end = parser.write_some(false, text.data(), text.size(), error);
  Reader& reader = parser.handler();
  if (!reader.sentence().empty()) return fail(reader.code(), end, reader.sentence());
  if (error == json::error::too_deep)
    return fail(errc::too_large, end, "its values are nested too deeply");
  if (error == json::error::incomplete)
    return fail(errc::bad_table, end, "the manifest ends early");
  if (error) return fail(errc::bad_table, end, "it is no JSON: " + error.message());
  if (end != text.size()) return fail(errc::bad_table, end, "something follows the manifest");
  return reader.take();
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace larder::lists
