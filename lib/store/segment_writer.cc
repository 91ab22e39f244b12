#include "store/segment_writer.h"

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include "store/index.h"

namespace larder::store {
namespace {

constexpr std::uint64_t kGrowsWithoutLimit = std::numeric_limits<std::uint64_t>::max() / 2;

std::uint64_t random_nonce() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

/// Those that begin from `begin` on and before `end`, where the next records will lie.
void use_large_pages(sys::File& file, std::uint64_t begin, std::uint64_t end,
                     std::uint64_t capacity) noexcept {
  constexpr std::uint64_t kPage = sys::File::kLargePageBytes;
  for (std::uint64_t at = (begin + kPage - 1) / kPage * kPage; at < end && capacity - at >= kPage;
       at += kPage)
    file.use_large_page(at);
}

}  // namespace

SegmentWriter::SegmentWriter(sys::FileSystem& fs, std::string directory,
                             std::unique_ptr<sys::File> file, const SegmentHeader& header,
                             std::uint64_t tail) noexcept
    : fs_(fs),
      directory_(std::move(directory)),
      file_(std::move(file)),
      header_(header),
      capacity_(header.size_bytes != 0 ? header.size_bytes : kGrowsWithoutLimit),
      tail_(tail) {}

Result<std::shared_ptr<SegmentWriter>> SegmentWriter::create(sys::FileSystem& fs,
                                                             const std::string& directory,
                                                             SegmentId id, SegmentKind kind,
                                                             std::uint64_t size_bytes) {
  const std::string path = segment_path(directory, id);
  const SegmentHeader header{id, kind, random_nonce(), size_bytes};
  auto file = fs.open(path, sys::Open::create_new);
  if (!file) return file.error();
  // Recovery of another process may take a file that has no header yet for a dead one and remove
  // it. Once it is ours and still there, that cannot happen any more.
  const auto locked = (*file)->try_lock();
  if (locked && (!*locked || !fs.exists(path))) return errc::busy;
  Result<void> done = locked ? (*file)->resize(size_bytes) : locked.error();
  if (done && kind == SegmentKind::shared) use_large_pages(**file, 0, kFirstRecord, size_bytes);
  if (done) done = (*file)->write_at(0, encode(header));
  if (!done) {
    (void)fs.remove(path);
    return done.error();
  }
  return std::shared_ptr<SegmentWriter>(
      new SegmentWriter(fs, directory, std::move(*file), header, kFirstRecord));
}

Result<std::shared_ptr<SegmentWriter>> SegmentWriter::adopt(sys::FileSystem& fs,
                                                            const std::string& directory,
                                                            SegmentId id, std::uint64_t bytes,
                                                            Index& index) {
  auto file = fs.open(segment_path(directory, id), sys::Open::read_write);
  if (!file) return file.error();
  const auto locked = (*file)->try_lock();
  if (!locked) return locked.error();
  if (!*locked) return errc::busy;
  const auto header = read_segment_header(**file, id);
  if (!header) return header.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  auto row = index.segment(id);
  if (!row) return row.error();
  if (!*row || (*row)->state != SegmentState::idle) return errc::busy;
  const std::uint64_t tail = aligned((*row)->indexed_end);
  if (*size != header->size_bytes || tail > *size || *size - tail < bytes) return errc::no_space;
  (*row)->state = SegmentState::active;
  if (const auto done = index.apply({}, {&**row, 1}, Durable::later); !done) return done.error();
  std::shared_ptr<SegmentWriter> writer(
      new SegmentWriter(fs, directory, std::move(*file), *header, tail));
  writer->directory_synced_ = true;
  return writer;
}

Result<std::pair<std::shared_ptr<SegmentWriter>, PartialNote>> SegmentWriter::resume(
    sys::FileSystem& fs, const std::string& directory, SegmentId id, Index& index) {
  const std::string path = segment_path(directory, id);
  auto file = fs.open(path, sys::Open::read_write);
  if (!file) return file.error();
  const auto locked = (*file)->try_lock();
  if (!locked) return locked.error();
  if (!*locked) return errc::busy;
  const auto row = index.segment(id);
  if (!row) return row.error();
  if (!*row || (*row)->state != SegmentState::active || !fs.exists(path)) return errc::not_found;
  const auto header = read_segment_header(**file, id);
  if (!header) return header.error();
  auto note = read_note(**file, *header);
  if (!note) return note.error();
  if (!*note) return errc::not_found;
  std::shared_ptr<SegmentWriter> writer(
      new SegmentWriter(fs, directory, std::move(*file), *header, kFirstRecord));
  return std::pair(std::move(writer), std::move(**note));
}

std::optional<Extent> SegmentWriter::reserve(std::uint64_t bytes) {
  std::lock_guard lock(mutex_);
  if (sealed_ || capacity_ < tail_ || capacity_ - tail_ < bytes) return std::nullopt;
  use_large_pages(*file_, tail_, tail_ + bytes, capacity_);
  open_.insert(tail_);
  Extent extent(shared_from_this(), tail_, bytes);
  tail_ += bytes;
  return extent;
}

Extent SegmentWriter::reserve_all() {
  std::lock_guard lock(mutex_);
  open_.insert(tail_);
  Extent extent(shared_from_this(), tail_, capacity_ - tail_);
  tail_ = capacity_;
  sealed_ = true;
  return extent;
}

Result<std::shared_ptr<const Segment>> SegmentWriter::readable() {
  std::lock_guard lock(mutex_);
  if (readable_) return readable_;
  // By another descriptor: a mapping made by file_ would keep its lock as long as any blob lives.
  auto segment = Segment::open(fs_, segment_path(directory_, header_.id), header_.id);
  if (segment) readable_ = *segment;
  return segment;
}

void SegmentWriter::seal() noexcept {
  std::lock_guard lock(mutex_);
  sealed_ = true;
}

bool SegmentWriter::closing() const noexcept {
  std::lock_guard lock(mutex_);
  return sealed_ && !open_.empty();
}

void SegmentWriter::distrust() noexcept {
  std::lock_guard lock(mutex_);
  sealed_ = distrusted_ = true;
}

Result<void> SegmentWriter::sync() noexcept try {
  if (auto done = file_->sync(); !done) return done;
  {
    std::lock_guard lock(mutex_);
    if (directory_synced_) return {};
  }
  if (auto done = fs_.sync_directory(segments_directory(directory_)); !done) return done;
  std::lock_guard lock(mutex_);
  directory_synced_ = true;
  return {};
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

SegmentRow SegmentWriter::row(bool last) const noexcept {
  std::lock_guard lock(mutex_);
  SegmentRow row{header_.id, header_.kind, SegmentState::active, kFirstRecord, header_.size_bytes};
  if (distrusted_) return row;
  // One that grew keeps what it has reserved until it is known how far it grew.
  if (header_.size_bytes == 0 && open_.empty() && sealed_) row.reserved_bytes = tail_;
  row.indexed_end = open_.empty() ? tail_ : std::min(*open_.begin(), tail_);
  if (!open_.empty()) return row;
  if (sealed_)
    row.state = SegmentState::full;
  else if (last)
    row.state = SegmentState::idle;
  return row;
}

void SegmentWriter::close(std::uint64_t offset, std::uint64_t capacity,
                          std::uint64_t used) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (offset + capacity == tail_) {
      tail_ = offset + used;
      open_.erase(offset);
      return;
    }
  }
  // In the middle: a gap, so that whoever walks the records need not search for the next one.
  if (used < capacity) {
    const RecordHeader gap{RecordType::gap, capacity - used - kHeaderBytes, {}, 0};
    (void)file_->write_at(offset + used, encode(gap, header_.nonce, offset + used));
  }
  std::lock_guard lock(mutex_);
  open_.erase(offset);
}

Extent::~Extent() {
  close(0);
}

Result<void> Extent::write(std::uint64_t at, std::span<const std::byte> bytes) noexcept {
  if (at > capacity_ || capacity_ - at < bytes.size()) return errc::no_space;
  return writer_->file_->write_at(offset_ + at, bytes);
}

Result<void> Extent::read(std::uint64_t at, std::span<std::byte> into) noexcept {
  const auto read = writer_->file_->read_at(offset_ + at, into);
  if (!read) return read.error();
  return *read == into.size() ? Result<void>() : errc::io;
}

Result<void> Extent::check_object(const Digest& digest, std::uint64_t length, std::uint64_t fast) {
  const auto seen =
      read_object(*writer_->file_, writer_->nonce(), {writer_->id(), offset_, length}, digest);
  if (!seen) return seen.error();
  return *seen == fast ? Result<void>() : errc::damaged;
}

void Extent::close(std::uint64_t used) noexcept {
  if (const auto writer = std::exchange(writer_, nullptr)) writer->close(offset_, capacity_, used);
}

}  // namespace larder::store
