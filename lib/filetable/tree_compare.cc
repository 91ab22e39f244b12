#include "filetable/tree_compare.h"

#include <algorithm>
#include <map>
#include <set>

namespace larder::filetable {
namespace {

/// A page, and what the page above says of it. It is read when it is known to differ.
struct Candidate {
  DifferentPage what;
  std::optional<Page> page;
};

/// One of the two trees, level by level from the root, without the pages that are in both.
class Side {
 public:
  Side(const PageReference& root, PageSource& source, PageReference* missing,
       std::uint64_t& pages_read)
      : source_(source), missing_(missing), pages_read_(pages_read) {
    level_.push_back({{root, 0, {}}, std::nullopt});
  }

  /// Reads the pages of this level that are not read yet.
  Result<void> read() {
    for (Candidate& candidate : level_) {
      if (candidate.page) continue;
      auto bytes = source_.page(candidate.what.page);
      if (!bytes) {
        if (missing_) *missing_ = candidate.what.page;
        return bytes.error();
      }
      auto page = Page::parse(std::move(*bytes));
      if (!page) return page.error();
      if (page->entries() != candidate.what.page.entries) return errc::bad_table;
      const bool is_root = !root_read_;
      if (!is_root && (page->level() != candidate.what.level || page->size() == 0 ||
                       page->first_key() != candidate.what.first_key))
        return errc::bad_table;
      candidate.what.level = page->level();
      root_read_ = true;
      ++pages_read_;
      candidate.page = std::move(*page);
    }
    return {};
  }

  /// The level of the pages at hand; 0 if there are none.
  [[nodiscard]] unsigned level() const noexcept {
    return level_.empty() ? 0 : level_.front().page->level();
  }

  /// Notes the pages at hand as different and puts their children in their place.
  void descend() {
    std::vector<Candidate> below;
    for (const Candidate& candidate : level_) {
      different_.push_back(candidate.what);
      PageCursor cursor(*candidate.page);
      while (cursor.next())
        below.push_back(
            {{cursor.item().child, candidate.page->level() - 1, std::string(cursor.key())},
             std::nullopt});
    }
    level_ = std::move(below);
  }

  /// The entries of the leaves at hand, which are noted as different.
  [[nodiscard]] Result<std::vector<NamedEntry>> entries() {
    std::vector<NamedEntry> entries;
    for (const Candidate& candidate : level_) {
      different_.push_back(candidate.what);
      PageCursor cursor(*candidate.page);
      while (cursor.next()) entries.push_back({std::string(cursor.key()), cursor.item().entry});
    }
    const auto by_path = [](const NamedEntry& a, const NamedEntry& b) { return a.path < b.path; };
    if (!std::is_sorted(entries.begin(), entries.end(), by_path)) return errc::bad_table;
    return entries;
  }

  [[nodiscard]] std::set<Digest> digests() const {
    std::set<Digest> digests;
    for (const Candidate& candidate : level_) digests.insert(candidate.what.page.digest);
    return digests;
  }
  void drop(const std::set<Digest>& others) {
    std::erase_if(level_, [&](const Candidate& candidate) {
      return others.contains(candidate.what.page.digest);
    });
  }
  [[nodiscard]] std::vector<DifferentPage>& different() noexcept { return different_; }

 private:
  PageSource& source_;
  PageReference* missing_;
  std::uint64_t& pages_read_;
  std::vector<Candidate> level_;
  std::vector<DifferentPage> different_;
  bool root_read_ = false;
};

void drop_common(Side& a, Side& b) {
  const auto in_a = a.digests();
  a.drop(b.digests());
  b.drop(in_a);
}

/// Tells entries apart that differ; both lists ascend.
void merge(const std::vector<NamedEntry>& before, const std::vector<NamedEntry>& after,
           TreeDifference& into) {
  auto a = before.begin();
  auto b = after.begin();
  while (a != before.end() || b != after.end()) {
    if (b == after.end() || (a != before.end() && a->path < b->path)) {
      if (!a->entry.tombstone) into.removed.push_back(*a);
      ++a;
    } else if (a == before.end() || b->path < a->path) {
      if (!b->entry.tombstone) into.added.push_back(*b);
      ++b;
    } else {
      if (a->entry != b->entry) {
        if (a->entry.tombstone)
          into.added.push_back(*b);
        else if (b->entry.tombstone)
          into.removed.push_back(*a);
        else
          into.changed.push_back({a->path, a->entry, b->entry});
      }
      ++a;
      ++b;
    }
  }
}

/// Pairs what was removed here and added there.
void find_moves(TreeDifference& difference) {
  std::multimap<Digest, std::size_t> gone;
  for (std::size_t i = 0; i < difference.removed.size(); ++i)
    gone.emplace(difference.removed[i].entry.digest, i);
  std::set<std::size_t> moved_away;
  std::erase_if(difference.added, [&](const NamedEntry& added) {
    const auto from = gone.find(added.entry.digest);
    if (from == gone.end() || added.entry.size_bytes == 0) return false;
    difference.moved.emplace_back(difference.removed[from->second].path, added);
    moved_away.insert(from->second);
    gone.erase(from);
    return true;
  });
  std::vector<NamedEntry> removed;
  for (std::size_t i = 0; i < difference.removed.size(); ++i)
    if (!moved_away.contains(i)) removed.push_back(std::move(difference.removed[i]));
  difference.removed = std::move(removed);
}

}  // namespace

Result<TreeDifference> compare_trees(const PageReference& before, const PageReference& after,
                                     PageSource& source_before, PageSource& source_after,
                                     PageReference* missing) {
  TreeDifference difference;
  if (before.digest == after.digest) return difference;
  Side a(before, source_before, missing, difference.pages_read);
  Side b(after, source_after, missing, difference.pages_read);
  while (true) {
    if (const auto done = a.read(); !done) return done.error();
    if (const auto done = b.read(); !done) return done.error();
    const unsigned level_a = a.level();
    const unsigned level_b = b.level();
    if (level_a == 0 && level_b == 0) break;
    if (level_a >= level_b) a.descend();
    if (level_b >= level_a) b.descend();
    drop_common(a, b);
  }
  const auto entries_a = a.entries();
  if (!entries_a) return entries_a.error();
  const auto entries_b = b.entries();
  if (!entries_b) return entries_b.error();
  merge(*entries_a, *entries_b, difference);
  find_moves(difference);
  difference.new_pages = std::move(b.different());
  return difference;
}

}  // namespace larder::filetable
