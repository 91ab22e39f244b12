#include "trust/root.h"

#include <boost/json/serialize.hpp>
#include <set>

#include "digest/hex.h"
#include "trust/strict_json.h"

namespace larder::trust {
namespace {

namespace json = boost::json;

constexpr std::string_view kType = "larder-root";
constexpr std::uint64_t kFormat = 1;

Quorum read_quorum(Members& members, std::string_view name) {
  Members inner(members.object(name));
  Quorum quorum;
  quorum.threshold = static_cast<unsigned>(inner.number("threshold", Root::kMaxKeys));
  std::set<PublicKey> seen;
  for (const auto& item : inner.array("keys", Root::kMaxKeys)) {
    PublicKey key;
    const bool good = item.is_string() && digest::from_hex(item.get_string(), key.bytes);
    inner.require(good, "a key is not 64 hex digits");
    inner.require(seen.insert(key).second, "a key is named twice");
    quorum.keys.push_back(key);
  }
  inner.require(quorum.threshold > 0 && quorum.threshold <= quorum.keys.size(),
                "the threshold is not between 1 and the number of keys");
  std::string why;
  members.require(inner.finish(&why), "`" + std::string(name) + "`: " + why);
  return quorum;
}

json::object to_json(const Quorum& quorum) {
  json::array keys;
  for (const PublicKey& key : quorum.keys) keys.emplace_back(to_text(key));
  return {{"threshold", quorum.threshold}, {"keys", std::move(keys)}};
}

std::error_code fail(std::string* why, errc code, std::string_view sentence) {
  if (why) *why = sentence;
  return code;
}

}  // namespace

std::optional<Root> Root::parse(std::string_view text, std::string* why) {
  const auto object = parse_strictly(text, Envelope::kMaxBytes, why);
  if (!object) return std::nullopt;
  Members members(*object);
  members.require(members.text("type", 32) == kType, "it is no root document");
  members.require(members.number("format") == kFormat, "it is of a format that is not known here");
  if (!members.good()) return static_cast<void>(members.finish(why)), std::nullopt;
  Root root;
  root.version = members.number("version");
  members.require(root.version > 0, "`version` is 0");
  root.root = read_quorum(members, "root");
  root.head = read_quorum(members, "head");
  if (!members.finish(why)) return std::nullopt;
  return root;
}

std::string Root::serialise() const {
  return json::serialize(json::object{{"type", kType},
                                      {"format", kFormat},
                                      {"version", version},
                                      {"root", to_json(root)},
                                      {"head", to_json(head)}});
}

Root Root::of_pinned(std::vector<PublicKey> keys, unsigned threshold) {
  const Quorum quorum{std::move(keys), threshold};
  return {0, quorum, quorum};
}

Result<Root> trusted_root(std::string_view document, std::string* why) {
  const auto envelope = Envelope::parse(document, why);
  if (!envelope) return errc::bad_head;
  auto root = Root::parse(envelope->text, why);
  if (!root) return errc::bad_head;
  if (!is_signed_by(*envelope, root->root))
    return fail(why, errc::bad_signature, "too few of its own keys have signed the root document");
  return std::move(*root);
}

Result<Root> next_root(const Root& current, std::string_view document, std::string* why) {
  auto next = trusted_root(document, why);
  if (!next) return next;
  if (next->version != current.version + 1)
    return fail(why, errc::bad_head, "the root document is not the one that follows");
  if (!is_signed_by(*Envelope::parse(document, nullptr), current.root))
    return fail(why, errc::bad_signature,
                "too few keys of the root before it have signed the root document");
  return next;
}

}  // namespace larder::trust
