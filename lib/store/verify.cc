#include "store/verify.h"

#include <algorithm>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

#include "store/appender.h"
#include "store/directory_lock.h"
#include "store/disk_usage.h"
#include "store/index.h"
#include "store/index_audit.h"
#include "store/object_check.h"
#include "store/record_scanner.h"
#include "store/recovery.h"
#include "store/segment.h"

namespace larder::store {
namespace {

using Kind = Finding::Kind;

class Verification {
 public:
  explicit Verification(const VerifyOptions& options)
      : options_(options),
        fs_(options.file_system ? *options.file_system : sys::FileSystem::real()),
        directory_(options.directory),
        path_(index_path(directory_)) {}

  Result<VerifyReport> run() {
    if (!fs_.exists(path_) && !fs_.exists(segments_directory(directory_))) return errc::not_found;
    auto done = open_index();
    if (done && index_) done = check_objects();
    if (done && index_) done = look_for_the_unknown();
    if (done && index_) done = audit_rows();
    if (!done) return done.error();
    return report_;
  }

 private:
  void report(Finding finding) {
    ++report_.findings;
    if (finding.mended) ++report_.mended;
    if (options_.found) options_.found(finding);
  }

  /// Without an index that can be read there is nothing more to say, unless it may be mended.
  Result<void> open_index() {
    const auto state =
        fs_.exists(path_) ? examine_index(path_) : Result<IndexState>(IndexState::damaged);
    if (!state) return state.error();
    const bool damaged = *state == IndexState::damaged;
    if (damaged && options_.repair)
      if (auto done = make_index_anew(); !done) return done;
    if (damaged) report({.kind = Kind::index_damaged, .mended = options_.repair});
    if (damaged && !options_.repair) return {};
    // What any opening does to an older index is done here, too.
    const bool read_only = !options_.repair && *state == IndexState::whole;
    auto index = Index::open(path_, read_only ? Index::Mode::read_only : Index::Mode::read_write,
                             Appender::highest_segment(fs_, directory_));
    if (!index) return index.error();
    index_ = std::move(*index);
    // Everything is in files that the new index does not know yet; that is part of the same damage.
    return damaged ? recover() : Result<void>();
  }

  Result<void> make_index_anew() {
    const auto lock = lock_directory(fs_, directory_);
    if (!lock) return lock.error();
    if (fs_.exists(path_)) {  // a second look: another process may have done it
      const auto state = examine_index(path_);
      if (!state || *state == IndexState::whole) return state ? Result<void>() : state.error();
      if (auto done = Index::reset(path_); !done) return done;
    }
    return {};
  }

  Result<void> recover() { return Recovery(fs_, directory_, *index_, nullptr, options_.log).run(); }

  Result<void> check_objects() {
    auto audit = audit_index(path_);
    if (!audit) return audit.error();
    const auto figures = index_->figures();
    if (!figures) return figures.error();
    ObjectCheck check(fs_, directory_, *index_);
    const auto damages = check.run(audit->segments, options_.threads, [&](std::uint64_t done) {
      if (options_.progress)
        options_.progress(std::min(done, figures->object_bytes), figures->object_bytes);
    });
    if (!damages) return damages.error();
    report_.objects = check.objects();
    report_.bytes = check.bytes();
    report_.segments = audit->segments.size();
    for (const ObjectCheck::Damage& damage : *damages)
      if (auto done = handle(damage); !done) return done;
    return {};
  }

  Result<void> handle(const ObjectCheck::Damage& damage) {
    const SegmentId id = damage.segment;
    const std::uint64_t count = damage.objects.size();
    const auto newer = HeaderState::newer_version;
    const bool missing = !fs_.exists(segment_path(directory_, id));
    bool mended = options_.repair && damage.header != newer;
    if (mended) {
      std::vector<Change> changes;
      for (const Found& found : damage.objects)
        changes.emplace_back(PlaceForgotten{found.digest, found.place});
      if (auto done = index_->apply(changes, {}); !done) return done;
      if (damage.header == HeaderState::damaged) mended = remove_unless_in_use(id);
      if (missing) {
        const Change forgotten = SegmentForgotten{id};
        if (auto done = index_->apply({&forgotten, 1}, {}); !done) return done;
      }
    }
    if (missing || damage.header != HeaderState::good) {
      const Kind kind = missing                  ? Kind::segment_missing
                        : damage.header == newer ? Kind::segment_newer
                                                 : Kind::segment_unreadable;
      report({.kind = kind, .segment = id, .count = count, .mended = mended});
      return {};
    }
    for (const Found& found : damage.objects)
      report({.kind = Kind::object_damaged,
              .segment = id,
              .object = found.digest,
              .count = 1,
              .mended = mended});
    return {};
  }

  bool remove_unless_in_use(SegmentId id) {
    const auto file = fs_.open(segment_path(directory_, id), sys::Open::read);
    if (!file) return false;
    const auto locked = (*file)->try_lock();
    if (!locked || !*locked) return false;
    const Change forgotten = SegmentForgotten{id};
    return index_->apply({&forgotten, 1}, {}) && fs_.remove(segment_path(directory_, id));
  }

  /// Files without rows, and records without rows at the ends of files.
  Result<void> look_for_the_unknown() {
    std::vector<Finding> findings;
    // Rows first: a segment that is made in between is a file without row, but a locked one.
    const auto rows = index_->segments();
    if (!rows) return rows.error();
    const auto names = fs_.list(segments_directory(directory_));
    if (!names) return names.error();
    for (const std::string& name : *names) {
      const auto id = segment_id_of(name);
      if (!id) continue;
      const auto row = std::find_if(rows->begin(), rows->end(),
                                    [&](const SegmentRow& r) { return r.id == *id; });
      if (row != rows->end() && row->state != SegmentState::active) continue;
      auto finding = look_into(*id);
      if (!finding) return finding.error();
      if (*finding) findings.push_back(**finding);
    }
    if (findings.empty()) return {};
    if (options_.repair)
      if (auto done = recover(); !done) return done;
    for (Finding& finding : findings) {
      finding.mended = options_.repair && finding.kind != Kind::segment_newer;
      report(finding);
    }
    return {};
  }

  /// As Recovery looks at a segment, without changing anything.
  Result<std::optional<Finding>> look_into(SegmentId id) {
    const auto file = fs_.open(segment_path(directory_, id), sys::Open::read);
    if (file.error() == errc::not_found) return std::optional<Finding>();
    if (!file) return file.error();
    const auto locked = (*file)->try_lock();
    if (!locked) return locked.error();
    const auto row = index_->segment(id);
    if (!row) return row.error();
    const bool known = row->has_value();
    if (!*locked || (known && (*row)->state != SegmentState::active))
      return std::optional<Finding>();
    const auto header = read_segment_header(**file, id);
    if (header.error() == errc::unsupported)
      return std::optional(Finding{.kind = Kind::segment_newer, .segment = id});
    if (header.error() == errc::bad_store) {
      // One that was just made, before its maker has locked it.
      const bool empty = (*file)->size().value_or(1) == 0 && (!known || (*row)->objects == 0);
      if (empty) return std::optional<Finding>();
      return std::optional(Finding{.kind = Kind::segment_unreadable, .segment = id});
    }
    if (!header) return header.error();
    const bool from_start = !known || header->kind == SegmentKind::single;
    auto count = records_without_row(**file, *header, from_start ? 0 : (*row)->indexed_end);
    if (!count) return count.error();
    if (known && *count == 0) return std::optional<Finding>();
    return std::optional(Finding{.kind = known ? Kind::records_without_row : Kind::segment_orphaned,
                                 .segment = id,
                                 .count = *count});
  }

  Result<std::uint64_t> records_without_row(sys::File& file, const SegmentHeader& header,
                                            std::uint64_t from) {
    const auto size = file.size();
    if (!size) return size.error();
    RecordScanner scanner(file, header, *size, from);
    std::uint64_t count = 0;
    for (;;) {
      const auto more = scanner.next();
      if (!more) return more.error();
      if (!*more) return count;
      auto whole = scanner.payload_is_whole();
      if (!whole) return whole.error();
      if (*whole && scanner.header().type == RecordType::object) {
        const auto row = index_->find(ObjectKey::of(scanner.header().digest));
        if (!row) return row.error();
        count += *row ? 0 : 1;
      }
      scanner.skip(*whole);
    }
  }

  Result<void> audit_rows() {
    const auto audit = audit_index(path_);
    if (!audit) return audit.error();
    if (audit->claims_to_nothing == 0 && !audit->counters_wrong) return {};
    if (options_.repair)
      if (auto done = mend_index(path_); !done) return done;
    if (audit->claims_to_nothing != 0)
      report({.kind = Kind::claims_to_nothing,
              .count = audit->claims_to_nothing,
              .mended = options_.repair});
    if (audit->counters_wrong) report({.kind = Kind::counters_wrong, .mended = options_.repair});
    return {};
  }

  const VerifyOptions& options_;
  sys::FileSystem& fs_;
  const std::string directory_;
  const std::string path_;
  std::unique_ptr<Index> index_;
  VerifyReport report_;
};

}  // namespace

Result<VerifyReport> verify(const VerifyOptions& options) noexcept try {
  return Verification(options).run();
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace larder::store
