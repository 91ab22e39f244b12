#include "codec/xxtea.h"

#include <algorithm>
#include <limits>

namespace larder::codec {
namespace {

constexpr std::uint32_t kDelta = 0x9e3779b9;

using Words = std::vector<std::uint32_t>;

std::span<const std::byte> bytes_of(std::string_view text) noexcept {
  return std::as_bytes(std::span(text));
}

std::size_t rounds(const Words& words) noexcept {
  return 6 + 52 / words.size();
}

std::uint32_t mix(std::uint32_t before, std::uint32_t after, std::uint32_t sum, std::uint32_t key) {
  return (((before >> 5) ^ (after << 2)) + ((after >> 3) ^ (before << 4))) ^
         ((sum ^ after) + (key ^ before));
}

void encrypt(Words& v, const XxteaKey& key) noexcept {
  std::uint32_t sum = 0;
  std::uint32_t before = v.back();
  for (std::size_t round = rounds(v); round > 0; --round) {
    sum += kDelta;
    const std::size_t e = sum >> 2 & 3;
    for (std::size_t i = 0; i < v.size(); ++i) {
      const std::uint32_t after = v[i + 1 == v.size() ? 0 : i + 1];
      before = v[i] += mix(before, after, sum, key[(i & 3) ^ e]);
    }
  }
}

void decrypt(Words& v, const XxteaKey& key) noexcept {
  auto sum = static_cast<std::uint32_t>(rounds(v)) * kDelta;
  std::uint32_t after = v.front();
  for (; sum != 0; sum -= kDelta) {
    const std::size_t e = sum >> 2 & 3;
    for (std::size_t i = v.size(); i-- > 0;) {
      const std::uint32_t before = v[i == 0 ? v.size() - 1 : i - 1];
      after = v[i] -= mix(before, after, sum, key[(i & 3) ^ e]);
    }
  }
}

std::uint32_t load(const std::byte* bytes, std::size_t count = 4) noexcept {
  std::uint32_t word = 0;
  for (std::size_t i = 0; i < count; ++i) word |= std::to_integer<std::uint32_t>(bytes[i]) << 8 * i;
  return word;
}

void store(std::uint32_t word, std::byte* bytes, std::size_t count = 4) noexcept {
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::byte>(word >> 8 * i);
}

/// As many words as it takes; missing bytes are zero.
void load_all(std::span<const std::byte> bytes, Words& words) {
  const std::size_t whole = bytes.size() / 4;
  for (std::size_t i = 0; i < whole; ++i) words.push_back(load(bytes.data() + 4 * i));
  if (bytes.size() % 4 != 0) words.push_back(load(bytes.data() + 4 * whole, bytes.size() % 4));
}

/// The first bytes of the words, so many as fit.
void store_all(const Words& words, std::span<std::byte> bytes) noexcept {
  for (std::size_t i = 0; 4 * i < bytes.size(); ++i)
    store(words[i], bytes.data() + 4 * i, std::min<std::size_t>(4, bytes.size() - 4 * i));
}

}  // namespace

XxteaKey::XxteaKey(std::string_view key) noexcept {
  std::array<std::byte, 16> bytes{};
  const auto given = bytes_of(key.substr(0, bytes.size()));
  std::copy(given.begin(), given.end(), bytes.begin());
  for (std::size_t i = 0; i < words_.size(); ++i) words_[i] = load(bytes.data() + 4 * i);
}

Result<std::vector<std::byte>> xxtea_encrypt(std::span<const std::byte> plain,
                                             const XxteaKey& key) {
  return xxtea_seal(plain, key, {});
}

Result<std::vector<std::byte>> xxtea_decrypt(std::span<const std::byte> cipher,
                                             const XxteaKey& key) {
  if (cipher.size() < 8 || cipher.size() % 4 != 0) return errc::damaged;
  Words words;
  words.reserve(cipher.size() / 4);
  load_all(cipher, words);
  decrypt(words, key);
  const std::size_t size = words.back();
  const std::size_t room = 4 * (words.size() - 1);
  if (size > room || size + 3 < room) return errc::damaged;
  std::vector<std::byte> plain(size);
  store_all(words, plain);
  return plain;
}

bool is_xxtea_envelope(std::span<const std::byte> bytes, std::string_view sign) noexcept {
  const auto begins = bytes_of(sign);
  return bytes.size() >= sign.size() && std::equal(begins.begin(), begins.end(), bytes.begin());
}

Result<std::vector<std::byte>> xxtea_seal(std::span<const std::byte> plain, const XxteaKey& key,
                                          std::string_view sign) {
  if (plain.empty()) return errc::invalid_argument;
  if (plain.size() > std::numeric_limits<std::uint32_t>::max()) return errc::too_large;
  Words words;
  words.reserve(plain.size() / 4 + 2);
  load_all(plain, words);
  words.push_back(static_cast<std::uint32_t>(plain.size()));
  encrypt(words, key);
  std::vector<std::byte> envelope(sign.size() + 4 * words.size());
  const auto begins = bytes_of(sign);
  std::copy(begins.begin(), begins.end(), envelope.begin());
  store_all(words, std::span(envelope).subspan(sign.size()));
  return envelope;
}

Result<std::vector<std::byte>> xxtea_open(std::span<const std::byte> envelope, const XxteaKey& key,
                                          std::string_view sign) {
  if (!is_xxtea_envelope(envelope, sign)) return errc::damaged;
  return xxtea_decrypt(envelope.subspan(sign.size()), key);
}

}  // namespace larder::codec
