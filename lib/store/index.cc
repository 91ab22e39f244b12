#include "store/index.h"

#include <exception>
#include <utility>

#include "store/database.h"
#include "store/index_reader.h"
#include "store/index_writer.h"

namespace larder::store {

/// A reader on loan from the pool.
class Index::Borrowed {
 public:
  Borrowed(Index& from, std::unique_ptr<IndexReader> reader) noexcept
      : from_(&from), reader_(std::move(reader)) {}
  Borrowed(Borrowed&&) noexcept = default;
  Borrowed& operator=(Borrowed&&) noexcept = default;
  ~Borrowed() {
    if (!reader_) return;
    std::lock_guard lock(from_->pool_mutex_);
    if (reader_->generation() != from_->generation_) return;
    try {
      from_->idle_readers_.push_back(std::move(reader_));
    } catch (const std::exception&) {  // closed instead of kept
    }
  }
  IndexReader* operator->() const noexcept { return reader_.get(); }

 private:
  Index* from_;
  std::unique_ptr<IndexReader> reader_;
};

Index::Index(std::string path, Mode mode) : path_(std::move(path)), mode_(mode) {}
Index::~Index() = default;

Result<std::unique_ptr<Index>> Index::open(const std::string& path, Mode mode,
                                           SegmentId highest_segment) {
  std::unique_ptr<Index> index(new Index(path, mode));
  if (const auto done = index->connect(highest_segment); !done) return done.error();
  return index;
}

Result<void> Index::reset(const std::string& path) {
  auto database = Database::open(path, Database::Mode::create);
  if (!database) return database.error();
  return database->reset();
}

Result<void> Index::connect(SegmentId highest_segment) {
  std::unique_ptr<IndexWriter> writer;
  if (mode_ == Mode::read_write) {
    auto opened = IndexWriter::open(path_, highest_segment);
    if (!opened) return opened.error();
    writer = std::move(*opened);
    if (log_bytes_ != 0) (void)writer->bound_log(log_bytes_);
  }
  auto reader = IndexReader::open(path_, mode_ == Mode::read_only);
  if (!reader) return reader.error();
  writer_ = std::move(writer);
  std::lock_guard lock(pool_mutex_);
  generation_ = (*reader)->generation();
  idle_readers_.clear();
  idle_readers_.push_back(std::move(*reader));
  return {};
}

Result<Index::Borrowed> Index::borrow() {
  {
    std::lock_guard lock(pool_mutex_);
    if (!idle_readers_.empty()) {
      Borrowed borrowed(*this, std::move(idle_readers_.back()));
      idle_readers_.pop_back();
      return borrowed;
    }
  }
  auto reader = IndexReader::open(path_, mode_ == Mode::read_only);
  if (!reader) return reader.error();
  return Borrowed(*this, std::move(*reader));
}

Result<std::optional<Found>> Index::find(const ObjectKey& key) {
  auto reader = borrow();
  if (!reader) return reader.error();
  return (*reader)->find(key);
}

Result<IndexFigures> Index::figures() {
  auto reader = borrow();
  if (!reader) return reader.error();
  return (*reader)->figures();
}

Result<Tally> Index::life() {
  auto reader = borrow();
  if (!reader) return reader.error();
  return (*reader)->life();
}

Result<void> Index::visit(const std::function<bool(const Found&)>& each) {
  auto reader = borrow();
  if (!reader) return reader.error();
  return (*reader)->visit(each);
}

Result<void> Index::visit_segment(SegmentId id, const std::function<bool(const Found&)>& each) {
  auto reader = borrow();
  if (!reader) return reader.error();
  return (*reader)->visit_segment(id, each);
}

Result<std::vector<SegmentRow>> Index::segments() {
  auto reader = borrow();
  if (!reader) return reader.error();
  return (*reader)->segments();
}

Result<std::optional<SegmentRow>> Index::segment(SegmentId id) {
  auto reader = borrow();
  if (!reader) return reader.error();
  return (*reader)->segment(id);
}

std::error_code Index::unwritable() const noexcept {
  // Without a connection after a failed repair: the next attempt is to repair again.
  return mode_ == Mode::read_only ? errc::io : errc::bad_store;
}

Result<std::vector<Digest>> Index::objects_named_like(std::uint64_t id) {
  auto reader = borrow();
  if (!reader) return reader.error();
  return (*reader)->objects_named_like(id);
}

Result<void> Index::visit_classes(
    const std::function<void(const Digest&, std::uint64_t, Priority)>& each) {
  auto reader = borrow();
  if (!reader) return reader.error();
  return (*reader)->visit_classes(each);
}

Result<std::vector<ObjectKey>> Index::pins() {
  auto reader = borrow();
  if (!reader) return reader.error();
  return (*reader)->pins();
}

Result<std::vector<Digest>> Index::pinned_objects() {
  auto reader = borrow();
  if (!reader) return reader.error();
  return (*reader)->pinned_objects();
}

Result<bool> Index::is_pinned(const Digest& digest) {
  auto reader = borrow();
  if (!reader) return reader.error();
  return (*reader)->is_pinned(digest);
}

Result<std::optional<SegmentId>> Index::new_segment(SegmentKind kind, std::uint64_t reserved_bytes,
                                                    std::uint64_t limit_bytes) {
  std::lock_guard lock(write_mutex_);
  if (!writer_) return unwritable();
  return writer_->new_segment(kind, reserved_bytes, limit_bytes);
}

Result<bool> Index::enlarge_segment(SegmentId id, std::uint64_t reserved_bytes,
                                    std::uint64_t limit_bytes) {
  std::lock_guard lock(write_mutex_);
  if (!writer_) return unwritable();
  return writer_->enlarge_segment(id, reserved_bytes, limit_bytes);
}

Result<void> Index::clear(bool pinned_too) {
  std::lock_guard lock(write_mutex_);
  if (!writer_) return unwritable();
  return writer_->clear(pinned_too);
}

Result<void> Index::bound_log(std::uint64_t bytes) {
  std::lock_guard lock(write_mutex_);
  if (!writer_) return unwritable();
  log_bytes_ = bytes;
  return writer_->bound_log(bytes);
}

Result<void> Index::shrink() {
  std::lock_guard lock(write_mutex_);
  if (!writer_) return unwritable();
  return writer_->shrink();
}

void Index::tidy_log() {
  std::lock_guard lock(write_mutex_);
  if (writer_) writer_->tidy_log();
}

Result<void> Index::apply(std::span<const Change> changes, std::span<const SegmentRow> segments,
                          Durable durable) {
  std::lock_guard lock(write_mutex_);
  if (!writer_) return unwritable();
  return writer_->apply(changes, segments, durable);
}

std::string Index::message() const {
  std::lock_guard lock(write_mutex_);
  return writer_ ? writer_->message() : std::string();
}

std::uint64_t Index::generation() const {
  std::lock_guard lock(pool_mutex_);
  return generation_;
}

Result<void> Index::repair(std::uint64_t generation, SegmentId highest_segment) {
  if (mode_ == Mode::read_only) return errc::bad_store;
  std::lock_guard lock(write_mutex_);
  if (const auto reader = IndexReader::open(path_, mode_ == Mode::read_only);
      !reader || (*reader)->generation() == generation) {
    writer_.reset();
    if (auto done = reset(path_); !done) return done;
  }
  return connect(highest_segment);
}

}  // namespace larder::store
