#include "hotfix/manifest.h"

#include <optional>
#include <utility>

#include <boost/json.hpp>

#include "hotfix/sign.h"

namespace larder::hotfix {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kFormat = 1;
/// Signed with it, so that the signature of something else can never be one of a manifest.
constexpr std::string_view kPurpose = "larder hotfix manifest 1\n";

std::optional<json::object> parse_object(std::string_view text) {
  boost::system::error_code error;
  json::value value = json::parse(text, error);
  if (error || !value.is_object()) return std::nullopt;
  return std::move(value.get_object());
}

std::optional<std::string> text_of(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains(key);
  if (!value || !value->is_string()) return std::nullopt;
  return std::string(value->get_string());
}

std::optional<std::uint64_t> number_of(const json::value* value) {
  if (!value) return std::nullopt;
  if (value->is_uint64()) return value->get_uint64();
  if (value->is_int64() && value->get_int64() >= 0)
    return static_cast<std::uint64_t>(value->get_int64());
  return std::nullopt;
}

bool is_hex(std::string_view text, std::size_t digits) noexcept {
  return text.size() == digits && text.find_first_not_of("0123456789abcdef") == text.npos;
}

/// Reads {"name": "hex", …} into `into`.
template <class Item>
bool read_digests(const json::object& object, std::string_view key, std::size_t digits,
                  std::vector<Item>& into) {
  const json::value* value = object.if_contains(key);
  if (!value || !value->is_object()) return false;
  for (const auto& [name, digest] : value->get_object()) {
    if (name.empty() || !digest.is_string() || !is_hex(digest.get_string(), digits)) return false;
    into.push_back({std::string(name), std::string(digest.get_string())});
  }
  return true;
}

bool read_builds(const json::object& object, Manifest& manifest) {
  const json::value* value = object.if_contains("builds");
  if (!value || !value->is_array() || value->get_array().size() != 2) return false;
  const auto first = number_of(&value->get_array()[0]);
  const auto last = number_of(&value->get_array()[1]);
  if (!first || !last || *first > *last) return false;
  manifest.first_build = *first;
  manifest.last_build = *last;
  return true;
}

/// Empty: it is read.
std::string read_into(const json::object& object, Manifest& manifest) {
  if (number_of(object.if_contains("format")) != kFormat) return "another format";
  const auto app = text_of(object, "app");
  const auto id = text_of(object, "id");
  const auto sequence = number_of(object.if_contains("sequence"));
  if (!app) return "no 'app'";
  if (!id || id->empty()) return "no 'id'";
  if (!sequence || *sequence == 0) return "no 'sequence' from 1 on";
  manifest.app = *app;
  manifest.id = *id;
  manifest.sequence = *sequence;
  if (!read_builds(object, manifest)) return "no range of builds";
  if (const json::value* kill = object.if_contains("kill")) {
    if (!kill->is_bool()) return "'kill' is neither true nor false";
    manifest.kill = kill->get_bool();
  }
  if (!read_digests(object, "scripts", 64, manifest.scripts)) return "no scripts with digests";
  if (!read_digests(object, "points", 16, manifest.points)) return "no points with hashes";
  if (manifest.kill != manifest.scripts.empty()) return "scripts, or 'kill', but not both";
  return {};
}

}  // namespace

std::string write_manifest(const Manifest& manifest) {
  json::object scripts;
  for (const Manifest::File& file : manifest.scripts) scripts[file.path] = file.sha256;
  json::object points;
  for (const Manifest::Target& target : manifest.points)
    points[target.name] = target.signature_hash;
  json::object object{{"format", kFormat},
                      {"app", manifest.app},
                      {"id", manifest.id},
                      {"sequence", manifest.sequence},
                      {"builds", {manifest.first_build, manifest.last_build}},
                      {"scripts", std::move(scripts)},
                      {"points", std::move(points)}};
  if (manifest.kill) object["kill"] = true;
  return json::serialize(object);
}

Result<Manifest> read_manifest(std::string_view text, std::string& why) {
  const auto object = parse_object(text);
  Manifest manifest;
  why = object ? read_into(*object, manifest) : "no JSON object";
  if (!why.empty()) return std::error_code(errc::bad_manifest);
  return manifest;
}

Result<std::string> seal(const std::string& manifest, const std::string& private_key) {
  const auto signature = sign(std::string(kPurpose) + manifest, private_key);
  if (!signature) return signature.error();
  return json::serialize(
             json::object{{"format", kFormat}, {"manifest", manifest}, {"signature", *signature}}) +
         "\n";
}

Result<std::string> open_seal(std::string_view file, const std::vector<std::string>& public_keys) {
  const auto object = parse_object(file);
  if (!object || number_of(object->if_contains("format")) != kFormat)
    return std::error_code(errc::bad_manifest);
  const auto manifest = text_of(*object, "manifest");
  const auto signature = text_of(*object, "signature");
  if (!manifest || !signature) return std::error_code(errc::bad_manifest);
  const auto verified = verify(std::string(kPurpose) + *manifest, *signature, public_keys);
  if (!verified) return verified.error();
  return *manifest;
}

}  // namespace larder::hotfix
