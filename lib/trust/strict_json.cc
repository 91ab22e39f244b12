#include "trust/strict_json.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/parse.hpp>
#include <set>
#include <vector>

#include "digest/hex.h"

namespace larder::trust {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxDepth = 8;

json::parse_options options() {
  json::parse_options options;  // no comments, no trailing commas, no invalid UTF-8
  options.max_depth = kMaxDepth;
  return options;
}

/// Watches the events of a parser for a member named twice. Boost's own handler keeps the last one.
struct DuplicateWatch {
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);

  std::vector<std::set<std::string>> open_objects;
  std::string key;
  bool found = false;

  bool on_object_begin(json::error_code&) {
    open_objects.emplace_back();
    return true;
  }
  bool on_object_end(std::size_t, json::error_code&) {
    open_objects.pop_back();
    return true;
  }
  bool on_key_part(json::string_view part, std::size_t, json::error_code&) {
    key += part;
    return true;
  }
  bool on_key(json::string_view part, std::size_t, json::error_code&) {
    key += part;
    found = found || !open_objects.back().insert(std::move(key)).second;
    key.clear();
    return true;
  }
  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }
  bool on_array_begin(json::error_code&) { return true; }
  bool on_array_end(std::size_t, json::error_code&) { return true; }
  bool on_string_part(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_string(json::string_view, std::size_t, json::error_code&) { return true; }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code&) { return true; }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code&) { return true; }
  bool on_double(double, json::string_view, json::error_code&) { return true; }
  bool on_bool(bool, json::error_code&) { return true; }
  bool on_null(json::error_code&) { return true; }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }
};

bool names_a_member_twice(std::string_view text) {
  json::basic_parser<DuplicateWatch> parser(options());
  json::error_code error;
  parser.write_some(false, text.data(), text.size(), error);
  return parser.handler().found;
}

std::optional<json::object> fail(std::string* why, std::string sentence) {
  if (why) *why = std::move(sentence);
  return std::nullopt;
}

}  // namespace

std::optional<json::object> parse_strictly(std::string_view text, std::size_t limit_bytes,
                                           std::string* why) {
  if (text.size() > limit_bytes)
    return fail(why, "it is longer than " + std::to_string(limit_bytes) + " bytes");
  json::error_code error;
  json::value value = json::parse(text, error, {}, options());
  if (error) return fail(why, "it is no JSON: " + error.message());
  if (!value.is_object()) return fail(why, "it is no JSON object");
  if (names_a_member_twice(text)) return fail(why, "it names a member twice");
  return std::move(value.get_object());
}

const json::value* Members::find(std::string_view name, std::string_view kind,
                                 bool (*is)(const json::value&)) {
  const json::value* value = object_.if_contains(name);
  if (value && is(*value)) {
    ++read_;
    return value;
  }
  require(false,
          "`" + std::string(name) + "` is " + (value ? "no " + std::string(kind) : "missing"));
  return nullptr;
}

std::string Members::document(std::string_view name) {
  const auto* value = find(name, "text", [](const json::value& v) { return v.is_string(); });
  return value ? std::string(value->get_string()) : std::string();
}

std::string Members::text(std::string_view name, std::size_t limit_bytes) {
  const std::string text = document(name);
  require(text.size() <= limit_bytes, "`" + std::string(name) + "` is too long");
  require(std::none_of(text.begin(), text.end(),
                       [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }),
          "`" + std::string(name) + "` has control characters");
  return text;
}

std::uint64_t Members::number(std::string_view name, std::uint64_t most) {
  const auto* value = find(name, "whole number",
                           [](const json::value& v) { return v.is_int64() || v.is_uint64(); });
  if (!value) return 0;
  json::error_code error;
  const auto number = value->to_number<std::uint64_t>(error);  // an error for negative ones
  require(!error && number <= most, "`" + std::string(name) + "` is out of bounds");
  return number;
}

void Members::hex(std::string_view name, std::span<std::byte> into) {
  const auto* value = find(name, "text", [](const json::value& v) { return v.is_string(); });
  if (!value) return;
  const std::string_view text = value->get_string();
  const bool lower =
      std::none_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'F'; });
  require(lower && digest::from_hex(text, into), "`" + std::string(name) + "` is not " +
                                                     std::to_string(2 * into.size()) +
                                                     " lower-case hex digits");
}

Digest Members::digest(std::string_view name) {
  Digest digest;
  hex(name, digest.bytes);
  return digest;
}

const json::object& Members::object(std::string_view name) {
  static const json::object empty;
  const auto* value = find(name, "object", [](const json::value& v) { return v.is_object(); });
  return value ? value->get_object() : empty;
}

const json::array& Members::array(std::string_view name, std::size_t most_items) {
  static const json::array empty;
  const auto* value = find(name, "array", [](const json::value& v) { return v.is_array(); });
  if (!value) return empty;
  require(value->get_array().size() <= most_items,
          "`" + std::string(name) + "` has too many items");
  return good() ? value->get_array() : empty;
}

void Members::require(bool holds, std::string_view sentence) {
  if (!holds && wrong_.empty()) wrong_ = sentence;
}

bool Members::finish(std::string* why) {
  require(!good() || read_ == object_.size(), "it has members that this version does not know");
  if (why && !good()) *why = wrong_;
  return good();
}

}  // namespace larder::trust
