#include "publish/joint_pass.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/heap_blob.h"
#include "codec/zstd.h"
#include "digest/hash.h"
#include "filetable/joint_maker.h"
#include "filetable/origin_names.h"
#include "filetable/page_bases.h"
#include "publish/origin_pages.h"

namespace larder::publish {
namespace {

using filetable::FileEntry;
using filetable::JointAnchor;
using filetable::JointPatch;
using filetable::JointStage;

constexpr int kLevel = 19;

/// A content that has a patch.
struct Pair {
  FileEntry target;
  std::uint64_t base_number = 0;  ///< in the old release
  std::uint64_t base_bytes = 0;
  std::uint64_t patch_bytes = 0;
  [[nodiscard]] std::uint64_t length() const noexcept { return target.size_bytes + base_bytes; }
};

class JointPass {
 public:
  JointPass(OriginDirectory& origin, const filetable::TreeDifference& difference,
            const filetable::PageTree& before, std::span<const filetable::PatchNote> notes)
      : origin_(origin), difference_(difference), before_(before) {
    for (const auto& note : notes) patches_.emplace(std::pair(note.target, note.base), note.bytes);
  }

  Result<std::optional<JointPatch>> run() {
    if (const auto done = find_pairs(); !done) return done.error();
    drop_longest();
    const bool pages = page_bytes_ <= filetable::kMaxJointMemory / 4;
    if (const auto done = anchor(pages); !done) return done.error();
    Frame contents;
    if (const auto done = add_contents(contents); !done) return done.error();
    if (pages && contents.bytes.size() < filetable::kMaxUpdateBytes) {
      std::vector<Frame> frames{contents};
      if (const auto done = add_pages(frames); !done) return done.error();
      const std::string all = written(frames);
      if (all.size() <= filetable::kMaxUpdateBytes && pays(all, pairs_bytes_ + pages_apart_))
        return put(all);
    }
    if (const auto done = anchor(false); !done) return done.error();
    const std::string all = written({&contents, 1});
    if (contents.sizes.empty() || !pays(all, pairs_bytes_)) return std::optional<JointPatch>();
    return put(all);
  }

 private:
  struct Frame {
    std::vector<std::uint64_t> sizes;
    std::vector<Digest> digests;
    std::vector<std::byte> bytes;
  };

  /// All pairs, in the order of the new paths, and what pages cost one by one.
  Result<void> find_pairs() {
    std::map<std::string_view, const FileEntry*> wanted;
    for (const auto& changed : difference_.changed) wanted.emplace(changed.path, &changed.after);
    for (const auto& added : difference_.added) wanted.emplace(added.path, &added.entry);
    for (const auto& [path, target] : wanted) {
      const auto number = before_.count_before(path);
      if (!number) return number.error();
      for (const FileEntry& base : filetable::bases_of_file(before_, path)) {
        const auto patch = patches_.find({target->digest, base.digest});
        if (patch == patches_.end()) continue;
        pairs_.push_back({*target, *number, base.size_bytes, patch->second});
        // Of two beside a new path, the first is the one before it.
        const auto there = before_.entry_at(*number);
        if (!there || there->digest != base.digest) --pairs_.back().base_number;
        break;
      }
    }
    for (const auto& [page, level, first_key] : difference_.new_pages) {
      page_bytes_ += 4 * page.bytes;
      const auto bases = filetable::bases_of_page(before_, first_key, level);
      const auto patch = bases ? bytes_of_page_patch(page.digest, *bases) : std::nullopt;
      pages_apart_ += patch.value_or(page.bytes);
    }
    return {};
  }

  [[nodiscard]] std::optional<std::uint64_t> bytes_of_page_patch(
      const Digest& page, const filetable::PageBases& bases) const {
    auto patch = patches_.find({page, bases.page.digest});
    if (patch == patches_.end())
      if (const Blob both = filetable::join_bases(bases, before_.source()))
        patch = patches_.find({page, digest::sha256(both.bytes())});
    if (patch == patches_.end()) return std::nullopt;
    return patch->second;
  }

  /// Leaves the longest pairs out until there is memory for the rest.
  void drop_longest() {
    std::vector<std::uint64_t> lengths;
    for (const Pair& pair : pairs_) lengths.push_back(pair.length());
    std::sort(lengths.begin(), lengths.end());
    std::uint64_t left = filetable::kMaxJointMemory;
    if (page_bytes_ <= left / 4) left -= page_bytes_;
    for (std::size_t i = 0; i < lengths.size() && lengths[i] <= left; ++i) {
      left -= lengths[i];
      // Those of one length all or none.
      if (i + 1 == lengths.size() || lengths[i + 1] != lengths[i]) joint_.longest_pair = lengths[i];
    }
    std::erase_if(pairs_, [&](const Pair& pair) { return pair.length() > joint_.longest_pair; });
    std::set<Digest> made;
    std::erase_if(pairs_,
                  [&](const Pair& pair) { return !made.insert(pair.target.digest).second; });
    for (const Pair& pair : pairs_) pairs_bytes_ += pair.patch_bytes;
  }

  /// Those of contents, and of the old pages where new ones begin.
  Result<void> anchor(bool pages) {
    std::map<std::uint64_t, bool> anchors;
    if (pages) {
      for (const auto& [page, level, first_key] : difference_.new_pages) {
        const auto number = before_.count_before(first_key);
        if (!number) return number.error();
        const auto in_it = *number == 0 || before_.find(first_key) ? *number : *number - 1;
        if (in_it < before_.root().entries) anchors.emplace(in_it, false);
      }
    }
    for (const Pair& pair : pairs_)
      if (pair.base_bytes != 0) anchors[pair.base_number] = true;
    joint_.makes_pages = pages;
    joint_.anchors.clear();
    for (const auto& [number, is_base] : anchors) joint_.anchors.push_back({number, is_base});
    auto bases = filetable::bases_of_joint(before_, joint_);
    if (!bases) return bases.error();
    bases_ = std::move(*bases);
    return {};
  }

  Result<void> add_contents(Frame& frame) {
    std::vector<std::byte> bytes;
    for (const Pair& pair : pairs_) {
      const auto content = read_content(origin_.path(), pair.target);
      if (!content) return content.error();
      bytes.insert(bytes.end(), content->begin(), content->end());
      frame.sizes.push_back(content->size());
      frame.digests.push_back(pair.target.digest);
    }
    return compress(bytes, 0, {}, frame);
  }

  Result<void> add_pages(std::vector<Frame>& frames) {
    std::vector<std::vector<std::byte>> levels;
    for (const auto& [page, level, first_key] : difference_.new_pages) {
      if (frames.size() < level + 2) frames.resize(level + 2);
      if (levels.size() < level + 1) levels.resize(level + 1);
      const auto bytes = OriginPages(origin_.path()).page(page);
      if (!bytes) return bytes.error();
      levels[level].insert(levels[level].end(), bytes->bytes().begin(), bytes->bytes().end());
      frames[level + 1].sizes.push_back(page.bytes);
      frames[level + 1].digests.push_back(page.digest);
    }
    for (std::size_t i = 1; i < frames.size(); ++i)
      if (const auto done = compress(levels[i - 1], i, frames[i - 1].digests, frames[i]); !done)
        return done;
    return {};
  }

  Result<void> compress(std::span<const std::byte> bytes, std::size_t stage,
                        std::span<const Digest> made, Frame& frame) {
    if (bytes.empty()) return {};
    const filetable::JointSources sources{[this](const FileEntry& entry) -> Result<Blob> {
                                            auto content = read_content(origin_.path(), entry);
                                            if (!content) return content.error();
                                            return make_heap_blob(std::move(*content),
                                                                  Source::origin);
                                          },
                                          &before_.source()};
    const auto prefix = filetable::prefix_of_stage(bases_, stage, made, sources);
    if (!prefix) return prefix.error();
    if (bytes.size() + prefix->size() > filetable::kMaxJointMemory) return errc::too_large;
    return encoder_.make_patch(bytes, *prefix, kLevel, filetable::kMaxJointMemory, frame.bytes);
  }

  static std::string written(std::span<const Frame> frames) {
    std::vector<JointStage> stages;
    for (const Frame& frame : frames) stages.push_back({frame.sizes, frame.bytes});
    return filetable::write_joint(stages);
  }

  /// With what the table says of it.
  [[nodiscard]] bool pays(const std::string& joint, std::uint64_t apart) const {
    const std::uint64_t bytes = joint.size() + 40 + 2 * joint_.anchors.size();
    return bytes <= apart * 9 / 10;
  }

  Result<std::optional<JointPatch>> put(const std::string& joint) {
    const auto bytes = std::as_bytes(std::span(joint));
    joint_.digest = digest::sha256(bytes);
    joint_.bytes = bytes.size();
    const auto put = origin_.put(filetable::object_path(joint_.digest, Encoding::identity), bytes);
    if (!put) return put.error();
    return std::optional(joint_);
  }

  OriginDirectory& origin_;
  const filetable::TreeDifference& difference_;
  const filetable::PageTree& before_;
  std::map<std::pair<Digest, Digest>, std::uint64_t> patches_;
  std::vector<Pair> pairs_;
  std::uint64_t pairs_bytes_ = 0;  ///< what they cost one by one
  std::uint64_t pages_apart_ = 0;  ///< so do pages
  std::uint64_t page_bytes_ = 0;   ///< memory for new pages and the old ones, generously
  JointPatch joint_;
  filetable::JointBases bases_;
  codec::ZstdEncoder encoder_;
};

}  // namespace

Result<std::optional<JointPatch>> put_joint_patch(OriginDirectory& origin,
                                                  const filetable::TreeDifference& difference,
                                                  const filetable::PageTree& before,
                                                  std::span<const filetable::PatchNote> notes) {
  auto joint = JointPass(origin, difference, before, notes).run();
  // Patches that were made earlier outlive what they begin from; this is made anew each time. And
  // pages may take more memory than was left to them.
  if (joint.error() == errc::not_found || joint.error() == errc::damaged ||
      joint.error() == errc::too_large)
    return std::optional<JointPatch>();
  return joint;
}

}  // namespace larder::publish
