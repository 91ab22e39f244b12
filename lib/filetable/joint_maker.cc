#include "filetable/joint_maker.h"

#include <cstdint>
#include <numeric>

#include "codec/zstd.h"
#include "digest/hash.h"

namespace larder::filetable {
namespace {

std::uint64_t bytes_of(const JointBases& bases) {
  std::uint64_t bytes = 0;
  for (const FileEntry& content : bases.contents) bytes += content.size_bytes;
  for (const auto& level : bases.pages)
    for (const PageReference& page : level) bytes += page.bytes;
  return bytes;
}

void append(std::vector<std::byte>& to, std::span<const std::byte> bytes) {
  to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace

Result<std::vector<std::byte>> prefix_of_stage(const JointBases& bases, std::size_t stage,
                                               std::span<const Digest> made,
                                               const JointSources& sources) {
  std::vector<std::byte> prefix;
  if (stage == 0) {
    for (const FileEntry& content : bases.contents) {
      const auto bytes = sources.content(content);
      if (!bytes) return bytes.error();
      if (bytes->size() != content.size_bytes) return errc::damaged;
      append(prefix, bytes->bytes());
    }
    return prefix;
  }
  if (stage <= bases.pages.size()) {
    for (const PageReference& page : bases.pages[stage - 1]) {
      const auto bytes = sources.pages->page(page);
      if (!bytes) return bytes.error();
      if (bytes->size() != page.bytes) return errc::damaged;
      append(prefix, bytes->bytes());
    }
  }
  for (const Digest& digest : made) append(prefix, digest.bytes);
  return prefix;
}

Result<void> apply_joint(
    std::span<const std::byte> joint, const JointBases& bases, const JointSources& sources,
    const std::function<void(const Digest&, std::span<const std::byte>, bool is_page)>& take) {
  const auto stages = read_joint(joint);
  if (!stages) return stages.error();
  std::uint64_t memory = bytes_of(bases);
  for (const JointStage& stage : *stages)
    memory = std::accumulate(stage.sizes.begin(), stage.sizes.end(), memory);
  if (memory > kMaxJointMemory) return errc::too_large;
  std::vector<Digest> made;
  for (std::size_t i = 0; i < stages->size(); ++i) {
    const JointStage& stage = (*stages)[i];
    std::vector<Digest> here;
    if (!stage.sizes.empty()) {
      const auto prefix = prefix_of_stage(bases, i, made, sources);
      if (!prefix) return prefix.error();
      const auto all = codec::zstd_apply_patch(
          stage.frame, *prefix,
          std::accumulate(stage.sizes.begin(), stage.sizes.end(), std::uint64_t{0}));
      if (!all) return all.error();
      std::span<const std::byte> left(*all);
      for (const std::uint64_t size : stage.sizes) {
        const auto object = left.first(static_cast<std::size_t>(size));
        left = left.subspan(object.size());
        here.push_back(digest::sha256(object));
        take(here.back(), object, i != 0);
      }
    }
    made = std::move(here);
  }
  return {};
}

}  // namespace larder::filetable
