#include "store/recovery.h"

#include <algorithm>
#include <map>
#include <utility>

#include "store/record_scanner.h"
#include "store/segment.h"

namespace larder::store {

Recovery::Recovery(sys::FileSystem& fs, std::string directory, Index& index, Partials* partials,
                   Log log)
    : fs_(fs),
      directory_(std::move(directory)),
      index_(index),
      partials_(partials),
      log_(std::move(log)) {}

Result<void> Recovery::run() {
  // Rows first: a segment that is made in between is a file without row, but a locked one.
  auto rows = index_.segments();
  if (!rows) return rows.error();
  const auto names = fs_.list(segments_directory(directory_));
  if (!names) return names.error();
  std::vector<SegmentId> files;
  for (const std::string& name : *names)
    if (const auto id = segment_id_of(name)) files.push_back(*id);
  std::sort(files.begin(), files.end());

  if (auto done = forget_rows_without_file(*rows, files); !done) return done;
  waiting_.clear();
  for (const SegmentId id : files) {
    const auto row =
        std::find_if(rows->begin(), rows->end(), [id](const SegmentRow& r) { return r.id == id; });
    if (row != rows->end() && row->reserved_bytes == 0) measure(id);
    const bool settled = row != rows->end() && row->state != SegmentState::active;
    if (settled && row->state != SegmentState::gone) continue;
    // One unreadable segment must not keep the others away.
    const auto done = recover(id);
    if (done.error() == errc::bad_store) return done;
    if (!done)
      log_.warning("store: cannot recover segment " + std::to_string(id) + ": " +
                   done.error().message());
  }
  return add_waiting_claims();
}

Result<void> Recovery::add_waiting_claims() {
  std::vector<Change> changes;
  for (const auto& [claim, digest] : waiting_) {
    const auto object = index_.find(ObjectKey::of(digest));
    if (!object) return object.error();
    if (*object) changes.emplace_back(ClaimAdded{claim, digest});
  }
  return changes.empty() ? Result<void>() : index_.apply(changes, {});
}

Result<void> Recovery::take_over() {
  const auto rows = index_.segments();
  if (!rows) return rows.error();
  waiting_.clear();
  for (const SegmentRow& row : *rows) {
    if (row.state != SegmentState::active) continue;
    const auto done = recover(row.id);
    if (done.error() == errc::bad_store) return done;
  }
  return add_waiting_claims();
}

Result<void> Recovery::forget_rows_without_file(const std::vector<SegmentRow>& rows,
                                                const std::vector<SegmentId>& files) {
  std::vector<Change> changes;
  for (const SegmentRow& row : rows)
    if (!std::binary_search(files.begin(), files.end(), row.id) &&
        !fs_.exists(segment_path(directory_, row.id)))
      changes.emplace_back(SegmentForgotten{row.id});
  return changes.empty() ? Result<void>() : index_.apply(changes, {});
}

Result<void> Recovery::recover(SegmentId id) {
  auto file = fs_.open(segment_path(directory_, id), sys::Open::read_write);
  if (file.error() == errc::not_found) return {};
  if (!file) return file.error();
  const auto locked = (*file)->try_lock();
  if (!locked) return locked.error();
  if (!*locked) return {};
  // Somebody else may have recovered it while this process was on its way here.
  const auto row = index_.segment(id);
  if (!row) return row.error();
  if (*row && (*row)->state == SegmentState::gone) return remove(id, nullptr);
  if (*row && (*row)->state != SegmentState::active) return {};

  const auto header = read_segment_header(**file, id);
  if (header.error() == errc::bad_store) return remove(id, "its header is damaged");
  if (!header) return header.error();
  const auto size = (*file)->size();
  if (!size) return size.error();
  SegmentRow next = *row ? **row : SegmentRow{id};
  next.kind = header->kind;
  next.reserved_bytes = *size;
  if (next.kind == SegmentKind::single) {
    next.indexed_end = kFirstRecord;
    if (const auto kept = keep_partial(**file, *header, *size, next); !kept || *kept)
      return kept.error();
  }
  return index_records(**file, *header, *size, next);
}

Result<bool> Recovery::keep_partial(sys::File& file, const SegmentHeader& header,
                                    std::uint64_t size, SegmentRow row) {
  const auto note = read_note(file, header);
  if (!note) return note.error();
  if (!*note || (partials_ && !partials_->keeps(**note))) return false;
  const auto object = index_.find((*note)->key);
  if (!object) return object.error();
  if (*object) return false;  // it came by another way
  row.state = SegmentState::active;
  row.reserved_bytes = size;
  if (auto done = index_.apply({}, {&row, 1}, Durable::later); !done) return done.error();
  if (partials_) partials_->add(header.id, **note);
  return true;
}

void Recovery::measure(SegmentId id) {
  const auto status = fs_.status(segment_path(directory_, id));
  if (!status) return;
  const Change sized = SegmentSized{id, status->size_bytes};
  (void)index_.apply({&sized, 1}, {});  // else the next open() does it
}

Result<void> Recovery::remove(SegmentId id, const char* why) {
  const Change forgotten = SegmentForgotten{id};
  if (!why) {
    // Its records are whole: a file without a row would bring them back.
    if (auto done = fs_.remove(segment_path(directory_, id)); !done) return done;
    if (auto done = fs_.sync_directory(segments_directory(directory_)); !done) return done;
    return index_.apply({&forgotten, 1}, {});
  }
  log_.warning("store: segment " + std::to_string(id) + " is given up: " + why);
  if (auto done = index_.apply({&forgotten, 1}, {}); !done) return done;
  return fs_.remove(segment_path(directory_, id));
}

Result<void> Recovery::index_records(sys::File& file, const SegmentHeader& header,
                                     std::uint64_t size, SegmentRow row) {
  Harvest harvest;
  harvest.end = row.indexed_end;
  RecordScanner scanner(file, header, size, row.indexed_end);
  const auto read = gather(scanner, header.id, harvest);
  if (read.error() == errc::bad_store) return read;
  if (auto done = add_claims(harvest); !done) return done;
  if (header.kind == SegmentKind::single && read && harvest.objects == 0)
    return remove(header.id, "it holds no whole object");
  // The dead process may have had no time for this.
  if (auto done = file.sync(); !done) return done;
  if (auto done = fs_.sync_directory(segments_directory(directory_)); !done) return done;
  if (read) {  // else: the rest is left to the next open()
    const bool reusable = header.kind == SegmentKind::shared && size == header.size_bytes;
    row.state = reusable ? SegmentState::idle : SegmentState::full;
    row.indexed_end = harvest.end;
  }
  if (auto done = index_.apply(harvest.changes, {&row, 1}); !done) return done;
  if (!harvest.changes.empty())
    log_.info("store: segment " + std::to_string(header.id) + ": " +
              std::to_string(harvest.changes.size()) + " records recovered");
  return read;
}

Result<void> Recovery::add_claims(Harvest& harvest) {
  for (const ClaimAdded& added : harvest.claims) {
    waiting_.erase(added.claim);  // the later one counts
    bool there = harvest.found.contains(added.digest);
    if (!there) {
      const auto object = index_.find(ObjectKey::of(added.digest));
      if (!object) return object.error();
      there = object->has_value();
    }
    if (there)
      harvest.changes.emplace_back(added);
    else
      waiting_.emplace(added.claim, added.digest);
  }
  return {};
}

Result<void> Recovery::gather(RecordScanner& scanner, SegmentId id, Harvest& into) {
  for (;;) {
    const auto more = scanner.next();
    if (!more) return more.error();
    if (!*more) return {};
    const auto whole = examine(scanner, id, into);
    if (!whole) return whole.error();
    if (*whole) into.end = std::max(into.end, scanner.end());
    scanner.skip(*whole);
  }
}

Result<bool> Recovery::examine(RecordScanner& scanner, SegmentId id, Harvest& into) {
  const RecordHeader& header = scanner.header();
  const Place place{id, scanner.offset(), header.length};
  if (header.type == RecordType::object) {
    const auto row = index_.find(ObjectKey::of(header.digest));
    if (!row) return row.error();
    if (*row && (*row)->place == place) {
      ++into.objects;
      return true;
    }
  }
  const auto whole = scanner.payload_is_whole();
  if (!whole || !*whole) return whole;
  if (header.type == RecordType::object) {
    ++into.objects;
    into.found.insert(header.digest);
    into.changes.emplace_back(ObjectAdded{header.digest, place});
  } else if (header.type == RecordType::claim) {
    const auto payload = scanner.payload();
    if (!payload) return payload.error();
    ObjectKey claim{ObjectKey::Kind::claim, {}};
    std::copy(payload->begin(), payload->end(), claim.bytes.begin());
    into.claims.push_back({claim, header.digest});
  }
  return true;
}

}  // namespace larder::store
