#include "encryption/encrypted_content.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <optional>
#include <utility>

#include "encryption/content_key_hash.h"

namespace larder::encryption {
namespace {

constexpr std::string_view kMagic = "LRDRENC1";
constexpr std::size_t kKeyIdBytes = 8;
constexpr std::size_t kSaltBytes = 32;
constexpr std::size_t kFixedBytes = 64;
constexpr std::size_t kWordBytes = 4;
constexpr std::uint32_t kZstdBit = 0x8000'0000;
/// Of the message that is the index; chunks count from 0.
constexpr std::uint64_t kIndexNumber = ~std::uint64_t{0};
constexpr int kZstdLevel = 6;
constexpr std::string_view kPurpose = "larder encrypted content 1";

void put(std::vector<std::byte>& into, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) into.push_back(static_cast<std::byte>(value >> (8 * i)));
}

std::uint64_t get(std::span<const std::byte> from, std::size_t at, std::size_t bytes) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    value |= std::to_integer<std::uint64_t>(from[at + i]) << (8 * i);
  return value;
}

std::uint64_t chunks_of(std::uint64_t plain_bytes) noexcept {
  return plain_bytes / kChunkBytes + (plain_bytes % kChunkBytes != 0 ? 1 : 0);
}

/// Plain bytes of one chunk.
std::size_t plain_bytes_of(std::uint64_t plain_bytes, std::uint64_t number) noexcept {
  return static_cast<std::size_t>(
      std::min<std::uint64_t>(kChunkBytes, plain_bytes - number * kChunkBytes));
}

}  // namespace

Result<EncryptedHeader> EncryptedHeader::parse(std::span<const std::byte> content) noexcept {
  if (content.size() < kFixedBytes + kTagBytes ||
      std::memcmp(content.data(), kMagic.data(), kMagic.size()) != 0)
    return errc::damaged;
  EncryptedHeader header;
  header.plain_bytes = get(content, 16, 8);
  const std::uint64_t chunks = chunks_of(header.plain_bytes);
  if (get(content, 8, 4) != kChunkBytes || get(content, 12, 4) != chunks) return errc::damaged;
  if (chunks > (content.size() - kFixedBytes - kTagBytes) / (kWordBytes + kTagBytes))
    return errc::damaged;
  header.key_id = content.subspan(24, kKeyIdBytes);
  header.salt = content.subspan(32, kSaltBytes);
  header.index = content.subspan(kFixedBytes, static_cast<std::size_t>(chunks) * kWordBytes);
  header.chunks_begin = kFixedBytes + header.index.size() + kTagBytes;
  std::uint64_t end = header.chunks_begin;
  for (std::uint64_t i = 0; i < chunks; ++i) {
    const auto word =
        static_cast<std::uint32_t>(get(header.index, static_cast<std::size_t>(i) * kWordBytes, 4));
    const std::size_t plain = plain_bytes_of(header.plain_bytes, i);
    const std::uint32_t length = word & ~kZstdBit;
    if ((word & kZstdBit) != 0 ? length == 0 || length >= plain : length != plain)
      return errc::damaged;
    end += length + kTagBytes;
  }
  if (end != content.size()) return errc::damaged;
  return header;
}

// ---------------------------------------------------------------- reading

EncryptedReader::EncryptedReader(EncryptedHeader header, std::span<const std::byte> content,
                                 Aead aead)
    : header_(header), content_(content), aead_(std::move(aead)) {
  std::uint64_t begins = header_.chunks_begin;
  for (std::size_t at = 0; at < header_.index.size(); at += kWordBytes) {
    begins_.push_back(begins);
    begins += (get(header_.index, at, kWordBytes) & ~std::uint64_t{kZstdBit}) + kTagBytes;
  }
  begins_.push_back(begins);
}

Result<EncryptedReader> EncryptedReader::open(std::span<const std::byte> content,
                                              const ContentKey& key) noexcept try {
  const auto header = EncryptedHeader::parse(content);
  if (!header) return header.error();
  Aead aead(derive_key(key, header->salt, kPurpose));
  const std::size_t covered = kFixedBytes + header->index.size();
  if (!aead.open(kIndexNumber, content.first(covered), {}, content.subspan(covered, kTagBytes), {}))
    return errc::damaged;
  return EncryptedReader(*header, content, std::move(aead));
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<void> EncryptedReader::open_chunk(std::size_t number) {
  if (open_ == number) return {};
  open_ = ~std::size_t{0};
  const auto begin = static_cast<std::size_t>(begins_[number]);
  const auto length = static_cast<std::size_t>(begins_[number + 1]) - begin - kTagBytes;
  const std::size_t plain = plain_bytes_of(header_.plain_bytes, number);
  const bool packed = (get(header_.index, number * kWordBytes, kWordBytes) & kZstdBit) != 0;
  std::vector<std::byte>& into = packed ? frame_ : chunk_;
  into.resize(length);
  if (!aead_.open(number, {}, content_.subspan(begin, length),
                  content_.subspan(begin + length, kTagBytes), into))
    return errc::damaged;
  if (packed) {
    auto unpacked = codec::zstd_decompress(frame_, plain);
    if (!unpacked) return errc::damaged;
    chunk_ = std::move(*unpacked);
  }
  open_ = number;
  return {};
}

Result<std::size_t> EncryptedReader::read(std::uint64_t offset, std::span<std::byte> into) noexcept
    try {
  std::size_t done = 0;
  while (done < into.size() && offset < size()) {
    const auto number = static_cast<std::size_t>(offset / kChunkBytes);
    if (const auto opened = open_chunk(number); !opened) return opened.error();
    const auto rest = std::span<const std::byte>(chunk_).subspan(offset % kChunkBytes);
    const std::size_t count = std::min(rest.size(), into.size() - done);
    std::copy_n(rest.begin(), count, into.begin() + static_cast<std::ptrdiff_t>(done));
    done += count;
    offset += count;
  }
  return done;
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

Result<std::vector<std::byte>> EncryptedReader::read_all() {
  std::vector<std::byte> plain;
  for (std::size_t number = 0; number + 1 < begins_.size(); ++number) {
    if (const auto opened = open_chunk(number); !opened) return opened.error();
    plain.insert(plain.end(), chunk_.begin(), chunk_.end());
  }
  return plain;
}

// ---------------------------------------------------------------- writing

Encryptor::Encryptor(const ContentKey& key) : key_(key) {}

std::pair<std::span<const std::byte>, bool> Encryptor::payload_of(
    std::span<const std::byte> chunk) {
  // A frame that saves nothing to speak of costs time at each read.
  const std::size_t limit = chunk.size() - chunk.size() / 20;
  if (chunk.size() > 1 && zstd_.compress(chunk, kZstdLevel, limit - 1, frame_))
    return {frame_, true};
  return {chunk, false};
}

void Encryptor::measure(std::span<const std::byte> chunk) {
  if (chunk.empty()) return;
  const auto [payload, packed] = payload_of(chunk);
  payloads_.update(payload);
  put(index_, payload.size() | (packed ? kZstdBit : 0), kWordBytes);
  plain_bytes_ += chunk.size();
}

std::vector<std::byte> Encryptor::begin() {
  std::vector<std::byte> head(kMagic.size());
  std::memcpy(head.data(), kMagic.data(), kMagic.size());
  put(head, kChunkBytes, 4);
  put(head, index_.size() / kWordBytes, 4);
  put(head, plain_bytes_, 8);
  const Hash256 id = hash_of_key(key_);
  head.insert(head.end(), id.begin(), id.begin() + kKeyIdBytes);
  // The salt is made of everything that will be encrypted under the key derived with it: no number
  // is ever used for two messages of one key.
  std::vector<std::byte> all = head;
  all.insert(all.end(), index_.begin(), index_.end());
  measured_ = payloads_.finish();
  all.insert(all.end(), measured_.bytes.begin(), measured_.bytes.end());
  const Hash256 salt = hmac_sha256(key_, all);
  head.insert(head.end(), salt.begin(), salt.end());
  aead_.emplace(derive_key(key_, salt, kPurpose));
  head.insert(head.end(), index_.begin(), index_.end());
  const Tag tag = aead_->seal(kIndexNumber, head, {}, {});
  head.insert(head.end(), tag.begin(), tag.end());
  return head;
}

Result<std::vector<std::byte>> Encryptor::next(std::span<const std::byte> chunk) {
  const auto [payload, packed] = payload_of(chunk);
  const std::size_t at = next_ * kWordBytes;
  if (at >= index_.size() ||
      get(index_, at, kWordBytes) != (payload.size() | (packed ? kZstdBit : 0)))
    return errc::damaged;
  again_.update(payload);
  std::vector<std::byte> sealed(payload.size() + kTagBytes);
  const Tag tag = aead_->seal(next_++, {}, payload, std::span(sealed).first(payload.size()));
  std::copy(tag.begin(), tag.end(), sealed.end() - kTagBytes);
  return sealed;
}

bool Encryptor::finish() {
  return next_ * kWordBytes == index_.size() && again_.finish() == measured_;
}

std::vector<std::byte> Encryptor::encrypt(std::span<const std::byte> plain) {
  const auto each = [&](const auto& use) {
    for (std::size_t at = 0; at < plain.size(); at += kChunkBytes)
      use(plain.subspan(at, std::min(kChunkBytes, plain.size() - at)));
  };
  each([&](std::span<const std::byte> chunk) { measure(chunk); });
  std::vector<std::byte> content = begin();
  each([&](std::span<const std::byte> chunk) {
    const auto sealed = next(chunk);
    content.insert(content.end(), sealed->begin(), sealed->end());
  });
  return content;
}

}  // namespace larder::encryption
