#include <larder/content_key.h>

#include <exception>
#include <span>
#include <utility>

#include "digest/hex.h"
#include "encryption/content_key_hash.h"

namespace larder {
namespace {

constexpr std::string_view kPurpose = "larder content key id";
constexpr std::size_t kIdBytes = 8;

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t\r\n";
  while (!text.empty() && kSpace.find(text.front()) != kSpace.npos) text.remove_prefix(1);
  while (!text.empty() && kSpace.find(text.back()) != kSpace.npos) text.remove_suffix(1);
  return text;
}

}  // namespace

encryption::Hash256 encryption::hash_of_key(const ContentKey& key) {
  return hmac_sha256(key, std::as_bytes(std::span(kPurpose)));
}

Result<std::string> content_key_id(const ContentKey& key) noexcept try {
  const encryption::Hash256 hash = encryption::hash_of_key(key);
  return digest::to_hex(std::span(hash).first(kIdBytes));
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<ContentKey> parse_content_key(std::string_view text) noexcept {
  ContentKey key{};
  if (!digest::from_hex(trimmed(text), key)) return errc::invalid_argument;
  return key;
}

ContentKeys content_keys(std::vector<ContentKey> keys) {
  std::vector<std::pair<std::string, ContentKey>> known;
  for (const ContentKey& key : keys)
    if (auto id = content_key_id(key)) known.emplace_back(std::move(*id), key);
  return [known = std::move(known)](std::string_view id) -> Result<ContentKey> {
    for (const auto& [name, key] : known)
      if (name == id) return key;
    return errc::no_key;
  };
}

}  // namespace larder
