#include "encryption/encrypted_content.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "digest/hex.h"

namespace larder::encryption {
namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::string hex(std::span<const std::byte> bytes) {
  return digest::to_hex(bytes);
}

Bytes from_hex(std::string_view text) {
  Bytes bytes(text.size() / 2);
  EXPECT_TRUE(digest::from_hex(text, bytes));
  return bytes;
}

ContentKey key_of(unsigned char fill) {
  ContentKey key;
  key.fill(std::byte{fill});
  return key;
}
const ContentKey kKey = key_of(7);

/// Content that zstd can make nothing of, or a lot.
Bytes content(std::size_t size, bool noise) {
  Bytes bytes(size);
  std::uint32_t state = 1;
  for (std::size_t i = 0; i < size; ++i) {
    state = state * 1664525 + 1013904223;
    bytes[i] = noise ? static_cast<std::byte>(state >> 24) : static_cast<std::byte>(i / 100);
  }
  return bytes;
}

TEST(Aead, IsAes256Gcm) {
  // Test case 14 of the GCM specification: a zero key, a zero nonce, sixteen zero bytes.
  Aead aead(key_of(0));
  Bytes sealed(16);
  const Tag tag = aead.seal(0, {}, Bytes(16), sealed);
  EXPECT_EQ(hex(sealed), "cea7403d4d606b6e074ec5d3baf39d18");
  EXPECT_EQ(hex(tag), "d0d1c8a799996bf0265b98b5d48ab919");
  Bytes plain(16, std::byte{1});
  EXPECT_TRUE(aead.open(0, {}, sealed, tag, plain));
  EXPECT_EQ(plain, Bytes(16));
  EXPECT_FALSE(aead.open(1, {}, sealed, tag, plain));
  EXPECT_FALSE(aead.open(0, plain, sealed, tag, plain));
}

TEST(Aead, DerivesKeysAsRfc5869Does) {
  // Test case 1 of RFC 4231.
  EXPECT_EQ(hex(hmac_sha256(Bytes(20, std::byte{0x0b}), bytes_of("Hi There"))),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  // HKDF with one block is HMAC twice.
  const Bytes salt = bytes_of("salt");
  const Hash256 extracted = hmac_sha256(salt, kKey);
  EXPECT_EQ(hex(derive_key(kKey, salt, "purpose")),
            hex(hmac_sha256(extracted, bytes_of(std::string("purpose\x01")))));
}

TEST(EncryptedContent, ComesBackWhateverItsSize) {
  for (const std::size_t size : {0, 1, 2, 100, 65535, 65536, 65537, 200'000, 400'001})
    for (const bool noise : {false, true}) {
      const Bytes plain = content(size, noise);
      const Bytes sealed = Encryptor(kKey).encrypt(plain);
      if (size > 1000) {
        EXPECT_EQ(sealed.size() < plain.size() / 4, !noise);
      }
      auto reader = EncryptedReader::open(sealed, kKey);
      ASSERT_TRUE(reader) << size;
      EXPECT_EQ(reader->size(), size);
      EXPECT_EQ(*reader->read_all(), plain) << size;
      EXPECT_EQ(EncryptedHeader::parse(sealed)->plain_bytes, size);
    }
}

TEST(EncryptedContent, PartsOpenTheirChunksOnly) {
  const Bytes plain = content(300'000, true);
  Bytes sealed = Encryptor(kKey).encrypt(plain);
  sealed.back() ^= std::byte{1};  // of the last chunk
  auto reader = EncryptedReader::open(sealed, kKey);
  ASSERT_TRUE(reader);
  for (const auto& [offset, size] : std::vector<std::pair<std::size_t, std::size_t>>{
           {0, 1}, {65535, 2}, {65536, 65536}, {10, 200'000}, {196'607, 1}}) {
    Bytes part(size);
    const auto read = reader->read(offset, part);
    ASSERT_TRUE(read) << offset;
    EXPECT_EQ(*read, size);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), plain.begin() + static_cast<long>(offset)));
  }
  Bytes part(10);
  EXPECT_EQ(reader->read(299'999, part).error(), errc::damaged);
  EXPECT_EQ(reader->read_all().error(), errc::damaged);
  EXPECT_EQ(*reader->read(300'000, part), 0u);
  EXPECT_EQ(*reader->read(~std::uint64_t{0}, part), 0u);
}

TEST(EncryptedContent, TheSameIsEncryptedToTheSame) {
  const Bytes plain = content(100'000, false);
  const Bytes sealed = Encryptor(kKey).encrypt(plain);
  EXPECT_EQ(Encryptor(kKey).encrypt(plain), sealed);
  EXPECT_NE(Encryptor(key_of(8)).encrypt(plain), sealed);
  Bytes other = plain;
  other.back() ^= std::byte{1};
  const Bytes other_sealed = Encryptor(kKey).encrypt(other);
  // Another key for each content: not even the first chunk, which is the same, shows that.
  const auto first_chunk = [](const Bytes& one) {
    const std::size_t begins = EncryptedHeader::parse(one)->chunks_begin;
    return Bytes(one.begin() + static_cast<long>(begins),
                 one.begin() + static_cast<long>(begins) + 64);
  };
  EXPECT_NE(first_chunk(other_sealed), first_chunk(sealed));
}

TEST(EncryptedContent, NoByteCanBeChangedCutOrMoved) {
  const Bytes plain = content(140'000, false);
  const Bytes sealed = Encryptor(kKey).encrypt(plain);
  const auto is_refused = [&](const Bytes& changed) {
    auto reader = EncryptedReader::open(changed, kKey);
    return !reader || !reader->read_all();
  };
  EXPECT_FALSE(is_refused(sealed));
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    Bytes changed = sealed;
    changed[i] ^= std::byte{0x10};
    // The id only tells which key to ask for; it is covered by the tag of the index all the same.
    ASSERT_TRUE(is_refused(changed)) << i;
  }
  for (std::size_t size = 0; size < sealed.size(); ++size)
    ASSERT_TRUE(is_refused(Bytes(sealed.begin(), sealed.begin() + static_cast<long>(size))))
        << size;
  Bytes longer = sealed;
  longer.push_back(std::byte{0});
  EXPECT_TRUE(is_refused(longer));
  EXPECT_EQ(EncryptedReader::open(sealed, key_of(8)).error(), errc::damaged);

  // Two chunks of the same length in the other order.
  const Bytes noise = content(131'072, true);
  Bytes moved = Encryptor(kKey).encrypt(noise);
  const auto begin = moved.begin() + static_cast<long>(EncryptedHeader::parse(moved)->chunks_begin);
  const long chunk = static_cast<long>(kChunkBytes + kTagBytes);
  ASSERT_EQ(moved.end() - begin, 2 * chunk);
  std::swap_ranges(begin, begin + chunk, begin + chunk);
  EXPECT_TRUE(is_refused(moved));
}

TEST(EncryptedContent, ASecondPassOverSomethingElseIsNoticed) {
  const Bytes plain = content(100, true);
  Bytes other = plain;
  other[0] ^= std::byte{1};
  Encryptor encryptor(kKey);
  encryptor.measure(plain);
  static_cast<void>(encryptor.begin());
  ASSERT_TRUE(encryptor.next(other));
  EXPECT_FALSE(encryptor.finish());

  Encryptor shorter(kKey);
  shorter.measure(plain);
  static_cast<void>(shorter.begin());
  EXPECT_FALSE(shorter.next(std::span(plain).first(99)));
}

TEST(ContentKey, IsReadFromTextAndFoundById) {
  const std::string text(64, '7');
  const auto key = parse_content_key(" " + text + "\r\n");
  ASSERT_TRUE(key);
  EXPECT_EQ(*key, key_of(0x77));
  EXPECT_FALSE(parse_content_key(std::string(63, '7')));
  EXPECT_FALSE(parse_content_key(std::string(64, 'g')));
  EXPECT_FALSE(parse_content_key(""));
  const auto id = content_key_id(*key);
  ASSERT_TRUE(id);
  EXPECT_EQ(id->size(), 16u);
  const ContentKeys keys = content_keys({kKey, *key});
  EXPECT_EQ(*keys(*id), *key);
  EXPECT_EQ(keys("0000000000000000").error(), errc::no_key);
  EXPECT_EQ(hex(EncryptedHeader::parse(Encryptor(*key).encrypt({}))->key_id), *id);
  EXPECT_NE(random_content_key(), random_content_key());
}

TEST(EncryptedContent, IsWhatTheFormatSays) {
  // Made by an independent implementation after FORMAT.md: tests/encryption/encrypt-content.
  const Bytes sealed = from_hex(
      "4c524452454e433100000100010000000500000000000000f38d20fd5e7cc4df329b077848fe891f"
      "2966b73573604d6d00529cdaa8893347ea0a1b5e4f450005050000006a30af87cc1a06c72a3e8a59"
      "ae7b51a41a4e8d20bff182b5b206455786b240e56b4c44ec88");
  EXPECT_EQ(Encryptor(kKey).encrypt(bytes_of("hello")), sealed);
}

}  // namespace
}  // namespace larder::encryption
