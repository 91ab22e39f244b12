// Documents of trust for tests.
#pragma once

#include <string>
#include <vector>

#include "trust/envelope.h"
#include "trust/head.h"
#include "trust/root.h"

namespace larder::trust {

inline Time at(std::string_view text) {
  return parse_time(text).value();
}

inline Digest digest_of(unsigned char byte) {
  Digest digest;
  digest.bytes.fill(static_cast<std::byte>(byte));
  return digest;
}

inline Head some_head(std::uint64_t version = 7) {
  Head head;
  head.name = "game";
  head.channel = "stable";
  head.version = version;
  head.published = at("2026-01-01T00:00:00Z");
  head.expires = at("2026-02-01T00:00:00Z");
  head.table = {digest_of(static_cast<unsigned char>(version)), 1234, 3};
  head.content_bytes = 4000;
  head.download_bytes = 3000;
  return head;
}

inline std::string sealed(std::string text, const std::vector<const PrivateKey*>& keys) {
  Envelope envelope{std::move(text), {}};
  for (const auto* key : keys) envelope.sign(*key);
  return envelope.serialise();
}

inline Quorum quorum_of(const std::vector<const PrivateKey*>& keys, unsigned threshold) {
  Quorum quorum;
  quorum.threshold = threshold;
  for (const auto* key : keys) quorum.keys.push_back(key->public_key());
  return quorum;
}

}  // namespace larder::trust
