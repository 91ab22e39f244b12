#include "codec/xxtea.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "digest/hex.h"

namespace larder::codec {
namespace {

using Bytes = std::vector<std::byte>;

const XxteaKey kKey("ilovecocos2dx");

Bytes bytes_of(std::string_view text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

Bytes counting(std::size_t size) {
  Bytes bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>(i);
  return bytes;
}

std::string cipher_of(const Bytes& plain, const XxteaKey& key = kKey) {
  const auto cipher = xxtea_encrypt(plain, key);
  EXPECT_TRUE(cipher);
  return cipher ? digest::to_hex(*cipher) : "";
}

TEST(Xxtea, EncryptsAsTheEnginesDo) {
  EXPECT_EQ(cipher_of(bytes_of("hello")), "5b930081227c71441e28391a");
  EXPECT_EQ(cipher_of(bytes_of("a")), "fe1e1558d13b04e9");
  EXPECT_EQ(cipher_of(counting(20)), "1dbf66494ba0d92c22be680feaa1c77dad3f45723ccacbe6");
}

TEST(Xxtea, BringsBytesBack) {
  for (std::size_t size = 1; size < 300; ++size) {
    const Bytes plain = counting(size);
    const auto cipher = xxtea_encrypt(plain, kKey);
    ASSERT_TRUE(cipher);
    EXPECT_EQ(cipher->size() % 4, 0u);
    EXPECT_LE(cipher->size(), size + 7);
    const auto back = xxtea_decrypt(*cipher, kKey);
    ASSERT_TRUE(back) << size;
    ASSERT_EQ(*back, plain);
  }
  const Bytes large = counting(1'000'003);
  EXPECT_TRUE(*xxtea_decrypt(*xxtea_encrypt(large, kKey), kKey) == large);
}

TEST(Xxtea, TakesSixteenBytesOfTheKey) {
  const Bytes plain = bytes_of("hello");
  EXPECT_EQ(cipher_of(plain, XxteaKey("0123456789abcdef")),
            cipher_of(plain, XxteaKey("0123456789abcdefg")));
  EXPECT_NE(cipher_of(plain, XxteaKey("0123456789abcdef")),
            cipher_of(plain, XxteaKey("0123456789abcdeg")));
  EXPECT_EQ(cipher_of(plain, XxteaKey("ab")), cipher_of(plain, XxteaKey(std::string("ab\0", 3))));
}

TEST(Xxtea, RefusesWhatItDidNotEncrypt) {
  EXPECT_EQ(xxtea_encrypt({}, kKey).error(), errc::invalid_argument);
  const Bytes cipher = *xxtea_encrypt(counting(1000), kKey);
  EXPECT_EQ(xxtea_decrypt(cipher, XxteaKey("another")).error(), errc::damaged);
  for (const std::size_t size : {0u, 1u, 4u, 7u, 10u, 100u, 999u})
    EXPECT_EQ(xxtea_decrypt(std::span(cipher).first(size), kKey).error(), errc::damaged) << size;
}

TEST(Xxtea, ChecksTheLengthThatIsInIt) {
  // The two words of "hello", and a third one that is not 5 but this.
  const auto decrypted = [](std::string_view cipher) {
    Bytes bytes(cipher.size() / 2);
    EXPECT_TRUE(digest::from_hex(cipher, bytes));
    return xxtea_decrypt(bytes, kKey);
  };
  EXPECT_EQ(decrypted("9567b87adbe3abd47a7c6f64").error(), errc::damaged);  // 0
  EXPECT_EQ(decrypted("0bdc3ea645312769b9943cbe").error(), errc::damaged);  // 4
  EXPECT_EQ(*decrypted("9ed2097172cb79fc12935da2"), bytes_of({"hello\0", 6}));
  EXPECT_EQ(*decrypted("edefa6b1c9a9026a05a43d98"), bytes_of({"hello\0\0\0", 8}));
  EXPECT_EQ(decrypted("7f19adae8285ec59511fb4ad").error(), errc::damaged);  // 9
}

TEST(XxteaEnvelope, IsToldByItsSign) {
  const Bytes plain = bytes_of("hello");
  const auto envelope = xxtea_seal(plain, kKey);
  ASSERT_TRUE(envelope);
  EXPECT_EQ(digest::to_hex(*envelope), digest::to_hex(bytes_of("XXTEA")) + cipher_of(plain));
  EXPECT_TRUE(is_xxtea_envelope(*envelope));
  EXPECT_FALSE(is_xxtea_envelope(*envelope, "other"));
  EXPECT_FALSE(is_xxtea_envelope(bytes_of("XXTE")));
  EXPECT_EQ(*xxtea_open(*envelope, kKey), plain);
  EXPECT_EQ(xxtea_open(*envelope, kKey, "other").error(), errc::damaged);
  EXPECT_EQ(xxtea_open(plain, kKey).error(), errc::damaged);
  EXPECT_EQ(xxtea_open(bytes_of("XXTEA"), kKey).error(), errc::damaged);
  const auto signed_otherwise = xxtea_seal(plain, kKey, "my game");
  EXPECT_EQ(*xxtea_open(*signed_otherwise, kKey, "my game"), plain);
}

}  // namespace
}  // namespace larder::codec
