// Envelope: exact bytes and signatures over them.
//
//   {"signed":"<text>","signatures":[{"key":"<64 hex>","signature":"<128 hex>"},…]}
//
// What is signed is the UTF-8 text that the member `signed` stands for, byte by byte: nobody has to
// agree on how to write JSON. The text is a JSON object itself, whose member `type` keeps
// signatures of one kind of document from counting for another.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "trust/key.h"

namespace larder::trust {

struct Envelope {
  struct Entry {
    PublicKey key;
    Signature signature;
  };
  std::string text;
  std::vector<Entry> signatures;

  /// Longest document in bytes, as it is stored; a longer one is refused before it is looked at.
  static constexpr std::size_t kMaxBytes = 64 * 1024;
  static constexpr std::size_t kMaxSignatures = 32;

  /// Empty, and a sentence in `why`, if it is malformed.
  [[nodiscard]] static std::optional<Envelope> parse(std::string_view document, std::string* why);
  /// The document, with a line end.
  [[nodiscard]] std::string serialise() const;

  /// Adds the signature of `key`, or replaces it.
  void sign(const PrivateKey& key);
};

/// Keys of which some must have signed.
struct Quorum {
  std::vector<PublicKey> keys;  ///< distinct
  unsigned threshold = 1;

  friend bool operator==(const Quorum&, const Quorum&) = default;
};

/// Whether at least `quorum.threshold` distinct keys of the quorum have signed. Signatures of other
/// keys do not matter: documents are signed for readers with old and with new keys. False for a
/// threshold of 0.
[[nodiscard]] bool is_signed_by(const Envelope& envelope, const Quorum& quorum);

}  // namespace larder::trust
