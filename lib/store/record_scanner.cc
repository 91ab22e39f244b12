#include "store/record_scanner.h"

#include <algorithm>
#include <cstring>

#include "digest/hash.h"

namespace larder::store {
namespace {

constexpr std::uint64_t kWindowBytes = 256 * 1024;

}  // namespace

RecordScanner::RecordScanner(sys::File& file, const SegmentHeader& header, std::uint64_t size_bytes,
                             std::uint64_t from)
    : file_(file),
      nonce_(header.nonce),
      size_bytes_(size_bytes),
      offset_(aligned(std::max(from, kFirstRecord))) {}

Result<std::span<const std::byte>> RecordScanner::window(std::uint64_t offset,
                                                         std::uint64_t bytes) {
  if (offset < buffer_offset_ || offset + bytes > buffer_offset_ + buffer_.size()) {
    buffer_offset_ = offset;
    buffer_.resize(std::min(kWindowBytes, size_bytes_ - offset));
    const auto read = file_.read_at(offset, buffer_);
    if (!read || *read != buffer_.size()) {
      buffer_.clear();
      return read ? make_error_code(errc::io) : read.error();
    }
  }
  return std::span<const std::byte>(buffer_).subspan(offset - buffer_offset_, bytes);
}

Result<bool> RecordScanner::next() {
  for (; offset_ <= size_bytes_ && size_bytes_ - offset_ >= kHeaderBytes; offset_ += kAlignBytes) {
    const auto bytes = window(offset_, kHeaderBytes);
    if (!bytes) return bytes.error();
    HeaderBytes raw;
    std::memcpy(raw.data(), bytes->data(), raw.size());
    const auto header = decode_record(raw, nonce_, offset_);
    if (!header || header->length > size_bytes_ - offset_ - kHeaderBytes) continue;
    header_ = *header;
    return true;
  }
  return false;
}

Result<bool> RecordScanner::payload_is_whole() {
  if (header_.type == RecordType::gap) return true;
  if (header_.type == RecordType::claim) {
    const auto key = payload();
    if (!key) return key.error();
    return key->size() == kClaimBytes && fast_checksum(*key) == header_.fast;
  }
  digest::Sha256 sha256;
  std::uint64_t at = offset_ + kHeaderBytes;
  for (std::uint64_t left = header_.length; left != 0;) {
    const std::uint64_t bytes = std::min(left, kWindowBytes);
    const auto chunk = window(at, bytes);
    if (!chunk) return chunk.error();
    sha256.update(*chunk);
    at += bytes;
    left -= bytes;
  }
  return sha256.finish() == header_.digest;
}

Result<std::vector<std::byte>> RecordScanner::payload() {
  const auto bytes = window(offset_ + kHeaderBytes, std::min(header_.length, kClaimBytes));
  if (!bytes) return bytes.error();
  return std::vector<std::byte>(bytes->begin(), bytes->end());
}

}  // namespace larder::store
