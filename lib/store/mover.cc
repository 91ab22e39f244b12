#include "store/mover.h"

#include <algorithm>
#include <span>
#include <utility>

#include "store/segment.h"

namespace larder::store {

Result<void> Mover::move(sys::File& file, SegmentId from) {
  const auto header = read_segment_header(file, from);
  if (!header) return header.error();
  const auto size = file.size();
  if (!size) return size.error();
  RecordScanner scanner(file, *header, *size, kFirstRecord);
  for (;;) {
    const auto more = scanner.next();
    if (!more) return more.error();
    if (!*more) return {};
    if (auto done = take(scanner, file, from); !done) return done;
    scanner.skip(/*whole=*/true);
  }
}

Result<void> Mover::take(RecordScanner& scanner, sys::File& file, SegmentId from) {
  const RecordHeader& header = scanner.header();
  if (header.type == RecordType::claim) return copy_claim(scanner);
  if (header.type != RecordType::object) return {};
  const Place here{from, scanner.offset(), header.length};
  const auto row = index_.find(ObjectKey::of(header.digest));
  if (!row) return row.error();
  if (!*row || (*row)->place != here) return {};
  return copy_object(header, file, here);
}

Result<void> Mover::copy_object(const RecordHeader& header, sys::File& file, const Place& from) {
  std::vector<std::byte> record(record_bytes(header.length));
  const auto payload = std::span(record).subspan(kHeaderBytes, header.length);
  const auto read = file.read_at(from.offset + kHeaderBytes, payload);
  if (!read) return read.error();
  if (*read != payload.size() || fast_checksum(payload) != header.fast) return {};
  const auto to = append(header, record);
  if (!to) return to.error();
  changes_.emplace_back(ObjectMoved{header.digest, from, *to});
  ++objects_;
  return {};
}

Result<void> Mover::copy_claim(RecordScanner& scanner) {
  const RecordHeader& header = scanner.header();
  const auto key = scanner.payload();
  if (!key) return key.error();
  if (key->size() != kClaimBytes || fast_checksum(*key) != header.fast) return {};
  ObjectKey claim{ObjectKey::Kind::claim, {}};
  std::copy(key->begin(), key->end(), claim.bytes.begin());
  const auto row = index_.find(claim);
  if (!row) return row.error();
  if (!*row || (*row)->digest != header.digest) return {};
  std::vector<std::byte> record(record_bytes(kClaimBytes));
  std::copy(key->begin(), key->end(), record.begin() + kHeaderBytes);
  const auto to = append(header, record);
  return to ? Result<void>() : to.error();
}

Result<Extent> Mover::reserve(std::uint64_t length) {
  auto extent = to_.reserve(record_bytes(length));
  // It comes from a time when segments were larger.
  if (extent.error() == errc::invalid_argument) return to_.reserve_single(length);
  return extent;
}

Result<Place> Mover::append(const RecordHeader& header, std::vector<std::byte>& record) {
  auto extent = reserve(header.length);
  if (!extent) return extent.error();
  writers_.insert(extent->writer());
  const auto head = encode(header, extent->writer()->nonce(), extent->offset());
  std::copy(head.begin(), head.end(), record.begin());
  if (auto done = extent->write(0, record); !done) return done.error();
  const Place place{extent->writer()->id(), extent->offset(), header.length};
  extent->close(record.size());
  bytes_ += record.size();
  return place;
}

}  // namespace larder::store
