#include "publish/prediction.h"

#include <set>

#include "filetable/page_bases.h"

namespace larder::publish {
namespace {

using filetable::FileEntry;

class Sum {
 public:
  Sum(const filetable::TreeDifference& difference, const filetable::DeltaTable* deltas,
      const std::function<bool(const Digest&)>& is_held)
      : deltas_(deltas), is_held_(is_held) {
    for (const auto& changed : difference.changed) held_.insert(changed.before.digest);
    for (const auto& removed : difference.removed) held_.insert(removed.entry.digest);
    for (const auto& [from, moved] : difference.moved) held_.insert(moved.entry.digest);
  }

  /// The object, or the patch that makes it from `base`, unless the client has it by now.
  void add(const Digest& target, std::uint64_t bytes, const Digest* base, std::uint64_t& into) {
    if (bytes == 0 || held_.contains(target) || is_held_(target)) return;
    held_.insert(target);
    const auto patch = deltas_ && base ? deltas_->find(target, *base) : std::nullopt;
    into += patch.value_or(bytes);
    ++(patch ? sum_.patches : sum_.objects);
  }
  [[nodiscard]] Prediction& sum() noexcept { return sum_; }

 private:
  const filetable::DeltaTable* deltas_;
  const std::function<bool(const Digest&)>& is_held_;
  std::set<Digest> held_;
  Prediction sum_;
};

}  // namespace

Prediction predict(const filetable::TreeDifference& difference, const filetable::PageTree& before,
                   const filetable::DeltaTable* deltas,
                   const std::function<bool(const Digest&)>& is_held) {
  Sum all(difference, deltas, is_held);
  Prediction& sum = all.sum();
  for (const auto& page : difference.new_pages) {
    const auto bases = filetable::bases_of_page(before, page.first_key, page.level);
    const auto patch = deltas && bases ? filetable::find_page_patch(*deltas, page.page.digest,
                                                                    *bases, before.source())
                                       : std::nullopt;
    all.add(page.page.digest, page.page.bytes, patch ? &patch->base : nullptr, sum.index_bytes);
  }
  const auto add_file = [&](const FileEntry& entry, const Digest* base) {
    all.add(entry.digest, entry.encoded_bytes, base, sum.content_bytes);
  };
  // In the order of paths: of two with one content, the first decides what it is made from.
  auto added = difference.added.begin();
  for (const auto& changed : difference.changed) {
    for (; added != difference.added.end() && added->path < changed.path; ++added)
      add_file(added->entry, nullptr);
    add_file(changed.after, &changed.before.digest);
  }
  for (; added != difference.added.end(); ++added) add_file(added->entry, nullptr);
  if (deltas) sum.table_bytes = deltas->bytes();
  return sum;
}

}  // namespace larder::publish
