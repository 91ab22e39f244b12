#include "store/partials.h"

#include <algorithm>
#include <utility>

#include "store/segment.h"

namespace larder::store {

void Partials::add(SegmentId id, const PartialNote& note) {
  std::lock_guard lock(mutex_);
  known_.insert_or_assign(id, Known{note.key, note.seconds});
}

bool Partials::keeps(const PartialNote& note) const noexcept {
  const std::uint64_t now = seconds_now();
  const auto age = std::chrono::seconds(now - std::min(now, note.seconds));
  return keep_for_.count() > 0 && age <= keep_for_;
}

bool Partials::has(const ObjectKey& key) const {
  std::lock_guard lock(mutex_);
  return std::any_of(known_.begin(), known_.end(),
                     [&](const auto& known) { return known.second.key == key; });
}

std::optional<SegmentId> Partials::forget_one_of(const ObjectKey& key) {
  std::lock_guard lock(mutex_);
  const auto found = std::find_if(known_.rbegin(), known_.rend(),
                                  [&](const auto& known) { return known.second.key == key; });
  if (found == known_.rend()) return std::nullopt;
  const SegmentId id = found->first;
  known_.erase(id);
  return id;
}

std::optional<Partials::Taken> Partials::take(const ObjectKey& key) {
  const auto id = forget_one_of(key);
  if (!id) return std::nullopt;
  auto resumed = SegmentWriter::resume(fs_, directory_, *id, index_);
  if (!resumed) return std::nullopt;  // if it is still there, the next open() finds it
  auto& [writer, note] = *resumed;
  if (note.key == key) return Taken{std::move(writer), std::move(note)};
  add(*id, note);
  return std::nullopt;
}

void Partials::discard(const ObjectKey& key) {
  while (const auto id = forget_one_of(key)) remove(*id);
}

bool Partials::discard_oldest() {
  SegmentId oldest = 0;
  {
    std::lock_guard lock(mutex_);
    const auto found = std::min_element(
        known_.begin(), known_.end(),
        [](const auto& a, const auto& b) { return a.second.seconds < b.second.seconds; });
    if (found == known_.end()) return false;
    oldest = found->first;
    known_.erase(found);
  }
  remove(oldest);
  return true;
}

void Partials::discard_all() {
  while (discard_oldest()) {
  }
}

void Partials::remove(SegmentId id) {
  const std::string path = segment_path(directory_, id);
  const auto file = fs_.open(path, sys::Open::read_write);
  if (file) {
    const auto locked = (*file)->try_lock();
    if (!locked || !*locked) return;
    // Another process may have brought it to its end.
    const auto header = read_segment_header(**file, id);
    if (header) {
      const auto note = read_note(**file, *header);
      if (!note || !*note) return;
    }
    if (!fs_.remove(path)) return;
  }
  const Change forgotten = SegmentForgotten{id};
  (void)index_.apply({&forgotten, 1}, {}, Durable::later);  // else the next open() does it
}

}  // namespace larder::store
