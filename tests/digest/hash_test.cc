#include "digest/hash.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "digest/hex.h"

namespace larder::digest {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

std::string sha256_hex(std::string_view text) {
  return to_hex(sha256(bytes_of(text)).bytes);
}

template <class Hash>
auto in_chunks(std::string_view text, std::size_t chunk) {
  Hash hash;
  for (std::size_t at = 0; at < text.size(); at += chunk)
    hash.update(bytes_of(text.substr(at, chunk)));
  return hash.finish();
}

TEST(Sha256, MatchesThePublishedVectors) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256_hex("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, DoesNotDependOnTheChunks) {
  const std::string text(1000, 'x');
  const Digest whole = sha256(bytes_of(text));
  for (const std::size_t chunk : {1, 3, 63, 64, 65, 999, 1000})
    EXPECT_EQ(in_chunks<Sha256>(text, chunk), whole) << chunk;
}

TEST(Sha256, GoesOnAfterBeingMoved) {
  Sha256 first;
  first.update(bytes_of("ab"));
  Sha256 second = std::move(first);
  second.update(bytes_of("c"));
  EXPECT_EQ(second.finish(), sha256(bytes_of("abc")));
}

TEST(Sha256, OfNothingIsTheEmptyDigestWhetherOrNotItWasUpdated) {
  Sha256 untouched;
  Sha256 touched;
  touched.update({});
  EXPECT_EQ(untouched.finish(), sha256({}));
  EXPECT_EQ(touched.finish(), sha256({}));
}

TEST(Md5, MatchesThePublishedVectors) {
  const std::pair<std::string_view, std::string_view> vectors[] = {
      {"", "d41d8cd98f00b204e9800998ecf8427e"},
      {"a", "0cc175b9c0f1b6a831c399e269772661"},
      {"message digest", "f96b697d7cb7938d525a2f31aaf161d0"},
      {"12345678901234567890123456789012345678901234567890123456789012345678901234567890",
       "57edf4a22be3c955ac49da2e2107b67a"},
  };
  for (const auto& [text, hex] : vectors) EXPECT_EQ(to_hex(in_chunks<Md5>(text, 7)), hex) << text;
}

TEST(Md5, GoesOnAfterBeingMoved) {
  Md5 first;
  first.update(bytes_of("message "));
  Md5 second;
  second = std::move(first);
  second.update(bytes_of("digest"));
  EXPECT_EQ(to_hex(second.finish()), "f96b697d7cb7938d525a2f31aaf161d0");
}

TEST(Crc32, MatchesThePublishedVectors) {
  EXPECT_EQ(crc32(""), 0u);
  EXPECT_EQ(crc32("123456789"), 0xcbf43926u);
  EXPECT_EQ(crc32("The quick brown fox jumps over the lazy dog"), 0x414fa339u);
}

TEST(Crc32, ContinuesFromItsSeed) {
  EXPECT_EQ(crc32("456789", crc32("123")), 0xcbf43926u);
  EXPECT_EQ(crc32("", 0xcbf43926u), 0xcbf43926u);
}

}  // namespace
}  // namespace larder::digest
