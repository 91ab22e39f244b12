#include "store/cleaner.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <iterator>
#include <limits>
#include <utility>

#include "store/mover.h"
#include "sys/lock_file.h"

namespace larder::store {
namespace {

// How long a writer waits for another process that cleans; its bytes pass through unstored then.
constexpr std::chrono::milliseconds kPatience{250};

// A segment of which more than this is alive is not worth its copying: less has to be kept. As for
// the disk, a byte that comes in is then written 1.67 times at worst, and less on average.
constexpr std::uint64_t kMostAlivePercent = 40;
constexpr std::uint64_t kFewAlivePercent = 15;
// What the claim of an object takes besides.
constexpr std::uint64_t kBytesOfItsClaim = record_bytes(kClaimBytes);

std::uint64_t alive_percent(const SegmentRow& row) noexcept {
  const std::uint64_t alive = row.live_bytes + row.objects * kRecordOverheadBytes;
  return row.reserved_bytes == 0 ? 0 : alive * 100 / row.reserved_bytes;
}

/// Nobody appends to it.
bool settled(const SegmentRow& row) noexcept {
  return row.state != SegmentState::active;
}

/// It holds nothing and nobody appends to it.
bool removable(const SegmentRow& row) noexcept {
  return row.objects == 0 && settled(row);
}

}  // namespace

Cleaner::Cleaner(Rooms rooms, std::uint64_t segment_bytes)
    : rooms_(rooms),
      segment_bytes_(segment_bytes),
      recovery_(rooms.fs, rooms.directory, rooms.index, &rooms.partials, rooms.log),
      survivors_(
          rooms.fs, rooms.directory, rooms.index, rooms.segments, segment_bytes, 1,
          // What is moved is removed where it was: the sum rises by one segment for a moment.
          [] { return std::uint64_t{std::numeric_limits<std::int64_t>::max()}; },
          [this](std::shared_ptr<SegmentWriter> writer) { filled_.push_back(std::move(writer)); }) {
}

Result<std::unique_ptr<sys::File>> Cleaner::lock(std::chrono::milliseconds patience) {
  return sys::lock_file(rooms_.fs, rooms_.directory + "/cleaning", patience);
}

Result<bool> Cleaner::fits(std::uint64_t bytes) {
  const auto figures = rooms_.index.figures();
  if (!figures) return figures.error();
  return figures->reserved_bytes + bytes <= rooms_.quota.for_segments();
}

Result<void> Cleaner::make_room(std::uint64_t bytes) {
  std::lock_guard turn(turn_);
  auto enough = fits(bytes);
  if (!enough || *enough) return enough.error();  // another thread was faster
  const auto locked = lock(kPatience);
  if (!locked) return locked.error();
  if (auto done = prepare(); !done) return done;
  // What nobody has yet goes before what somebody may want again.
  do {
    enough = fits(bytes);
    if (!enough || *enough) return enough.error();
  } while (rooms_.partials.discard_oldest());
  // A segment more than is asked for: the next one who asks need not wait for all of this.
  const std::uint64_t goal = bytes == 0 ? 0 : bytes + segment_bytes_;
  for (;;) {
    enough = fits(goal);
    if (!enough || *enough) return enough.error();
    const auto cleaned = clean_some();
    if (!cleaned) return cleaned.error();
    if (*cleaned) continue;
    enough = fits(bytes);
    if (!enough || *enough) return enough.error();
    // Everything is too full of what is alive.
    if (!rooms_.retention.tighten()) return errc::too_large;
    if (auto done = rooms_.committer.flush(); !done) return done;
    if (auto done = remove_empty_in_turn(); !done) return done;
  }
}

Result<void> Cleaner::prepare() {
  // Rows of what was moved are gone with an index that was made anew.
  const std::uint64_t generation = rooms_.index.generation();
  if (std::exchange(generation_, generation) != generation) survivors_.retire();
  if (auto done = rooms_.committer.flush(); !done) return done;
  // Segments of processes that died are active for ever otherwise.
  if (auto done = recovery_.take_over(); !done) return done;
  rooms_.retention.reconcile();
  if (auto done = rooms_.committer.flush(); !done) return done;
  return remove_empty_in_turn();
}

Result<bool> Cleaner::clean_some() {
  auto rows = rooms_.index.segments();
  if (!rows) return rows.error();
  std::erase_if(*rows, [this](const SegmentRow& row) {
    return row.kind != SegmentKind::shared || !settled(row) || row.objects == 0 ||
           unreadable_.contains(row.id) || alive_percent(row) > kMostAlivePercent;
  });
  std::sort(rows->begin(), rows->end(), [](const SegmentRow& a, const SegmentRow& b) {
    return alive_percent(a) < alive_percent(b);
  });
  // As many together as leave one segment of survivors: one sync and one transaction for all.
  std::uint64_t alive = 0;
  std::vector<Taken> taken;
  for (const SegmentRow& row : *rows) {
    alive += row.live_bytes + row.objects * (kRecordOverheadBytes + kBytesOfItsClaim);
    if (!taken.empty() && alive > segment_bytes_) break;
    if (auto file = take(row.id)) taken.push_back({row, std::move(*file)});
  }
  if (taken.empty()) return false;
  if (auto done = clean(taken); !done) return done.error();
  if (alive_percent(taken.back().row) < kFewAlivePercent) rooms_.retention.loosen();
  return true;
}

Result<std::unique_ptr<sys::File>> Cleaner::take(SegmentId id) {
  auto file = rooms_.fs.open(segment_path(rooms_.directory, id), sys::Open::read_write);
  if (!file) return file;
  const auto locked = (*file)->try_lock();
  if (!locked) return locked.error();
  if (!*locked) return errc::busy;
  const auto now = rooms_.index.segment(id);
  if (!now) return now.error();
  if (!*now || !settled(**now)) return errc::busy;
  return file;
}

Result<void> Cleaner::clean(const std::vector<Taken>& segments) {
  Mover mover(rooms_.index, survivors_);
  std::vector<Change> emptied;
  for (const Taken& segment : segments) {
    if (auto done = mover.move(*segment.file, segment.row.id); !done) {
      // One that cannot be read must not keep the others from being cleaned the next time.
      unreadable_.insert(segment.row.id);
      return done;
    }
    emptied.emplace_back(SegmentEmptied{segment.row.id});
  }
  // Bytes before rows.
  std::set<std::shared_ptr<SegmentWriter>> writers = mover.writers();
  writers.insert(filled_.begin(), filled_.end());
  filled_.clear();
  std::vector<SegmentRow> rows;
  for (const auto& writer : writers) {
    if (auto done = writer->sync(); !done) {
      survivors_.retire();
      return done;
    }
    rows.push_back(writer->row(/*last=*/false));
  }
  std::vector<Change> changes = std::move(mover.changes());
  std::move(emptied.begin(), emptied.end(), std::back_inserter(changes));
  if (auto done = rooms_.index.apply(changes, rows); !done) {
    survivors_.retire();
    return done;
  }
  rooms_.counters.reinsertions.fetch_add(mover.objects(), std::memory_order_relaxed);
  rooms_.counters.appended_bytes.fetch_add(mover.bytes(), std::memory_order_relaxed);
  std::vector<SegmentId> ids;
  for (const Taken& segment : segments) ids.push_back(segment.row.id);
  return remove_files(ids);
}

Result<void> Cleaner::remove_empty() {
  std::lock_guard turn(turn_);
  const auto locked = lock(std::chrono::milliseconds(0));
  if (!locked) return locked.error() == errc::busy ? Result<void>() : locked.error();
  return remove_empty_in_turn();
}

Result<void> Cleaner::remove_empty_in_turn() {
  const auto rows = rooms_.index.segments();
  if (!rows) return rows.error();
  std::vector<SegmentId> empty;
  std::vector<Change> changes;
  std::vector<std::unique_ptr<sys::File>> locks;
  for (const SegmentRow& row : *rows) {
    if (!removable(row)) continue;
    if (rooms_.fs.exists(segment_path(rooms_.directory, row.id))) {
      auto file = take(row.id);
      if (!file) continue;
      locks.push_back(std::move(*file));
    }
    empty.push_back(row.id);
    changes.emplace_back(SegmentEmptied{row.id});
  }
  if (empty.empty()) return {};
  // Before the files go, so that recovery does not take one for a segment of a lost index.
  if (auto done = rooms_.index.apply(changes, {}); !done) return done;
  return remove_files(empty);
}

Result<void> Cleaner::remove_files(std::vector<SegmentId> ids) {
  std::vector<Change> changes;
  Result<void> result;
  for (const SegmentId id : ids) {
    rooms_.segments.forget(id);
    const auto removed = rooms_.fs.remove(segment_path(rooms_.directory, id));
    if (removed || removed.error() == errc::not_found)
      changes.emplace_back(SegmentForgotten{id});
    else
      result = removed;  // its row says that it is to go
  }
  std::sort(ids.begin(), ids.end());
  rooms_.objects.let_go(ids);
  // A file that came back without its row would bring back what it holds.
  if (auto done = rooms_.fs.sync_directory(segments_directory(rooms_.directory)); !done)
    return done;
  // A row that comes back after a power cut says what it is.
  if (auto done = rooms_.index.apply(changes, {}, Durable::later); !done) return done;
  return result;
}

void Cleaner::tend() {
  const auto rows = rooms_.index.segments();
  if (!rows) return;
  let_go(*rows);
  if (std::any_of(rows->begin(), rows->end(), removable)) (void)remove_empty();
}

void Cleaner::let_go(const std::vector<SegmentRow>& rows) {
  std::vector<SegmentId> gone;
  for (const SegmentId id : rooms_.segments.ids()) {
    const auto row = std::lower_bound(rows.begin(), rows.end(), id,
                                      [](const SegmentRow& r, SegmentId i) { return r.id < i; });
    const bool there = row != rows.end() && row->id == id && row->state != SegmentState::gone;
    if (!there && !rooms_.fs.exists(segment_path(rooms_.directory, id))) gone.push_back(id);
  }
  if (gone.empty()) return;
  for (const SegmentId id : gone) rooms_.segments.forget(id);
  std::sort(gone.begin(), gone.end());
  rooms_.objects.let_go(gone);
}

void Cleaner::close() noexcept try {
  std::lock_guard turn(turn_);
  survivors_.close();
  for (auto& writer : std::exchange(filled_, {})) rooms_.committer.touch(std::move(writer));
} catch (const std::exception&) {  // the next open() reads the segment
}

}  // namespace larder::store
