#include "store/record.h"

#include <gtest/gtest.h>

#include "store/record_scanner.h"
#include "store_fixture.h"

namespace larder::store {
namespace {

constexpr std::uint64_t kNonce = 0x1234567890abcdef;

RecordHeader header_of(const Bytes& payload, RecordType type = RecordType::object) {
  return {type, payload.size(), digest::sha256(payload), fast_checksum(payload)};
}

TEST(RecordHeaderBytes, ComeBackAsTheyWent) {
  const RecordHeader header = header_of(content(1, 77), RecordType::claim);
  const auto decoded = decode_record(encode(header, kNonce, 4096), kNonce, 4096);
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->type, RecordType::claim);
  EXPECT_EQ(decoded->length, 77u);
  EXPECT_EQ(decoded->digest, header.digest);
  EXPECT_EQ(decoded->fast, header.fast);
}

TEST(RecordHeaderBytes, AreWorthNothingElsewhere) {
  const auto bytes = encode(header_of(content(1, 77)), kNonce, 4096);
  EXPECT_FALSE(decode_record(bytes, kNonce, 4160));
  EXPECT_FALSE(decode_record(bytes, kNonce + 1, 4096));
}

TEST(RecordHeaderBytes, AreWorthNothingWithAnyBitFlipped) {
  const auto bytes = encode(header_of(content(1, 77)), kNonce, 4096);
  for (std::size_t bit = 0; bit < kHeaderBytes * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    EXPECT_FALSE(decode_record(flipped, kNonce, 4096)) << bit;
  }
}

TEST(RecordHeaderBytes, HaveALayoutThatIsWrittenDown) {
  const auto bytes = encode({RecordType::gap, 0x0102, {}, 0x0304}, 5, 64);
  const std::array<unsigned, 12> start{0x4c, 0x44, 0x52, 0x43, 3, 0, 0, 0, 0x02, 0x01, 0, 0};
  for (std::size_t i = 0; i < start.size(); ++i)
    EXPECT_EQ(std::to_integer<unsigned>(bytes[i]), start[i]) << i;
  EXPECT_EQ(std::to_integer<unsigned>(bytes[48]), 0x04u);
  EXPECT_EQ(std::to_integer<unsigned>(bytes[49]), 0x03u);
  // XXH3-64 of the first 56 bytes, seeded with 69.
  const std::array<unsigned, 8> end{0x20, 0x1c, 0xb1, 0x1b, 0x7f, 0x67, 0x91, 0x71};
  for (std::size_t i = 0; i < end.size(); ++i)
    EXPECT_EQ(std::to_integer<unsigned>(bytes[56 + i]), end[i]) << i;
}

TEST(SegmentHeaderBytes, ComeBackAsTheyWent) {
  const SegmentHeader header{42, SegmentKind::single, kNonce, 1u << 20};
  SegmentHeader decoded;
  ASSERT_EQ(decode(encode(header), decoded), HeaderState::good);
  EXPECT_EQ(decoded.id, 42u);
  EXPECT_EQ(decoded.kind, SegmentKind::single);
  EXPECT_EQ(decoded.nonce, kNonce);
  EXPECT_EQ(decoded.size_bytes, 1u << 20);
}

TEST(SegmentHeaderBytes, AreDamagedWithAnyBitFlipped) {
  const auto bytes = encode(SegmentHeader{42, SegmentKind::shared, kNonce, 1u << 20});
  for (std::size_t bit = 0; bit < kHeaderBytes * 8; ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= static_cast<std::byte>(1u << bit % 8);
    SegmentHeader decoded;
    EXPECT_EQ(decode(flipped, decoded), HeaderState::damaged) << bit;
  }
}

TEST(FastChecksumOfPieces, IsThatOfTheWhole) {
  const Bytes bytes = content(1, 100'000);
  FastChecksum streaming;
  for (std::size_t at = 0; at < bytes.size(); at += 777)
    streaming.update(std::span(bytes).subspan(at, std::min<std::size_t>(777, bytes.size() - at)));
  EXPECT_EQ(streaming.value(), fast_checksum(bytes));
  EXPECT_EQ(FastChecksum().value(), fast_checksum({}));
}

class ScannedSegment : public ::testing::Test {
 protected:
  void SetUp() override {
    auto file = sys::FileSystem::real().open(directory_ / "segment", sys::Open::create);
    ASSERT_TRUE(file);
    file_ = std::move(*file);
    ASSERT_TRUE(file_->resize(kSize));
  }
  void add(std::uint64_t offset, const Bytes& payload, RecordType type = RecordType::object) {
    ASSERT_TRUE(file_->write_at(offset, encode(header_of(payload, type), kNonce, offset)));
    ASSERT_TRUE(file_->write_at(offset + kHeaderBytes, payload));
  }
  /// Offsets of whole records.
  std::vector<std::uint64_t> scan(std::uint64_t from = 0) {
    std::vector<std::uint64_t> offsets;
    RecordScanner scanner(*file_, {1, SegmentKind::shared, kNonce, kSize}, kSize, from);
    for (;;) {
      const auto more = scanner.next();
      EXPECT_TRUE(more);
      if (!more || !*more) return offsets;
      const bool whole = *scanner.payload_is_whole();
      if (whole) offsets.push_back(scanner.offset());
      scanner.skip(whole);
    }
  }

  static constexpr std::uint64_t kSize = 1u << 20;
  test::TempDirectory directory_;
  std::unique_ptr<sys::File> file_;
};

using Offsets = std::vector<std::uint64_t>;

TEST_F(ScannedSegment, ShowsItsRecordsInOrder) {
  add(4096, content(1, 100));
  add(4288, {});
  add(4352, content(2, 400'000));
  add(404'480, content(3, 32), RecordType::claim);
  EXPECT_EQ(scan(), (Offsets{4096, 4288, 4352, 404'480}));
  EXPECT_EQ(scan(4290), (Offsets{4352, 404'480}));
}

TEST_F(ScannedSegment, ShowsRecordsBehindHolesAndDamage) {
  add(8192, content(1, 1000));
  add(16'384, content(2, 300'000));
  add(16'384 + 64 + 64, content(3, 100));  // spoils the payload before it, and is whole itself
  add(kSize - 128, content(4, 64));
  EXPECT_EQ(scan(), (Offsets{8192, 16'512, kSize - 128}));
}

TEST_F(ScannedSegment, ShowsNoRecordThatReachesBeyondItsEnd) {
  ASSERT_TRUE(
      file_->write_at(kSize - 128, encode({RecordType::object, 65, {}, 0}, kNonce, kSize - 128)));
  ASSERT_TRUE(file_->write_at(
      kSize - 256, encode({RecordType::gap, ~std::uint64_t{0}, {}, 0}, kNonce, kSize - 256)));
  EXPECT_EQ(scan(), Offsets{});
}

}  // namespace
}  // namespace larder::store
