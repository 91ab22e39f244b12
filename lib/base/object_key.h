// ObjectKey: by which name an entry's bytes are asked for in the store.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "base/digest.h"

namespace larder {

/// The name under which bytes are looked up locally and by which flights are joined.
///
/// A native table names content by digest. A foreign table makes a weaker *claim* ("path 534148a0
/// of that origin has checksum 52"); the store maps a claim to the object that once fulfilled it.
/// A claim is packed into the 32 bytes, so that making one costs no hashing and no allocation.
struct ObjectKey {
  enum class Kind : std::uint8_t {
    none,    ///< no local name: never stored, never joined
    digest,  ///< the bytes are a SHA-256 digest
    claim,   ///< the bytes are a packed claim
  };
  Kind kind = Kind::none;
  std::array<std::byte, 32> bytes{};

  friend bool operator==(const ObjectKey&, const ObjectKey&) = default;

  static ObjectKey of(const Digest& digest) noexcept { return {Kind::digest, digest.bytes}; }

  /// `scope` separates origins that share a store; `format` is a four-character code; `path_id` and
  /// `version` are what the foreign format says of the path.
  static ObjectKey of_claim(std::uint64_t scope, const char (&format)[5], std::uint64_t path_id,
                            std::uint64_t version) noexcept {
    ObjectKey key{Kind::claim, {}};
    std::memcpy(key.bytes.data(), &scope, 8);
    std::memcpy(key.bytes.data() + 8, &path_id, 8);
    std::memcpy(key.bytes.data() + 16, &version, 8);
    std::memcpy(key.bytes.data() + 24, format, 4);
    return key;
  }
};

/// Hash for in-memory maps. Claims are guessable by an origin, so the words are mixed, not sliced.
struct ObjectKeyHash {
  std::size_t operator()(const ObjectKey& key) const noexcept {
    std::uint64_t word[4];
    std::memcpy(word, key.bytes.data(), sizeof word);
    constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15ULL;
    std::uint64_t h = word[0] + static_cast<std::uint64_t>(key.kind);
    for (int i = 1; i < 4; ++i) {
      h = (h ^ (h >> 32)) * kOdd;
      h ^= word[i];
    }
    h = (h ^ (h >> 29)) * kOdd;
    return static_cast<std::size_t>(h ^ (h >> 32));
  }
};

}  // namespace larder
