#include "digest/verifier.h"

#include <gtest/gtest.h>

#include <limits>

namespace larder::digest {
namespace {

constexpr std::uint64_t kNoLimit = std::numeric_limits<std::uint64_t>::max();

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

Checksum sha256_of(std::string_view text) {
  return {Checksum::Kind::sha256, sha256(bytes_of(text)).bytes};
}

Verifier::Verdict verdict_on(std::string_view text, const Checksum& expected,
                             std::optional<std::uint64_t> size = {}) {
  Verifier verifier(expected, size, kNoLimit);
  EXPECT_FALSE(verifier.update(bytes_of(text)));
  return verifier.finish();
}

TEST(Verifier, AcceptsWhatFulfilsDigestAndSize) {
  const auto verdict = verdict_on("abc", sha256_of("abc"), 3);
  EXPECT_TRUE(verdict.good);
  EXPECT_EQ(verdict.digest, sha256(bytes_of("abc")));
  EXPECT_EQ(verdict.actual, sha256_of("abc"));
  EXPECT_EQ(verdict.size_bytes, 3u);
}

TEST(Verifier, RefusesAnotherDigest) {
  const auto verdict = verdict_on("abd", sha256_of("abc"), 3);
  EXPECT_FALSE(verdict.good);
  EXPECT_EQ(verdict.actual, sha256_of("abd"));
}

TEST(Verifier, RefusesTooFewBytesEvenWithTheRightDigest) {
  EXPECT_FALSE(verdict_on("abc", sha256_of("abc"), 4).good);
}

TEST(Verifier, RefusesTheByteAfterTheLastAndStaysRefused) {
  Verifier verifier(sha256_of("abc"), 3, kNoLimit);
  EXPECT_FALSE(verifier.update(bytes_of("ab")));
  EXPECT_FALSE(verifier.update(bytes_of("c")));
  EXPECT_FALSE(verifier.update({}));
  EXPECT_EQ(verifier.update(bytes_of("d")), errc::too_large);
  const auto verdict = verifier.finish();
  EXPECT_FALSE(verdict.good);
  EXPECT_EQ(verdict.size_bytes, 3u);
  EXPECT_EQ(verdict.digest, sha256(bytes_of("abc")));
}

TEST(Verifier, HoldsTheLimitWhereTheSizeIsUnknown) {
  Verifier verifier({}, {}, 4);
  EXPECT_FALSE(verifier.update(bytes_of("1234")));
  EXPECT_EQ(verifier.update(bytes_of("5")), errc::too_large);
  EXPECT_FALSE(verifier.finish().good);
}

TEST(Verifier, HoldsTheLimitWhereTheSizeIsLarger) {
  Verifier verifier({}, 100, 4);
  EXPECT_EQ(verifier.update(bytes_of("12345")), errc::too_large);
}

TEST(Verifier, WithoutAPromiseChecksTheSizeOnly) {
  EXPECT_TRUE(verdict_on("anything", {}).good);
  EXPECT_TRUE(verdict_on("anything", {}, 8).good);
  EXPECT_FALSE(verdict_on("anything", {}, 9).good);
  EXPECT_EQ(verdict_on("anything", {}).actual, Checksum{});
  EXPECT_EQ(verdict_on("anything", {}).digest, sha256(bytes_of("anything")));
}

TEST(Verifier, ComparesLayaChecksumsAndStillNamesTheBytes) {
  const auto good = verdict_on("A", laya_checksum(0x41));
  EXPECT_TRUE(good.good);
  EXPECT_EQ(laya_value(good.actual), 0x41u);
  EXPECT_EQ(good.digest, sha256(bytes_of("A")));
  const auto bad = verdict_on("B", laya_checksum(0x41));
  EXPECT_FALSE(bad.good);
  EXPECT_EQ(laya_value(bad.actual), 0x42u);
}

TEST(Verifier, TakesLayaZeroForOne) {
  EXPECT_TRUE(verdict_on("", laya_checksum(1)).good);
  EXPECT_TRUE(verdict_on("\1", laya_checksum(0)).good);
  EXPECT_FALSE(verdict_on("\2", laya_checksum(1)).good);
}

TEST(Fulfils, AgreesWithTheVerifier) {
  EXPECT_TRUE(fulfils({}, bytes_of("x")));
  EXPECT_TRUE(fulfils(sha256_of("x"), bytes_of("x")));
  EXPECT_FALSE(fulfils(sha256_of("x"), bytes_of("y")));
  EXPECT_TRUE(fulfils(laya_checksum(0x78), bytes_of("x")));
  EXPECT_FALSE(fulfils(laya_checksum(0x78), bytes_of("y")));
  EXPECT_TRUE(fulfils(laya_checksum(1), {}));
}

TEST(LayaChecksum, KeepsItsValue) {
  for (const std::uint32_t value : {0u, 1u, 0x12345678u, 0xffffffffu})
    EXPECT_EQ(laya_value(laya_checksum(value)), value);
}

TEST(ChecksumText, IsHexInTheMannerOfTheKind) {
  EXPECT_EQ(to_text({}), "");
  EXPECT_EQ(to_text(sha256_of("abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(to_text(laya_checksum(0)), "0");
  EXPECT_EQ(to_text(laya_checksum(0x34)), "34");
  EXPECT_EQ(to_text(laya_checksum(0xDEADBEEF)), "deadbeef");
}

}  // namespace
}  // namespace larder::digest
