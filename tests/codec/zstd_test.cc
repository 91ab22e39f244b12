#include "codec/zstd.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

namespace larder::codec {
namespace {

using Bytes = std::vector<std::byte>;

Bytes noise(std::size_t size, unsigned seed = 1) {
  std::mt19937 random(seed);
  Bytes bytes(size);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
  return bytes;
}

Bytes compressed(const Bytes& bytes, int level = 3) {
  Bytes frame;
  EXPECT_TRUE(ZstdEncoder().compress(bytes, level, bytes.size() + 1000, frame));
  return frame;
}

Bytes patched(const Bytes& bytes, const Bytes& base) {
  Bytes patch;
  EXPECT_TRUE(ZstdEncoder().make_patch(bytes, base, 19, bytes.size() + 1000, patch));
  return patch;
}

TEST(Zstd, BringsBytesBack) {
  for (const std::size_t size : {0u, 1u, 1000u, 300000u})
    for (const Bytes& bytes : {noise(size), Bytes(size)}) {
      const auto back = zstd_decompress(compressed(bytes), size);
      ASSERT_TRUE(back) << size;
      EXPECT_EQ(*back, bytes);
    }
}

TEST(Zstd, MakesFramesThatSmallDecodersTake) {
  const Bytes large = noise(20 << 20);  // beyond the window of any decoder here
  for (const int level : {1, 9}) {
    const auto back = zstd_decompress(compressed(large, level), large.size());
    ASSERT_TRUE(back);
    EXPECT_TRUE(*back == large);
  }
}

TEST(Zstd, EncodesPieceByPiece) {
  Bytes bytes = noise(300000);
  bytes.resize(900000);
  ZstdEncoder encoder;
  encoder.begin(3, bytes.size());
  Bytes frame;
  Bytes piece;
  for (std::size_t at = 0; at < bytes.size(); at += 100000) {
    ASSERT_TRUE(encoder.feed(std::span(bytes).subspan(at, 100000), at == 800000, piece));
    frame.insert(frame.end(), piece.begin(), piece.end());
  }
  EXPECT_LT(frame.size(), 310000u);
  const auto back = zstd_decompress(frame, bytes.size());
  ASSERT_TRUE(back);
  EXPECT_TRUE(*back == bytes);
  encoder.begin(3, 10);
  EXPECT_EQ(encoder.feed(std::span(bytes).first(11), true, piece).error(), errc::too_large);
}

TEST(Zstd, StopsWhereTheLimitIs) {
  const Bytes bytes = noise(10000);
  Bytes frame;
  EXPECT_EQ(ZstdEncoder().compress(bytes, 3, 9500, frame).error(), errc::too_large);
}

TEST(Zstd, PatchesAreSmallAndBringTheNewBytesBack) {
  const Bytes base = noise(3 << 20);
  Bytes bytes = base;
  bytes.insert(bytes.begin() + 1000, 17, std::byte{1});
  bytes.erase(bytes.end() - 40000, bytes.end() - 30000);
  const Bytes patch = patched(bytes, base);
  EXPECT_LT(patch.size(), 1000u);
  const auto back = zstd_apply_patch(patch, base, bytes.size());
  ASSERT_TRUE(back);
  EXPECT_TRUE(*back == bytes);
}

TEST(Zstd, PatchesOfVerySmallFilesWork) {
  for (const std::size_t base_size : {0u, 1u, 10u, 600u}) {
    const Bytes base = noise(base_size);
    const auto back = zstd_apply_patch(patched(noise(50, 2), base), base, 50);
    ASSERT_TRUE(back) << base_size;
    EXPECT_EQ(*back, noise(50, 2));
  }
}

TEST(Zstd, APatchOnTheWrongBaseIsNeverTheRightBytes) {
  const Bytes base = noise(50000);
  Bytes bytes = base;
  bytes[100] = ~bytes[100];
  const auto back = zstd_apply_patch(patched(bytes, base), noise(50000, 2), bytes.size());
  if (back) {
    EXPECT_NE(*back, bytes);
  }
}

TEST(Zstd, RefusesAnotherSizeThanExpected) {
  const Bytes bytes = noise(5000);
  const Bytes frame = compressed(bytes);
  EXPECT_EQ(zstd_decompress(frame, 4999).error(), errc::too_large);
  EXPECT_EQ(zstd_decompress(frame, 5001).error(), errc::damaged);
  EXPECT_EQ(zstd_decompress(frame, 0).error(), errc::too_large);
}

/// The frame without its announcement of the size: single segment flag and size field rewritten.
Bytes silent_bomb() {
  // magic; descriptor without size; window 1 MiB; an RLE block of 128 KiB, eight times, the last
  // with the end mark.
  Bytes frame;
  for (const unsigned byte : {0x28u, 0xb5u, 0x2fu, 0xfdu, 0x00u, 0x50u})
    frame.push_back(static_cast<std::byte>(byte));
  for (unsigned block = 0; block < 8; ++block) {
    const unsigned header = (128u << 10) << 3 | 1u << 1 | (block == 7 ? 1u : 0u);
    for (const unsigned shift : {0u, 8u, 16u})
      frame.push_back(static_cast<std::byte>(header >> shift));
    frame.push_back(std::byte{0});
  }
  return frame;
}

TEST(Zstd, ABombThatDoesNotSayItsSizeEndsAtTheLimit) {
  const auto whole = zstd_decompress(silent_bomb(), 1 << 20);
  ASSERT_TRUE(whole);
  EXPECT_EQ(*whole, Bytes(1 << 20));
  EXPECT_EQ(zstd_decompress(silent_bomb(), 1000).error(), errc::too_large);
  EXPECT_EQ(zstd_decompress(silent_bomb(), (1 << 20) + 1).error(), errc::damaged);
}

TEST(Zstd, CutOrFollowedFramesAreDamaged) {
  Bytes frame = compressed(noise(100000));
  frame.push_back(std::byte{0});
  EXPECT_EQ(zstd_decompress(frame, 100000).error(), errc::damaged);
  frame.pop_back();
  for (std::size_t length = 0; length < frame.size(); length += 97)
    EXPECT_EQ(zstd_decompress(std::span(frame).first(length), 100000).error(), errc::damaged);
}

TEST(Zstd, FlippedBitsNeverCrash) {
  Bytes text(20000);
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<std::byte>(i % 251 ^ i >> 9);
  const Bytes frame = compressed(text);
  for (std::size_t i = 0; i < frame.size(); ++i) {
    Bytes wrong = frame;
    wrong[i] ^= static_cast<std::byte>(1 << i % 8);
    const auto back = zstd_decompress(wrong, text.size());
    if (back) {
      EXPECT_EQ(back->size(), text.size());
    }
  }
}

TEST(Zstd, DecodesPieceByPiece) {
  const Bytes bytes = noise(50000);
  const Bytes frame = compressed(bytes);
  ZstdDecoder decoder(bytes.size());
  Bytes back;
  for (std::size_t at = 0; at < frame.size(); at += 7) {
    std::span<const std::byte> piece =
        std::span(frame).subspan(at).first(std::min<std::size_t>(7, frame.size() - at));
    while (true) {
      std::array<std::byte, 100> room;
      const auto done = decoder.decode(piece, room);
      ASSERT_TRUE(done);
      back.insert(back.end(), room.begin(), room.begin() + static_cast<std::ptrdiff_t>(*done));
      if (*done == 0 && piece.empty()) break;
    }
  }
  EXPECT_TRUE(decoder.complete());
  EXPECT_EQ(back, bytes);
}

}  // namespace
}  // namespace larder::codec
