#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "digest/hash.h"

namespace larder::digest {
namespace {

/// The format's description, byte by byte.
std::uint32_t by_definition(std::span<const std::byte> bytes) {
  const std::size_t whole = bytes.size() - bytes.size() % 8;
  std::array<std::byte, 8> lane{};
  for (std::size_t i = 0; i < whole; ++i) lane[i % 8] ^= bytes[i];
  for (std::size_t i = whole; i < bytes.size(); ++i) lane[0] ^= bytes[i];
  std::uint32_t value = 0;
  for (unsigned i = 0; i < 4; ++i)
    value |= std::to_integer<std::uint32_t>(lane[i] ^ lane[i + 4]) << (8 * i);
  return value;
}

std::vector<std::byte> noise(std::size_t size) {
  std::mt19937 random(static_cast<unsigned>(size));
  std::vector<std::byte> bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

std::uint32_t xor_of(std::string_view text) {
  LayaXor sum;
  sum.update(std::as_bytes(std::span(text)));
  return sum.value();
}

TEST(LayaXor, PutsTheTailIntoTheFirstByte) {
  EXPECT_EQ(xor_of(""), 0u);
  EXPECT_EQ(xor_of("A"), 0x41u);
  EXPECT_EQ(xor_of("AB"), 0x41u ^ 0x42u);
  EXPECT_EQ(xor_of("abcdefg"), 0x61u ^ 0x62u ^ 0x63u ^ 0x64u ^ 0x65u ^ 0x66u ^ 0x67u);
}

TEST(LayaXor, FoldsTheHalvesOfALane) {
  EXPECT_EQ(xor_of(std::string_view("\1\2\3\4\0\0\0\0", 8)), 0x04030201u);
  EXPECT_EQ(xor_of(std::string_view("\1\2\3\4\1\2\3\4", 8)), 0u);
  EXPECT_EQ(xor_of(std::string_view("\1\2\3\4\0\0\0\x80\x10", 9)), 0x84030211u);
}

TEST(LayaXor, AgreesWithTheDefinitionAtEveryLength) {
  for (std::size_t size = 0; size < 300; ++size) {
    const auto bytes = noise(size);
    LayaXor sum;
    sum.update(bytes);
    EXPECT_EQ(sum.value(), by_definition(bytes)) << size;
  }
}

TEST(LayaXor, DoesNotDependOnTheChunks) {
  const auto bytes = noise(1021);
  const std::uint32_t whole = by_definition(bytes);
  for (std::size_t chunk = 1; chunk < 200; ++chunk) {
    LayaXor sum;
    for (std::size_t at = 0; at < bytes.size(); at += chunk)
      sum.update(std::span(bytes).subspan(at, std::min(chunk, bytes.size() - at)));
    EXPECT_EQ(sum.value(), whole) << chunk;
  }
}

TEST(LayaXor, DoesNotDependOnRandomChunksWithEmptyOnesAmongThem) {
  std::mt19937 random(7);
  const auto bytes = noise(4099);
  for (int round = 0; round < 200; ++round) {
    LayaXor sum;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t chunk = std::min<std::size_t>(random() % 23, bytes.size() - at);
      sum.update(std::span(bytes).subspan(at, chunk));
      at += chunk;
    }
    EXPECT_EQ(sum.value(), by_definition(bytes));
  }
}

TEST(LayaXor, CanBeReadBeforeTheEnd) {
  const auto bytes = noise(21);
  LayaXor sum;
  sum.update(std::span(bytes).first(11));
  EXPECT_EQ(sum.value(), by_definition(std::span(bytes).first(11)));
  sum.update(std::span(bytes).subspan(11));
  EXPECT_EQ(sum.value(), by_definition(bytes));
}

TEST(LayaXor, TreatsZeroAndOneAsEqual) {
  EXPECT_TRUE(laya_xor_equal(0, 1));
  EXPECT_TRUE(laya_xor_equal(1, 0));
  EXPECT_TRUE(laya_xor_equal(5, 5));
  EXPECT_FALSE(laya_xor_equal(0, 2));
  EXPECT_FALSE(laya_xor_equal(2, 1));
}

}  // namespace
}  // namespace larder::digest
