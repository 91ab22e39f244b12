#include "native/keys.h"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>

#include "digest/hash.h"
#include "trust/key.h"

namespace larder::native {
namespace {

std::error_code fail(std::string* why, std::string sentence) {
  if (why) *why = std::move(sentence);
  return errc::invalid_argument;
}

bool is_document(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

}  // namespace

Result<Anchors> read_anchors(const TrustOptions& options, std::string* why) {
  Anchors anchors;
  if (options.keys.empty()) {
    if (!options.allow_unsigned)
      return fail(why,
                  "the origin is a native one, and no key to verify it with is given "
                  "(TrustOptions::keys; allow_unsigned does without)");
    anchors.unsigned_too = true;
  } else if (options.allow_unsigned) {
    return fail(why, "keys are given, and unsigned origins are allowed: only one can be meant");
  } else if (is_document(options.keys.front())) {
    if (options.keys.size() > 1) return fail(why, "beside a root document there are no other keys");
    std::string reason;
    auto root = trust::trusted_root(options.keys.front(), &reason);
    if (!root) return fail(why, "the root document that is to be trusted: " + reason);
    anchors.root = std::move(*root);
  } else {
    std::vector<trust::PublicKey> keys;
    for (const std::string& text : options.keys) {
      const auto key = trust::parse_public_key(text);
      if (!key) return fail(why, "a trusted key is no Ed25519 public key");
      if (std::find(keys.begin(), keys.end(), *key) == keys.end()) keys.push_back(*key);
    }
    if (options.threshold == 0 || options.threshold > keys.size())
      return fail(why, "the threshold is not between 1 and the number of trusted keys");
    std::sort(keys.begin(), keys.end());
    anchors.root = trust::Root::of_pinned(std::move(keys), options.threshold);
  }
  const std::string text = anchors.unsigned_too ? "unsigned" : anchors.root.serialise();
  anchors.name = digest::sha256(std::as_bytes(std::span(text)));
  return anchors;
}

}  // namespace larder::native
