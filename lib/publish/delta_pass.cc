#include "publish/delta_pass.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <span>

#include "codec/zstd.h"
#include "digest/hash.h"
#include "filetable/origin_names.h"
#include "filetable/page_bases.h"
#include "publish/joint_pass.h"
#include "publish/on_threads.h"
#include "publish/origin_pages.h"

namespace larder::publish {
namespace {

using filetable::FileEntry;
using filetable::PageReference;
using filetable::PatchNote;

// The best that can be had in bearable time: a patch is made once and downloaded by many.
constexpr int kThoroughLevel = 19;
constexpr int kQuickLevel = 9;
constexpr std::uint64_t kThoroughBytes = std::uint64_t{8} << 20;
/// New files that are longer, or that nothing could compress, are not held against others: seldom
/// do they have anything in common.
constexpr std::uint64_t kMostNewBytes = std::uint64_t{1} << 20;

FileEntry as_entry(const PageReference& page) {
  return {.digest = page.digest, .size_bytes = page.bytes, .encoded_bytes = page.bytes};
}

/// What the threads share.
class Shared {
 public:
  Shared(const DeltaPass& pass, std::vector<PatchJob> jobs) : pass_(pass), jobs_(std::move(jobs)) {}

  void work() {
    codec::ZstdEncoder encoder;
    while (const auto job = next()) {
      const auto note = make(*job, encoder);
      std::lock_guard lock(mutex_);
      if (!note) {
        if (!error_) error_ = note.error();
        ended_ = true;
        return;
      }
      if (note->bytes != 0) notes_.push_back(*note);
      ++done_;
      if (pass_.progress) pass_.progress(done_, jobs_.size());
    }
  }
  /// No more jobs.
  void end() noexcept { ended_ = true; }

  Result<std::vector<PatchNote>> finish() {
    if (error_) return error_;
    return std::move(notes_);
  }

 private:
  const PatchJob* next() {
    if (pass_.stop && *pass_.stop) {
      std::lock_guard lock(mutex_);
      if (!error_) error_ = errc::cancelled;
      ended_ = true;
    }
    const std::size_t at = next_.fetch_add(1);
    return ended_ || at >= jobs_.size() ? nullptr : &jobs_[at];
  }

  /// A note of no bytes: a patch does not pay.
  Result<PatchNote> make(const PatchJob& job, codec::ZstdEncoder& encoder) {
    PatchNote note{job.target.digest, job.base.digest, 0};
    if (is_there(note) && !job.base_next) return note;
    if (job.other_base) return make_better(job, std::move(note), encoder);
    auto base = read_content(pass_.origin->path(), job.base);
    if (!base) return base.error();
    if (job.base_next) {
      const auto next = read_content(pass_.origin->path(), *job.base_next);
      if (!next) return next.error();
      return make_from_either(job, std::move(note), std::move(*base), *next, encoder);
    }
    std::vector<std::byte> patch;
    const auto made = encode(job, *base, job.most_bytes, encoder, patch);
    if (!made) return made.error();
    return *made ? put(std::move(note), patch) : Result<PatchNote>(note);
  }

  /// From the one file or from the other.
  Result<PatchNote> make_better(const PatchJob& job, PatchNote note, codec::ZstdEncoder& encoder) {
    PatchNote other{note.target, job.other_base->digest, 0};
    if (is_there(other)) return other;
    const auto base = read_content(pass_.origin->path(), job.base);
    if (!base) return base.error();
    const auto second = read_content(pass_.origin->path(), *job.other_base);
    if (!second) return second.error();
    // A quick look tells which is better, or that neither is any good.
    std::vector<std::byte> patch;
    const std::uint64_t whole = job.target.encoded_bytes;
    const auto quick = encode(job, *base, whole, encoder, patch, kQuickLevel);
    if (!quick) return quick.error();
    const std::uint64_t most = *quick ? patch.size() - 1 : whole;
    const auto better = encode(job, *second, most, encoder, patch, kQuickLevel);
    if (!better) return better.error();
    if (!*quick && !*better) return note;
    const auto made = encode(job, *better ? *second : *base, job.most_bytes, encoder, patch);
    if (!made) return made.error();
    if (!*made) return note;
    return put(*better ? std::move(other) : std::move(note), patch);
  }

  /// From one page or from two; what needs two must save something for that.
  Result<PatchNote> make_from_either(const PatchJob& job, PatchNote note,
                                     std::vector<std::byte> base, std::span<const std::byte> next,
                                     codec::ZstdEncoder& encoder) {
    std::vector<std::byte> patch;
    std::vector<std::byte> longer;
    const auto from_one = encode(job, base, job.most_bytes, encoder, patch);
    if (!from_one) return from_one.error();
    base.insert(base.end(), next.begin(), next.end());
    const std::uint64_t most = *from_one ? patch.size() * 3 / 4 : job.most_bytes;
    const auto from_two = encode(job, base, most, encoder, longer);
    if (!from_two) return from_two.error();
    if (*from_two) {
      note.base = digest::sha256(std::span<const std::byte>(base));
      return put(std::move(note), longer);
    }
    return *from_one ? put(std::move(note), patch) : Result<PatchNote>(note);
  }

  /// Whether the origin has the patch, whose length the note then has.
  bool is_there(PatchNote& note) const {
    note.bytes = pass_.origin->size_of(filetable::patch_path(note.target, note.base)).value_or(0);
    return note.bytes != 0;
  }

  Result<PatchNote> put(PatchNote note, std::span<const std::byte> patch) {
    if (is_there(note)) return note;
    note.bytes = patch.size();
    const auto put = pass_.origin->put(filetable::patch_path(note.target, note.base), patch);
    if (!put) return put.error();
    return note;
  }

  /// False: no patch of at most `most` bytes was found.
  Result<bool> encode(const PatchJob& job, std::span<const std::byte> base, std::uint64_t most,
                      codec::ZstdEncoder& encoder, std::vector<std::byte>& patch,
                      int level = kThoroughLevel) {
    const auto target = read_content(pass_.origin->path(), job.target);
    if (!target) return target.error();
    if (base.size() + target->size() > kThoroughBytes) level = kQuickLevel;
    return bool(encoder.make_patch(*target, base, level, static_cast<std::size_t>(most), patch));
  }

  const DeltaPass& pass_;
  const std::vector<PatchJob> jobs_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> ended_ = false;
  std::mutex mutex_;  // guards what follows
  std::vector<PatchNote> notes_;
  std::uint64_t done_ = 0;
  std::error_code error_;
};

/// Every pair that a client may look for, as notes of no bytes.
std::vector<PatchNote> askable_pairs(const filetable::TreeDifference& difference,
                                     const filetable::PageTree& before) {
  std::vector<PatchNote> pairs;
  for (const auto& changed : difference.changed)
    pairs.push_back({changed.after.digest, changed.before.digest, 0});
  for (const auto& [path, entry] : difference.added)
    for (const FileEntry& base : filetable::bases_of_file(before, path))
      pairs.push_back({entry.digest, base.digest, 0});
  for (const auto& [page, level, first_key] : difference.new_pages) {
    const auto bases = filetable::bases_of_page(before, first_key, level);
    if (!bases) continue;
    pairs.push_back({page.digest, bases->page.digest, 0});
    if (const Blob both = filetable::join_bases(*bases, before.source()))
      pairs.push_back({page.digest, digest::sha256(both.bytes()), 0});
  }
  return pairs;
}

}  // namespace

std::vector<PatchJob> patch_jobs(const filetable::TreeDifference& difference,
                                 const filetable::PageTree& before) {
  std::vector<PatchJob> jobs;
  std::set<std::pair<Digest, Digest>> pairs;
  const auto add = [&](const FileEntry& target, const FileEntry& base, std::uint64_t most,
                       std::optional<FileEntry> base_next = std::nullopt) {
    if (target.digest == base.digest || target.size_bytes == 0 ||
        target.size_bytes > codec::kMaxPatchedBytes || base.size_bytes > codec::kMaxPatchedBytes)
      return false;
    if (!pairs.emplace(target.digest, base.digest).second) return false;
    jobs.push_back({target, base, base_next, std::nullopt, most});
    return true;
  };
  for (const auto& changed : difference.changed)  // of two envelopes nothing is the same
    if (!changed.after.encrypted && !changed.before.encrypted)
      add(changed.after, changed.before, changed.after.encoded_bytes * 9 / 10);
  for (const auto& [path, entry] : difference.added) {
    if (entry.encoding == Encoding::identity || entry.size_bytes > kMostNewBytes) continue;
    auto bases = filetable::bases_of_file(before, path);
    std::erase_if(bases, [](const FileEntry& base) {
      return base.size_bytes == 0 || base.size_bytes > kMostNewBytes;
    });
    if (bases.empty()) continue;
    const bool added = add(entry, bases.front(), entry.encoded_bytes * 9 / 10);
    if (added && bases.size() > 1 && bases.front().digest != bases.back().digest)
      jobs.back().other_base = bases.back();
  }
  for (const auto& page : difference.new_pages) {
    const auto bases = filetable::bases_of_page(before, page.first_key, page.level);
    if (!bases) continue;
    const auto next = bases->next ? std::optional(as_entry(*bases->next)) : std::nullopt;
    add(as_entry(page.page), as_entry(bases->page), page.page.bytes * 19 / 20, next);
  }
  return jobs;
}

Result<DeltaReport> put_deltas(const DeltaPass& pass) {
  const auto pages = std::make_shared<OriginPages>(pass.origin->path());
  const auto difference = filetable::compare_trees(pass.before, pass.after, *pages, *pages);
  if (!difference) return difference.error();
  const filetable::PageTree before(pass.before, pages);
  Shared shared(pass, patch_jobs(*difference, before));
  run_on_threads(
      pass.threads, [&] { shared.work(); }, [&] { shared.end(); });
  const auto notes = shared.finish();
  if (!notes) return notes.error();
  DeltaReport report;
  if (notes->empty()) return report;
  const auto askable = askable_pairs(*difference, before);
  auto rows = *notes;
  rows.insert(rows.end(), askable.begin(), askable.end());
  const auto joint = put_joint_patch(*pass.origin, *difference, before, *notes);
  if (!joint) return joint.error();
  const std::string table = filetable::write_delta_table(rows, *joint ? &**joint : nullptr);
  const auto bytes = std::as_bytes(std::span(table));
  report.table = digest::sha256(bytes);
  report.table_bytes = table.size();
  report.patches = notes->size();
  report.joint_bytes = *joint ? (*joint)->bytes : 0;
  for (const PatchNote& note : *notes) report.patch_bytes += note.bytes;
  const auto put =
      pass.origin->put(filetable::object_path(*report.table, Encoding::identity), bytes);
  if (!put) return put.error();
  return report;
}

}  // namespace larder::publish
