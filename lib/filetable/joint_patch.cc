#include "filetable/joint_patch.h"

#include <algorithm>
#include <set>
#include <string_view>

#include "filetable/wire.h"

namespace larder::filetable {
namespace {

constexpr std::string_view kMagic = "LJ";
constexpr unsigned kVersion = 1;
constexpr std::uint64_t kMostStages = 17;  // contents, and pages of levels 0 to 15

}  // namespace

Result<JointBases> bases_of_joint(const PageTree& old, const JointPatch& joint) {
  JointBases bases;
  std::uint64_t bytes = 0;
  std::set<Digest> contents;
  std::vector<PageReference> way;
  for (const JointAnchor& anchor : joint.anchors) {
    const auto entry = old.entry_at(anchor.number, &way);
    if (!entry) return entry.error() == errc::not_listed ? errc::bad_table : entry.error();
    if (anchor.is_base && entry->size_bytes != 0 && contents.insert(entry->digest).second) {
      bases.contents.push_back(*entry);
      bytes += std::min(entry->size_bytes, kMaxJointMemory + 1);
    }
    if (joint.makes_pages) {
      bases.pages.resize(way.size());
      for (std::size_t i = 0; i < way.size(); ++i) {
        auto& level = bases.pages[way.size() - 1 - i];
        if (!level.empty() && level.back() == way[i]) continue;
        level.push_back(way[i]);
        bytes += way[i].bytes;
      }
    }
    if (bytes > kMaxJointMemory) return errc::too_large;
  }
  return bases;
}

Result<std::vector<JointStage>> read_joint(std::span<const std::byte> joint) {
  WireReader in(joint);
  if (in.text(kMagic.size()) != kMagic || in.u8() != kVersion) return errc::bad_table;
  const std::uint64_t count = in.varint();
  if (in.failed() || count == 0 || count > kMostStages) return errc::bad_table;
  std::vector<JointStage> stages(static_cast<std::size_t>(count));
  std::vector<std::uint64_t> frames;
  std::uint64_t bytes = 0;
  for (JointStage& stage : stages) {
    const std::uint64_t objects = in.varint();
    if (objects > in.left()) return errc::bad_table;  // each takes a byte at least
    for (std::uint64_t i = 0; i < objects; ++i) {
      const std::uint64_t size = in.varint();
      if (size == 0 || size > kMaxJointMemory - bytes) return errc::bad_table;
      if (&stage != &stages.front() && size > kMaxPageBytes) return errc::bad_table;
      bytes += size;
      stage.sizes.push_back(size);
    }
    frames.push_back(in.varint());
    if (in.failed() || (frames.back() == 0) != stage.sizes.empty()) return errc::bad_table;
  }
  for (std::size_t i = 0; i < stages.size(); ++i)
    stages[i].frame = std::as_bytes(std::span(in.text(frames[i])));
  if (in.failed() || in.left() != 0) return errc::bad_table;
  return stages;
}

std::string write_joint(std::span<const JointStage> stages) {
  std::string joint(kMagic);
  put_u8(joint, kVersion);
  put_varint(joint, stages.size());
  for (const JointStage& stage : stages) {
    put_varint(joint, stage.sizes.size());
    for (const std::uint64_t size : stage.sizes) put_varint(joint, size);
    put_varint(joint, stage.frame.size());
  }
  for (const JointStage& stage : stages)
    joint.append(reinterpret_cast<const char*>(stage.frame.data()), stage.frame.size());
  return joint;
}

}  // namespace larder::filetable
