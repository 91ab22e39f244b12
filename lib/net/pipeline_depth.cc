#include "net/pipeline_depth.h"

#include <algorithm>

namespace larder::net {

void PipelineDepth::answered(std::uint64_t number) noexcept {
  if (number > lifetime_) lifetime_ = kNoLimit;  // it was no habit
  if (depth_ == most_ || ++in_a_row_ < proof_ * depth_) return;
  depth_ = std::min(depth_ * 2, most_);
  in_a_row_ = 0;
}

void PipelineDepth::closed_after(std::uint64_t number) noexcept {
  lifetime_ = std::max<std::uint64_t>(number, 1);
  surprised();
}

void PipelineDepth::surprised() noexcept {
  proof_ = std::clamp(proof_ * 2, kProofAfterSurprise, kLongestProof);
  depth_ = 1;
  in_a_row_ = 0;
}

}  // namespace larder::net
