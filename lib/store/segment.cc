#include "store/segment.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <utility>

namespace larder::store {
namespace {

constexpr std::string_view kSuffix = ".seg";

}  // namespace

std::string segments_directory(const std::string& directory) {
  return directory + "/segments";
}

std::string segment_path(const std::string& directory, SegmentId id) {
  char name[32];
  std::snprintf(name, sizeof name, "/%08llu.seg", static_cast<unsigned long long>(id));
  return segments_directory(directory) + name;
}

std::optional<SegmentId> segment_id_of(std::string_view file_name) noexcept {
  if (!file_name.ends_with(kSuffix)) return std::nullopt;
  file_name.remove_suffix(kSuffix.size());
  SegmentId id = 0;
  const char* end = file_name.data() + file_name.size();
  const auto [stop, error] = std::from_chars(file_name.data(), end, id);
  // SQLite numbers rows from 1 to 2^63 - 1.
  if (error != std::errc() || stop != end || id == 0 || id >> 62 != 0) return std::nullopt;
  return id;
}

Result<SegmentHeader> read_segment_header(sys::File& file, SegmentId id) noexcept {
  HeaderBytes bytes{};
  const auto read = file.read_at(0, bytes);
  if (!read) return read.error();
  SegmentHeader header;
  if (*read != bytes.size()) return errc::bad_store;
  switch (decode(bytes, header)) {
    case HeaderState::damaged: return errc::bad_store;
    case HeaderState::newer_version: return errc::unsupported;
    case HeaderState::good: break;
  }
  if (header.id != id) return errc::bad_store;
  return header;
}

Result<std::uint64_t> read_object(sys::File& file, std::uint64_t nonce, const Place& place,
                                  const Digest& digest,
                                  const std::function<void(std::span<const std::byte>)>& each) {
  constexpr std::uint64_t kPieceBytes = 64u << 10;
  if (place.offset % kAlignBytes != 0 || place.offset < kFirstRecord) return errc::damaged;
  HeaderBytes raw{};
  const auto head = file.read_at(place.offset, raw);
  if (!head) return head.error();
  if (*head != raw.size()) return errc::damaged;
  const auto record = decode_record(raw, nonce, place.offset);
  if (!record || !record->is_object(digest, place.length)) return errc::damaged;
  FastChecksum fast;
  std::vector<std::byte> piece(std::min(place.length, kPieceBytes));
  for (std::uint64_t done = 0; done < place.length; done += piece.size()) {
    piece.resize(std::min(kPieceBytes, place.length - done));
    const auto read = file.read_at(place.offset + kHeaderBytes + done, piece);
    if (!read) return read.error();
    if (*read != piece.size()) return errc::damaged;
    fast.update(piece);
    if (each) each(piece);
  }
  if (fast.value() != record->fast) return errc::damaged;
  return record->fast;
}

Segment::Segment(const SegmentHeader& header, std::unique_ptr<sys::Mapping> mapping) noexcept
    : header_(header), mapping_(std::move(mapping)) {}

Result<std::shared_ptr<const Segment>> Segment::open(sys::FileSystem& fs, const std::string& path,
                                                     SegmentId id) {
  const auto file = fs.open(path, sys::Open::read);
  if (!file) return file.error();
  return map(**file, id);
}

Result<std::shared_ptr<const Segment>> Segment::map(sys::File& file, SegmentId id) {
  const auto header = read_segment_header(file, id);
  if (!header) return header.error();
  const auto size = file.size();
  if (!size) return size.error();
  auto mapping = file.map(*size);
  if (!mapping) return mapping.error();
  return std::shared_ptr<const Segment>(new Segment(*header, std::move(*mapping)));
}

Result<std::span<const std::byte>> Segment::payload_at(const Place& place) const noexcept {
  const auto bytes = mapping_->bytes();
  // Each term is checked by itself: a damaged index may name any number.
  if (place.offset % kAlignBytes != 0 || place.offset < kFirstRecord ||
      place.offset > bytes.size() || bytes.size() - place.offset < kHeaderBytes ||
      bytes.size() - place.offset - kHeaderBytes < place.length)
    return errc::damaged;
  return bytes.subspan(place.offset + kHeaderBytes, place.length);
}

Result<Payload> Segment::object_at(const Place& place, const Digest& digest) const noexcept {
  const auto payload = payload_at(place);
  if (!payload) return payload.error();
  HeaderBytes raw;
  std::memcpy(raw.data(), payload->data() - kHeaderBytes, raw.size());
  const auto header = decode_record(raw, header_.nonce, place.offset);
  if (!header || !header->is_object(digest, place.length)) return errc::damaged;
  return Payload{*payload, header->fast};
}

SegmentSet::SegmentSet(sys::FileSystem& fs, std::string directory)
    : fs_(fs), directory_(std::move(directory)) {}

Result<SegmentSet::Located> SegmentSet::locate(const Place& place, const Digest& digest) {
  auto mapped = get(place.segment);
  if (!mapped) return mapped.error();
  const auto size = size_of(place.segment, mapped->file.get());
  if (!size) return size.error();
  if (place.offset > *size || *size - place.offset < kHeaderBytes ||
      *size - place.offset - kHeaderBytes < place.length)
    return errc::damaged;
  auto payload = mapped->segment->object_at(place, digest);
  if (!payload) return payload.error();
  return Located{std::move(mapped->segment), *payload};
}

Result<std::uint64_t> SegmentSet::size_of(SegmentId id, sys::File* file) {
  if (file) return file->size();
  const auto status = fs_.status(segment_path(directory_, id));
  if (!status) return status.error();
  return status->size_bytes;
}

Result<SegmentSet::Mapped> SegmentSet::get(SegmentId id) {
  Mapped mapped;
  bool keeps = false;
  {
    std::lock_guard lock(mutex_);
    if (const auto found = segments_.find(id); found != segments_.end()) mapped = found->second;
    keeps = !mapped.file && open_files_ < kMostOpenFiles;
  }
  if (mapped.segment && !keeps) return mapped;
  auto file = fs_.open(segment_path(directory_, id), sys::Open::read);
  if (!mapped.segment) {
    if (!file) return file.error();
    auto segment = Segment::map(**file, id);
    if (!segment) return segment.error();
    mapped.segment = std::move(*segment);
  }
  if (keeps && file) mapped.file = std::move(*file);  // else its path is asked
  std::lock_guard lock(mutex_);
  Mapped& kept = segments_[id];
  if (!kept.segment) kept.segment = mapped.segment;
  if (!kept.file && mapped.file && open_files_ < kMostOpenFiles) {
    kept.file = mapped.file;
    ++open_files_;
  }
  return kept;
}

void SegmentSet::add(std::shared_ptr<const Segment> segment) {
  std::lock_guard lock(mutex_);
  Mapped& kept = segments_[segment->id()];
  kept.segment.swap(segment);
}

void SegmentSet::forget(SegmentId id) noexcept {
  decltype(segments_)::node_type gone;  // unmapped after the lock
  std::lock_guard lock(mutex_);
  gone = segments_.extract(id);
  if (gone && gone.mapped().file) --open_files_;
}

std::vector<SegmentId> SegmentSet::ids() const {
  std::vector<SegmentId> ids;
  std::lock_guard lock(mutex_);
  for (const auto& [id, mapped] : segments_) ids.push_back(id);
  return ids;
}

}  // namespace larder::store
