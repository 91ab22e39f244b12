// Root: which keys speak for an origin. See docs/release-format.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <larder/result.h>

#include "trust/envelope.h"

namespace larder::trust {

/// The keys in force: which of them sign root documents, which sign heads.
struct Root {
  std::uint64_t version = 0;  ///< from 1; 0: no document, just pinned keys
  Quorum root;
  Quorum head;

  static constexpr std::size_t kMaxKeys = 16;

  /// Empty, and a sentence in `why`, if `text` is no root document.
  [[nodiscard]] static std::optional<Root> parse(std::string_view text, std::string* why);
  [[nodiscard]] std::string serialise() const;
  /// Pinned keys as a root: they sign both, until document 1 says otherwise.
  [[nodiscard]] static Root of_pinned(std::vector<PublicKey> keys, unsigned threshold);

  friend bool operator==(const Root&, const Root&) = default;
};

/// Reads the document that follows `current` and holds it against the quorums of both.
/// errc::bad_head: malformed, or not the next version; errc::bad_signature. A sentence in `why`.
[[nodiscard]] Result<Root> next_root(const Root& current, std::string_view document,
                                     std::string* why);
/// Reads a document that the caller trusts for other reasons (it came with the app). Its own quorum
/// must have signed it.
[[nodiscard]] Result<Root> trusted_root(std::string_view document, std::string* why);

}  // namespace larder::trust
