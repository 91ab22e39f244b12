#include "trust/key.h"

#include <gtest/gtest.h>

#include "digest/hex.h"

namespace larder::trust {
namespace {

// RFC 8032, section 7.1, test 2.
constexpr std::string_view kPublic =
    "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
constexpr std::string_view kSignature =
    "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
    "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";

Signature signature_of(std::string_view hex) {
  Signature signature;
  EXPECT_TRUE(digest::from_hex(hex, signature.bytes));
  return signature;
}

TEST(Key, VerifiesTheVectorOfTheRfc) {
  const auto key = parse_public_key(kPublic);
  ASSERT_TRUE(key);
  EXPECT_TRUE(verify(*key, "\x72", signature_of(kSignature)));
  EXPECT_FALSE(verify(*key, "\x73", signature_of(kSignature)));
}

TEST(Key, RefusesASignatureWithAnyBitChanged) {
  const auto key = PrivateKey::generate();
  const Signature good = key.sign("message");
  ASSERT_TRUE(verify(key.public_key(), "message", good));
  for (std::size_t bit = 0; bit < 8 * good.bytes.size(); ++bit) {
    Signature bad = good;
    bad.bytes[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    EXPECT_FALSE(verify(key.public_key(), "message", bad)) << bit;
  }
}

TEST(Key, OfAnotherPairDoesNotVerify) {
  const auto key = PrivateKey::generate();
  const auto other = PrivateKey::generate();
  EXPECT_NE(key.public_key(), other.public_key());
  EXPECT_FALSE(verify(other.public_key(), "message", key.sign("message")));
}

TEST(Key, SurvivesPemAndHex) {
  const auto key = PrivateKey::generate();
  const std::string pem = to_pem(key.public_key());
  EXPECT_TRUE(pem.starts_with("-----BEGIN PUBLIC KEY-----\n"));
  EXPECT_EQ(*parse_public_key(pem), key.public_key());
  EXPECT_EQ(*parse_public_key(" " + to_text(key.public_key()) + "\r\n"), key.public_key());

  const std::string secret = key.to_pem();
  EXPECT_TRUE(secret.starts_with("-----BEGIN PRIVATE KEY-----\n"));
  EXPECT_FALSE(is_encrypted_key(secret));
  const auto again = PrivateKey::from_pem(secret);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->sign("x"), key.sign("x"));
}

TEST(Key, OpensWithItsPassPhraseOnly) {
  const auto key = PrivateKey::generate();
  const std::string sealed = key.to_pem("open sesame");
  EXPECT_TRUE(is_encrypted_key(sealed));
  const auto opened = PrivateKey::from_pem(sealed, "open sesame");
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->public_key(), key.public_key());
  EXPECT_EQ(PrivateKey::from_pem(sealed, "open barley").error(), errc::invalid_argument);
  EXPECT_EQ(PrivateKey::from_pem(sealed).error(), errc::invalid_argument);
}

TEST(Key, OfAnotherAlgorithmIsRefused) {
  // `openssl genpkey -algorithm X25519`: as long as an Ed25519 key, and of no use for signing.
  EXPECT_EQ(parse_public_key("-----BEGIN PUBLIC KEY-----\n"
                             "MCowBQYDK2VuAyEAhSDwCYkwp1R0i33ctD73Wg2/Og0mOBr066SpjqqbTmo=\n"
                             "-----END PUBLIC KEY-----\n")
                .error(),
            errc::invalid_argument);
  for (const std::string_view text : {"", "hello", "-----BEGIN PUBLIC KEY-----\n", "abcd"}) {
    EXPECT_EQ(parse_public_key(text).error(), errc::invalid_argument);
    EXPECT_EQ(PrivateKey::from_pem(text, "x").error(), errc::invalid_argument);
  }
  const std::string secret = PrivateKey::generate().to_pem();
  EXPECT_EQ(parse_public_key(secret).error(), errc::invalid_argument);
}

}  // namespace
}  // namespace larder::trust
