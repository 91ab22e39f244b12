#include "store/appender.h"

#include <algorithm>
#include <utility>

namespace larder::store {
namespace {

// Numbers may be in use by files that a lost index knew.
constexpr int kMaxAttempts = 100;

}  // namespace

Appender::Appender(sys::FileSystem& fs, std::string directory, Index& index, SegmentSet& segments,
                   std::uint64_t segment_bytes, Touched touched)
    : fs_(fs),
      directory_(std::move(directory)),
      index_(index),
      segments_(segments),
      segment_bytes_(segment_bytes),
      touched_(std::move(touched)) {}

Result<Extent> Appender::reserve(std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  if (closed_) return errc::cancelled;
  if (current_) {
    if (auto extent = current_->reserve(bytes)) return std::move(*extent);
    current_->seal();
    touched_(std::exchange(current_, nullptr));
  }
  auto writer = take_idle(bytes);
  if (!writer) writer = make(SegmentKind::shared, segment_bytes_);
  if (!writer) return writer.error();
  auto segment = (*writer)->readable();
  if (!segment) return segment.error();
  segments_.add(std::move(*segment));
  current_ = std::move(*writer);
  auto extent = current_->reserve(bytes);
  if (!extent) return errc::too_large;
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

Result<std::shared_ptr<SegmentWriter>> Appender::make(SegmentKind kind, std::uint64_t size_bytes) {
  for (int attempt = 0; attempt < kMaxAttempts; ++attempt) {
    const auto id = index_.new_segment(kind);
    if (!id) return id.error();
    auto writer = SegmentWriter::create(fs_, directory_, *id, kind, size_bytes);
    if (writer) return writer;
    const Change forgotten = SegmentForgotten{*id};
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
  const std::uint64_t bytes = length ? record_bytes(*length) : 0;
  auto writer = make(SegmentKind::single, length ? kFirstRecord + bytes : 0);
  if (!writer) return writer.error();
  return (*writer)->reserve_all();
}

void Appender::abandon(Extent extent) noexcept try {
  if (extent.writer()->kind() != SegmentKind::single) return;
  const SegmentId id = extent.writer()->id();
  (void)fs_.remove(segment_path(directory_, id));
  const Change forgotten = SegmentForgotten{id};
  (void)index_.apply({&forgotten, 1}, {});  // else the next open() does it
} catch (const std::exception&) {           // the next open() does it
}

std::shared_ptr<SegmentWriter> Appender::current() noexcept {
  std::lock_guard lock(mutex_);
  return current_;
}

void Appender::retire() noexcept {
  std::shared_ptr<SegmentWriter> writer;
  std::lock_guard lock(mutex_);
  writer = std::move(current_);
  if (writer) writer->distrust();
}

std::shared_ptr<SegmentWriter> Appender::close() noexcept {
  std::lock_guard lock(mutex_);
  closed_ = true;
  return std::exchange(current_, nullptr);
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
