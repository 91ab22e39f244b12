#include "trust/envelope.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <set>

#include "digest/hex.h"
#include "trust/strict_json.h"

namespace larder::trust {

namespace json = boost::json;

std::optional<Envelope> Envelope::parse(std::string_view document, std::string* why) {
  const auto object = parse_strictly(document, kMaxBytes, why);
  if (!object) return std::nullopt;
  Envelope envelope;
  Members members(*object);
  envelope.text = members.document("signed");
  for (const auto& item : members.array("signatures", kMaxSignatures)) {
    members.require(item.is_object(), "a signature is no object");
    if (!item.is_object()) break;
    Entry entry;
    Members signature(item.get_object());
    signature.hex("key", entry.key.bytes);
    signature.hex("signature", entry.signature.bytes);
    if (!signature.finish(why)) return std::nullopt;
    envelope.signatures.push_back(entry);
  }
  if (!members.finish(why)) return std::nullopt;
  return envelope;
}

std::string Envelope::serialise() const {
  json::array list;
  for (const Entry& entry : signatures)
    list.push_back(json::object{{"key", digest::to_hex(entry.key.bytes)},
                                {"signature", digest::to_hex(entry.signature.bytes)}});
  return json::serialize(json::object{{"signed", text}, {"signatures", std::move(list)}}) + "\n";
}

void Envelope::sign(const PrivateKey& key) {
  const PublicKey half = key.public_key();
  std::erase_if(signatures, [&](const Entry& entry) { return entry.key == half; });
  signatures.push_back({half, key.sign(text)});
}

bool is_signed_by(const Envelope& envelope, const Quorum& quorum) {
  std::set<PublicKey> signers;
  for (const auto& entry : envelope.signatures) {
    const bool trusted =
        std::find(quorum.keys.begin(), quorum.keys.end(), entry.key) != quorum.keys.end();
    if (trusted && !signers.contains(entry.key) &&
        verify(entry.key, envelope.text, entry.signature))
      signers.insert(entry.key);
  }
  return quorum.threshold > 0 && signers.size() >= quorum.threshold;
}

}  // namespace larder::trust
