#include <larder/content_key.h>

#include <exception>
#include <optional>
#include <span>
#include <utility>

#include "codec/content_key_hash.h"

namespace larder {
namespace {

constexpr std::string_view kPurpose = "larder content key id";
constexpr std::size_t kIdBytes = 8;

std::optional<unsigned> digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kSpace = " \t\r\n";
  while (!text.empty() && kSpace.find(text.front()) != kSpace.npos) text.remove_prefix(1);
  while (!text.empty() && kSpace.find(text.back()) != kSpace.npos) text.remove_suffix(1);
  return text;
}

}  // namespace

codec::Hash256 codec::hash_of_key(const ContentKey& key) {
  return hmac_sha256(key, std::as_bytes(std::span(kPurpose)));
}

Result<std::string> content_key_id(const ContentKey& key) noexcept try {
  static constexpr char kDigits[] = "0123456789abcdef";
  const codec::Hash256 hash = codec::hash_of_key(key);
  std::string id;
  for (const std::byte byte : std::span(hash).first(kIdBytes)) {
    id += kDigits[std::to_integer<unsigned>(byte >> 4)];
    id += kDigits[std::to_integer<unsigned>(byte & std::byte{15})];
  }
  return id;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<ContentKey> parse_content_key(std::string_view text) noexcept {
  text = trimmed(text);
  ContentKey key{};
  if (text.size() != 2 * key.size()) return errc::invalid_argument;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const auto high = digit(text[2 * i]);
    const auto low = digit(text[2 * i + 1]);
    if (!high || !low) return errc::invalid_argument;
    key[i] = static_cast<std::byte>(*high << 4 | *low);
  }
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
