#include "trust/envelope.h"

#include <gtest/gtest.h>

#include "documents.h"

namespace larder::trust {
namespace {

const PrivateKey kA = PrivateKey::generate();
const PrivateKey kB = PrivateKey::generate();
const PrivateKey kC = PrivateKey::generate();

TEST(Envelope, KeepsExactBytes) {
  for (const std::string text : {"{}", "{ \"a\" :\t1 }\n", "{\"name\":\"\xc3\xa4\\u00e4\\/\"}"}) {
    const std::string document = sealed(text, {&kA});
    std::string why;
    const auto envelope = Envelope::parse(document, &why);
    ASSERT_TRUE(envelope) << why;
    EXPECT_EQ(envelope->text, text);
    EXPECT_TRUE(is_signed_by(*envelope, quorum_of({&kA}, 1)));
  }
}

TEST(Envelope, NeedsAsManySignersAsTheThreshold) {
  const auto envelope = *Envelope::parse(sealed("{}", {&kA, &kB}), nullptr);
  EXPECT_TRUE(is_signed_by(envelope, quorum_of({&kA, &kB, &kC}, 2)));
  EXPECT_FALSE(is_signed_by(envelope, quorum_of({&kA, &kB, &kC}, 3)));
  EXPECT_TRUE(is_signed_by(envelope, quorum_of({&kB}, 1)));
  EXPECT_FALSE(is_signed_by(envelope, quorum_of({&kC}, 1)));
  EXPECT_FALSE(is_signed_by(envelope, quorum_of({&kA, &kC}, 2)));
}

TEST(Envelope, CountsASignerOnce) {
  Envelope envelope{"{}", {}};
  envelope.sign(kA);
  envelope.signatures.push_back(envelope.signatures.front());
  const auto twice = *Envelope::parse(envelope.serialise(), nullptr);
  ASSERT_EQ(twice.signatures.size(), 2u);
  EXPECT_FALSE(is_signed_by(twice, quorum_of({&kA, &kB}, 2)));
  EXPECT_TRUE(is_signed_by(twice, quorum_of({&kA, &kB}, 1)));
}

TEST(Envelope, IsNotSignedByAnythingUnderNoThreshold) {
  const auto envelope = *Envelope::parse(sealed("{}", {&kA}), nullptr);
  EXPECT_FALSE(is_signed_by(envelope, quorum_of({&kA}, 0)));
  EXPECT_FALSE(is_signed_by(envelope, Quorum{}));
}

TEST(Envelope, HoldsOneSignatureOfAKey) {
  Envelope envelope{"{}", {}};
  envelope.sign(kA);
  envelope.sign(kB);
  envelope.sign(kA);
  EXPECT_EQ(envelope.signatures.size(), 2u);
}

TEST(Envelope, RefusesWhatIsMalformed) {
  const std::string key(64, 'a');
  const std::string signature(128, 'b');
  const std::string good = R"({"signed":"{}","signatures":[{"key":")" + key + R"(","signature":")" +
                           signature + R"("}]})";
  std::string why;
  ASSERT_TRUE(Envelope::parse(good, &why)) << why;
  const std::vector<std::string> bad = {
      R"({"signed":"{}"})",
      R"({"signatures":[]})",
      R"({"signed":{},"signatures":[]})",
      R"({"signed":"{}","signatures":{}})",
      R"({"signed":"{}","signatures":[1]})",
      R"({"signed":"{}","signatures":[{}]})",
      R"({"signed":"{}","signatures":[],"more":1})",
      R"({"signed":"{}","signed":"{}","signatures":[]})",
      R"({"signed":"{}","signatures":[{"key":"aa","signature":")" + signature + R"("}]})",
      R"({"signed":"{}","signatures":[{"key":")" + std::string(64, 'A') + R"(","signature":")" +
          signature + R"("}]})",
      R"({"signed":")" + std::string(Envelope::kMaxBytes, 'x') + R"(","signatures":[]})",
  };
  for (const std::string& text : bad) {
    why.clear();
    EXPECT_FALSE(Envelope::parse(text, &why)) << text.substr(0, 100);
    EXPECT_FALSE(why.empty()) << text.substr(0, 100);
  }
  Envelope crowd{"{}", {}};
  crowd.signatures.resize(Envelope::kMaxSignatures + 1);
  EXPECT_FALSE(Envelope::parse(crowd.serialise(), nullptr));
}

}  // namespace
}  // namespace larder::trust
