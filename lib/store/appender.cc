#include "store/appender.h"

#include <algorithm>
#include <utility>

namespace larder::store {
namespace {

// Numbers may be in use by files that a lost index knew.
constexpr int kMaxAttempts = 100;

// Records up to this size are of the first stream, up to four times as much of the second, and so
// on.
constexpr std::uint64_t kSmallestStreamBytes = 4096;

std::size_t stream_of(std::uint64_t bytes, std::size_t streams) noexcept {
  std::size_t stream = 0;
  for (std::uint64_t most = kSmallestStreamBytes; bytes > most && stream + 1 < streams; most *= 4)
    ++stream;
  return stream;
}

}  // namespace

Appender::Appender(sys::FileSystem& fs, std::string directory, Index& index, SegmentSet& segments,
                   std::uint64_t segment_bytes, std::size_t streams, Limit limit, Touched touched)
    : fs_(fs),
      directory_(std::move(directory)),
      index_(index),
      segments_(segments),
      segment_bytes_(segment_bytes),
      limit_(std::move(limit)),
      touched_(std::move(touched)),
      streams_(std::min(streams, kMostStreams)) {}

Result<Extent> Appender::reserve(std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  if (closed_) return errc::cancelled;
  auto& current = current_[stream_of(bytes, streams_)];
  if (current) {
    if (auto extent = current->reserve(bytes)) return std::move(*extent);
    current->seal();
    touched_(std::exchange(current, nullptr));
  }
  auto writer = take_idle(bytes);
  if (!writer) writer = make(SegmentKind::shared, segment_bytes_, segment_bytes_);
  if (!writer) return writer.error();
  auto segment = (*writer)->readable();
  if (!segment) return segment.error();
  segments_.add(std::move(*segment));
  current = std::move(*writer);
  auto extent = current->reserve(bytes);
  if (!extent) return errc::invalid_argument;
  return std::move(*extent);
}

Result<std::shared_ptr<SegmentWriter>> Appender::take_idle(std::uint64_t bytes) {
  const auto rows = index_.segments();
  if (!rows) return rows.error();
  for (const SegmentRow& row : *rows) {
    if (row.kind != SegmentKind::shared || row.state != SegmentState::idle ||
        row.indexed_end > segment_bytes_)
      continue;
    auto writer = SegmentWriter::adopt(fs_, directory_, row.id, bytes, index_);
    if (writer) return writer;
  }
  return errc::not_found;
}

Result<std::shared_ptr<SegmentWriter>> Appender::make(SegmentKind kind, std::uint64_t size_bytes,
                                                      std::uint64_t reserved_bytes) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const auto id = index_.new_segment(kind, reserved_bytes, limit_());
    if (!id) return id.error();
    if (!*id) return errc::too_large;
    auto writer = SegmentWriter::create(fs_, directory_, **id, kind, size_bytes);
    if (writer) return writer;
    const Change forgotten = SegmentForgotten{**id};
    (void)index_.apply({&forgotten, 1}, {});  // else the next open() does it
    if (writer.error() != errc::busy) return writer.error();
  }
  return errc::busy;
}

Result<Extent> Appender::reserve_single(std::optional<std::uint64_t> length) {
  {
    std::lock_guard lock(mutex_);
    if (closed_) return errc::cancelled;
  }
  const std::uint64_t bytes = kFirstRecord + record_bytes(length.value_or(kGrowthBytes));
  auto writer = make(SegmentKind::single, length ? bytes : 0, bytes);
  if (!writer) return writer.error();
  return (*writer)->reserve_all();
}

Result<void> Appender::enlarge(const Extent& extent, std::uint64_t length) {
  const auto done =
      index_.enlarge_segment(extent.writer()->id(), kFirstRecord + record_bytes(length), limit_());
  if (!done) return done.error();
  return *done ? Result<void>() : errc::too_large;
}

void Appender::abandon(Extent extent) noexcept try {
  if (extent.writer()->kind() != SegmentKind::single) return;
  const SegmentId id = extent.writer()->id();
  (void)fs_.remove(segment_path(directory_, id));
  const Change forgotten = SegmentForgotten{id};
  (void)index_.apply({&forgotten, 1}, {});  // else the next open() does it
} catch (const std::exception&) {           // the next open() does it
}

void Appender::retire() noexcept {
  std::array<std::shared_ptr<SegmentWriter>, kMostStreams> retired;
  std::lock_guard lock(mutex_);
  retired.swap(current_);
  for (const auto& writer : retired)
    if (writer) writer->distrust();
}

void Appender::retire(const SegmentWriter& writer) noexcept {
  std::shared_ptr<SegmentWriter> retired;
  std::lock_guard lock(mutex_);
  for (auto& current : current_)
    if (current.get() == &writer) retired = std::move(current);
  if (retired) retired->distrust();
}

void Appender::finish() {
  std::lock_guard lock(mutex_);
  for (auto& current : current_) {
    if (!current) continue;
    current->seal();
    touched_(std::exchange(current, nullptr));
  }
}

void Appender::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (auto& current : current_)
    if (current) touched_(std::exchange(current, nullptr));
}

SegmentId Appender::highest_segment(sys::FileSystem& fs, const std::string& directory) {
  SegmentId highest = 0;
  const auto names = fs.list(segments_directory(directory));
  if (!names) return highest;
  for (const std::string& name : *names)
    if (const auto id = segment_id_of(name)) highest = std::max(highest, *id);
  return highest;
}

}  // namespace larder::store
