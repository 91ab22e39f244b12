// The bytes of a segment: its header and the headers of its records. See FORMAT.md.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/digest.h"

namespace larder::store {

using SegmentId = std::uint64_t;

/// Every record and every payload starts at a multiple of this.
inline constexpr std::uint64_t kAlignBytes = 64;
/// Records begin here; the header uses the first kHeaderBytes of it.
inline constexpr std::uint64_t kFirstRecord = 4096;
/// Of a segment header and of a record header.
inline constexpr std::size_t kHeaderBytes = 64;
/// A claim's packed key.
inline constexpr std::uint64_t kClaimBytes = 32;

using HeaderBytes = std::array<std::byte, kHeaderBytes>;

enum class SegmentKind : std::uint32_t {
  shared = 1,  ///< holds many objects
  single = 2,  ///< holds one large object
};

struct SegmentHeader {
  SegmentId id = 0;
  SegmentKind kind = SegmentKind::shared;
  std::uint64_t nonce = 0;       ///< random; seeds the checksums of record headers
  std::uint64_t size_bytes = 0;  ///< of the file when it was made; 0 if it grows
};

enum class HeaderState { good, newer_version, damaged };

[[nodiscard]] HeaderBytes encode(const SegmentHeader& header) noexcept;
HeaderState decode(const HeaderBytes& bytes, SegmentHeader& into) noexcept;

enum class RecordType : std::uint8_t {
  object = 1,  ///< payload: an object
  claim = 2,   ///< payload: a claim's key; `digest` is the object that fulfils it
  gap = 3,     ///< payload: unspecified
};

struct RecordHeader {
  RecordType type = RecordType::gap;
  std::uint64_t length = 0;  ///< of the payload
  Digest digest;
  std::uint64_t fast = 0;  ///< fast_checksum() of the payload

  [[nodiscard]] bool is_object(const Digest& of, std::uint64_t bytes) const noexcept {
    return type == RecordType::object && length == bytes && digest == of;
  }
};

/// `offset` is the record's place in the segment whose nonce is `nonce`. Both go into the header's
/// checksum, so that no payload, not even a copy of this segment, can pose as a record.
[[nodiscard]] HeaderBytes encode(const RecordHeader& header, std::uint64_t nonce,
                                 std::uint64_t offset) noexcept;
[[nodiscard]] std::optional<RecordHeader> decode_record(const HeaderBytes& bytes,
                                                        std::uint64_t nonce,
                                                        std::uint64_t offset) noexcept;

[[nodiscard]] constexpr std::uint64_t aligned(std::uint64_t bytes) noexcept {
  return (bytes + kAlignBytes - 1) / kAlignBytes * kAlignBytes;
}
/// What a record takes beside its payload, on average.
inline constexpr std::uint64_t kRecordOverheadBytes = kHeaderBytes + kAlignBytes / 2;
/// Header, payload and padding.
[[nodiscard]] constexpr std::uint64_t record_bytes(std::uint64_t length) noexcept {
  return aligned(kHeaderBytes + length);
}

/// XXH3-64: detects damage, proves nothing.
[[nodiscard]] std::uint64_t fast_checksum(std::span<const std::byte> bytes) noexcept;

/// The same, streaming. Throws std::bad_alloc on construction.
class FastChecksum {
 public:
  FastChecksum();
  ~FastChecksum();
  FastChecksum(const FastChecksum&) = delete;
  FastChecksum& operator=(const FastChecksum&) = delete;
  void update(std::span<const std::byte> bytes) noexcept;
  [[nodiscard]] std::uint64_t value() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace larder::store
