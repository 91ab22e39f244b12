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

  /// How an object comes without the joint patch.
  struct Way {
    std::optional<std::uint64_t> patch;  ///< its length
    bool joint = false;                  ///< the joint patch makes it as well
  };
  /// The object, or its patch, as `find_way()` tells; nothing if the client has it by now.
  template <class FindWay>
  void add(const Digest& target, std::uint64_t bytes, std::uint64_t Prediction::*into,
           const FindWay& find_way) {
    if (bytes == 0 || held_.contains(target) || is_held_(target)) return;
    held_.insert(target);
    const Way way = deltas_ ? find_way() : Way();
    Prediction& sum = way.joint ? made_jointly_ : sum_;
    sum.*into += way.patch.value_or(bytes);
    ++(way.patch ? sum.patches : sum.objects);
  }
  [[nodiscard]] Prediction finish() {
    if (!deltas_) return sum_;
    sum_.table_bytes = deltas_->bytes();
    const auto& joint = deltas_->joint();
    // With pages it is taken when the head is read, whatever will be asked for.
    if (joint && (joint->makes_pages || made_jointly_.total_bytes() > joint->bytes)) {
      sum_.joint_bytes = joint->bytes;
    } else {
      sum_.index_bytes += made_jointly_.index_bytes;
      sum_.content_bytes += made_jointly_.content_bytes;
      sum_.patches += made_jointly_.patches;
      sum_.objects += made_jointly_.objects;
    }
    return sum_;
  }

 private:
  const filetable::DeltaTable* deltas_;
  const std::function<bool(const Digest&)>& is_held_;
  std::set<Digest> held_;
  Prediction sum_;
  Prediction made_jointly_;  ///< what the joint patch would save
};

}  // namespace

Prediction predict(const filetable::TreeDifference& difference, const filetable::PageTree& before,
                   const filetable::DeltaTable* deltas,
                   const std::function<bool(const Digest&)>& is_held) {
  Sum sum(difference, deltas, is_held);
  for (const auto& [page, level, first_key] : difference.new_pages) {
    const auto bases = filetable::bases_of_page(before, first_key, level);
    sum.add(page.digest, page.bytes, &Prediction::index_bytes, [&] {
      Sum::Way way;
      way.joint = deltas->joint() && deltas->joint()->makes_pages;
      const auto patch =
          bases ? filetable::find_page_patch(*deltas, page.digest, *bases, before.source())
                : std::nullopt;
      if (patch) way.patch = patch->bytes;
      return way;
    });
  }
  const auto add_file = [&](const std::string& path, const FileEntry& entry) {
    sum.add(entry.digest, entry.encoded_bytes, &Prediction::content_bytes, [&] {
      const auto patch = filetable::find_file_patch(*deltas, entry.digest, before, path);
      if (!patch) return Sum::Way();
      const auto& joint = deltas->joint();
      return Sum::Way{patch->bytes,
                      joint && joint->makes(entry.size_bytes, patch->base.size_bytes)};
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
  return sum.finish();
}

}  // namespace larder::publish
