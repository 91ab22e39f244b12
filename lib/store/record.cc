#include "store/record.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstring>
#include <type_traits>

namespace larder::store {
namespace {

constexpr std::array<char, 8> kSegmentMagic{'L', 'A', 'R', 'D', 'R', 'S', 'E', 'G'};
constexpr std::uint32_t kSegmentVersion = 1;
constexpr std::uint32_t kRecordMagic = 0x4352444c;  // "LDRC"
constexpr std::size_t kChecksumAt = kHeaderBytes - 8;

template <class T>
void put(HeaderBytes& bytes, std::size_t at, T value) noexcept {
  static_assert(std::is_unsigned_v<T>);
  for (std::size_t i = 0; i < sizeof(T); ++i)
    bytes[at + i] = static_cast<std::byte>(value >> (8 * i));
}

template <class T>
T get(const HeaderBytes& bytes, std::size_t at) noexcept {
  static_assert(std::is_unsigned_v<T>);
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value | static_cast<T>(std::to_integer<T>(bytes[at + i]) << (8 * i)));
  return value;
}

std::uint64_t header_checksum(const HeaderBytes& bytes, std::uint64_t seed) noexcept {
  return XXH3_64bits_withSeed(bytes.data(), kChecksumAt, seed);
}

}  // namespace

HeaderBytes encode(const SegmentHeader& header) noexcept {
  HeaderBytes bytes{};
  std::memcpy(bytes.data(), kSegmentMagic.data(), kSegmentMagic.size());
  put(bytes, 8, kSegmentVersion);
  put(bytes, 12, static_cast<std::uint32_t>(header.kind));
  put(bytes, 16, header.id);
  put(bytes, 24, header.nonce);
  put(bytes, 32, header.size_bytes);
  put(bytes, kChecksumAt, header_checksum(bytes, 0));
  return bytes;
}

HeaderState decode(const HeaderBytes& bytes, SegmentHeader& into) noexcept {
  if (std::memcmp(bytes.data(), kSegmentMagic.data(), kSegmentMagic.size()) != 0 ||
      get<std::uint64_t>(bytes, kChecksumAt) != header_checksum(bytes, 0))
    return HeaderState::damaged;
  const auto version = get<std::uint32_t>(bytes, 8);
  if (version > kSegmentVersion) return HeaderState::newer_version;
  const auto kind = get<std::uint32_t>(bytes, 12);
  if (version != kSegmentVersion || (kind != 1 && kind != 2)) return HeaderState::damaged;
  into = {get<std::uint64_t>(bytes, 16), static_cast<SegmentKind>(kind),
          get<std::uint64_t>(bytes, 24), get<std::uint64_t>(bytes, 32)};
  return HeaderState::good;
}

HeaderBytes encode(const RecordHeader& header, std::uint64_t nonce, std::uint64_t offset) noexcept {
  HeaderBytes bytes{};
  put(bytes, 0, kRecordMagic);
  put(bytes, 4, static_cast<std::uint8_t>(header.type));
  put(bytes, 8, header.length);
  std::memcpy(bytes.data() + 16, header.digest.bytes.data(), header.digest.bytes.size());
  put(bytes, 48, header.fast);
  put(bytes, kChecksumAt, header_checksum(bytes, nonce + offset));
  return bytes;
}

std::optional<RecordHeader> decode_record(const HeaderBytes& bytes, std::uint64_t nonce,
                                          std::uint64_t offset) noexcept {
  if (get<std::uint32_t>(bytes, 0) != kRecordMagic ||
      get<std::uint64_t>(bytes, kChecksumAt) != header_checksum(bytes, nonce + offset))
    return std::nullopt;
  const auto type = get<std::uint8_t>(bytes, 4);
  if (type < 1 || type > 3) return std::nullopt;
  RecordHeader header{static_cast<RecordType>(type),
                      get<std::uint64_t>(bytes, 8),
                      {},
                      get<std::uint64_t>(bytes, 48)};
  std::memcpy(header.digest.bytes.data(), bytes.data() + 16, header.digest.bytes.size());
  return header;
}

std::uint64_t fast_checksum(std::span<const std::byte> bytes) noexcept {
  return XXH3_64bits(bytes.data(), bytes.size());
}

struct FastChecksum::State {
  XXH3_state_t xxh3;
};

FastChecksum::FastChecksum() : state_(std::make_unique<State>()) {
  XXH3_64bits_reset(&state_->xxh3);
}
FastChecksum::~FastChecksum() = default;

void FastChecksum::update(std::span<const std::byte> bytes) noexcept {
  XXH3_64bits_update(&state_->xxh3, bytes.data(), bytes.size());
}

std::uint64_t FastChecksum::value() const noexcept {
  return XXH3_64bits_digest(&state_->xxh3);
}

}  // namespace larder::store
