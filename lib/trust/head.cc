#include "trust/head.h"

#include <algorithm>
#include <boost/json/serialize.hpp>

#include "digest/hex.h"
#include "trust/envelope.h"
#include "trust/strict_json.h"
#include "trust/version_text.h"

namespace larder::trust {
namespace {

namespace json = boost::json;

constexpr std::string_view kType = "larder-head";
constexpr std::uint64_t kFormat = 1;
constexpr std::size_t kMaxNameBytes = 128;
constexpr std::size_t kMaxMessageBytes = 1024;

Time read_time(Members& members, std::string_view name) {
  const auto time = parse_time(members.text(name, 32));
  members.require(time.has_value(), "`" + std::string(name) + "` is no time");
  return time.value_or(Time{});
}

/// Reads the object `name` by `read`, which takes its Members.
template <class T>
T read_object(Members& members, std::string_view name, T (*read)(Members&)) {
  Members inner(members.object(name));
  T value = read(inner);
  std::string why;
  members.require(inner.finish(&why), "`" + std::string(name) + "`: " + why);
  return value;
}

ObjectRef read_ref(Members& members) {
  ObjectRef ref;
  ref.digest = members.digest("digest");
  ref.bytes = members.number("bytes");
  return ref;
}

TableRef read_table(Members& members) {
  TableRef table;
  table.digest = members.digest("digest");
  table.bytes = members.number("bytes");
  table.files = members.number("files");
  members.require(table.bytes > 0, "it is empty");
  return table;
}

PreviousRelease read_previous(Members& members) {
  PreviousRelease previous;
  previous.version = members.number("version");
  previous.table = read_object(members, "table", read_table);
  if (members.has("delta")) previous.delta = read_object(members, "delta", read_ref);
  return previous;
}

json::object to_json(const ObjectRef& ref) {
  return {{"digest", digest::to_hex(ref.digest.bytes)}, {"bytes", ref.bytes}};
}

json::object to_json(const TableRef& table) {
  return {{"digest", digest::to_hex(table.digest.bytes)},
          {"bytes", table.bytes},
          {"files", table.files}};
}

json::object to_json(const PreviousRelease& previous) {
  json::object object{{"version", previous.version}, {"table", to_json(previous.table)}};
  if (previous.delta) object["delta"] = to_json(*previous.delta);
  return object;
}

}  // namespace

bool is_channel_name(std::string_view text) noexcept {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return !text.empty() && text.size() <= 64 && plain(text.front()) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return plain(c) || c == '.' || c == '_' || c == '-'; });
}

namespace {

void read_all_previous(Members& members, std::vector<PreviousRelease>& into) {
  for (const auto& item : members.array("previous", Head::kMaxPrevious)) {
    members.require(item.is_object(), "an item of `previous` is no object");
    if (!item.is_object()) return;
    Members inner(item.get_object());
    into.push_back(read_previous(inner));
    std::string why;
    members.require(inner.finish(&why), "`previous`: " + why);
  }
}

}  // namespace

std::optional<Head> Head::parse(std::string_view text, std::string* why) {
  const auto object = parse_strictly(text, Envelope::kMaxBytes, why);
  if (!object) return std::nullopt;
  Members members(*object);
  members.require(members.text("type", 32) == kType, "it is no head");
  members.require(members.number("format") == kFormat, "it is of a format that is not known here");
  if (!members.good()) return static_cast<void>(members.finish(why)), std::nullopt;

  Head head;
  head.name = members.text("name", kMaxNameBytes);
  head.channel = members.text("channel", 64);
  members.require(is_channel_name(head.channel), "`channel` is no name of a channel");
  head.version = members.number("version");
  members.require(head.version > 0, "`version` is 0");
  head.published = read_time(members, "published");
  if (members.has("expires")) head.expires = read_time(members, "expires");
  members.require(!head.expires || *head.expires >= head.published,
                  "it expires before it is published");
  head.root_version = members.number("root");
  head.table = read_object(members, "table", read_table);
  if (members.has("pack")) head.pack = read_object(members, "pack", read_ref);
  head.content_bytes = members.number("content_bytes");
  head.download_bytes = members.number("download_bytes");
  if (members.has("previous")) read_all_previous(members, head.previous);
  if (members.has("message")) head.message = members.text("message", kMaxMessageBytes);
  if (members.has("rollout")) head.rollout = static_cast<unsigned>(members.number("rollout", 100));
  if (members.has("min_app")) {
    head.min_app = members.text("min_app", 128);
    members.require(is_app_version(head.min_app), "`min_app` is no version");
  }
  if (!members.finish(why)) return std::nullopt;
  return head;
}

std::string Head::serialise() const {
  json::object object{{"type", kType},      {"format", kFormat},
                      {"name", name},       {"channel", channel},
                      {"version", version}, {"published", to_text(published)}};
  if (expires) object["expires"] = to_text(*expires);
  object["root"] = root_version;
  object["table"] = to_json(table);
  if (pack) object["pack"] = to_json(*pack);
  object["content_bytes"] = content_bytes;
  object["download_bytes"] = download_bytes;
  if (!previous.empty()) {
    json::array list;
    for (const PreviousRelease& release : previous) list.push_back(to_json(release));
    object["previous"] = std::move(list);
  }
  if (!message.empty()) object["message"] = message;
  if (rollout != 100) object["rollout"] = rollout;
  if (!min_app.empty()) object["min_app"] = min_app;
  return json::serialize(object);
}

}  // namespace larder::trust
