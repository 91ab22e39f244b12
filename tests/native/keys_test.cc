#include "native/keys.h"

#include <gtest/gtest.h>

#include "trust/envelope.h"
#include "trust/key.h"

namespace larder::native {
namespace {

const trust::PrivateKey kA = trust::PrivateKey::generate();
const trust::PrivateKey kB = trust::PrivateKey::generate();

std::string hex(const trust::PrivateKey& key) {
  return trust::to_text(key.public_key());
}

Result<Anchors> read(TrustOptions options) {
  std::string why;
  auto anchors = read_anchors(options, &why);
  EXPECT_EQ(anchors.has_value(), why.empty());
  return anchors;
}

TEST(Anchors, AreNeededUnlessTheCallerDoesWithout) {
  EXPECT_EQ(read({}).error(), errc::invalid_argument);
  EXPECT_TRUE(read({.allow_unsigned = true})->unsigned_too);
  EXPECT_FALSE(read({.keys = {hex(kA)}})->unsigned_too);
  EXPECT_EQ(read({.keys = {hex(kA)}, .allow_unsigned = true}).error(), errc::invalid_argument);
}

TEST(Anchors, AreTheSameInAnyFormAndOrder) {
  const auto name = read({.keys = {hex(kA), hex(kB)}, .threshold = 2})->name;
  EXPECT_EQ(read({.keys = {trust::to_pem(kB.public_key()), hex(kA)}, .threshold = 2})->name, name);
  EXPECT_NE(read({.keys = {hex(kA), hex(kB)}, .threshold = 1})->name, name);
  EXPECT_NE(read({.allow_unsigned = true})->name, name);
}

TEST(Anchors, HaveAThresholdThatCanBeReached) {
  EXPECT_EQ(read({.keys = {hex(kA)}, .threshold = 0}).error(), errc::invalid_argument);
  EXPECT_EQ(read({.keys = {hex(kA)}, .threshold = 2}).error(), errc::invalid_argument);
  EXPECT_EQ(read({.keys = {hex(kA), hex(kA)}, .threshold = 2}).error(), errc::invalid_argument);
  EXPECT_EQ(read({.keys = {hex(kA), "junk"}}).error(), errc::invalid_argument);
}

TEST(Anchors, MayBeARootDocument) {
  const trust::Root root{3, {{kA.public_key()}, 1}, {{kB.public_key()}, 1}};
  trust::Envelope envelope{root.serialise(), {}};
  EXPECT_EQ(read({.keys = {envelope.serialise()}}).error(), errc::invalid_argument);
  envelope.sign(kA);
  EXPECT_EQ(read({.keys = {envelope.serialise()}})->root, root);
  EXPECT_EQ(read({.keys = {envelope.serialise(), hex(kA)}}).error(), errc::invalid_argument);
}

}  // namespace
}  // namespace larder::native
