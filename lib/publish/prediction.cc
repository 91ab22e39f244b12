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

  /// The object, or its patch, whose length `find_patch()` tells if there is one; nothing if the
  /// client has it by now.
  template <class FindPatch>
  void add(const Digest& target, std::uint64_t bytes, std::uint64_t& into,
           const FindPatch& find_patch) {
    if (bytes == 0 || held_.contains(target) || is_held_(target)) return;
    held_.insert(target);
    const std::optional<std::uint64_t> patch = deltas_ ? find_patch() : std::nullopt;
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
  for (const auto& [page, level, first_key] : difference.new_pages) {
    const Digest& target = page.digest;
    const auto bases = filetable::bases_of_page(before, first_key, level);
    all.add(target, page.bytes, sum.index_bytes, [&]() -> std::optional<std::uint64_t> {
      if (!bases) return std::nullopt;
      const auto patch = filetable::find_page_patch(*deltas, target, *bases, before.source());
      return patch ? std::optional(patch->bytes) : std::nullopt;
    });
  }
  const auto add_file = [&](const std::string& path, const FileEntry& entry) {
    all.add(entry.digest, entry.encoded_bytes, sum.content_bytes,
            [&]() -> std::optional<std::uint64_t> {
              for (const FileEntry& base : filetable::bases_of_file(before, path))
                if (const auto bytes = deltas->find(entry.digest, base.digest)) return bytes;
              return std::nullopt;
            });
  };
  // In the order of paths: of two with one content, the first decides what it is made from.
  auto added = difference.added.begin();
  for (const auto& changed : difference.changed) {
    for (; added != difference.added.end() && added->path < changed.path; ++added)
      add_file(added->path, added->entry);
    add_file(changed.path, changed.after);
  }
  for (; added != difference.added.end(); ++added) add_file(added->path, added->entry);
  if (deltas) sum.table_bytes = deltas->bytes();
  return sum;
}

}  // namespace larder::publish
