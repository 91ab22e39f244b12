#include <gtest/gtest.h>

#include "net/pipeline_depth.h"

namespace larder::net {
namespace {

/// How many good answers it takes until the depth is `wanted`.
std::uint64_t answers_until(PipelineDepth& depth, unsigned wanted) {
  std::uint64_t answers = 0;
  while (depth.depth() < wanted) depth.answered(++answers);
  return answers;
}

TEST(PipelineDepth, GrowsWhileAServerBehaves) {
  PipelineDepth depth(12);
  EXPECT_EQ(depth.depth(), 1u);
  EXPECT_LE(answers_until(depth, 12), 40u);
  depth.answered(1000);
  EXPECT_EQ(depth.depth(), 12u);
}

TEST(PipelineDepth, StaysAtOneIfNoMoreIsAllowed) {
  PipelineDepth depth(1);
  for (std::uint64_t i = 1; i < 100; ++i) depth.answered(i);
  EXPECT_EQ(depth.depth(), 1u);
}

TEST(PipelineDepth, FallsToOneAtASurpriseAndWantsALongerProofAfterEach) {
  PipelineDepth depth(16);
  std::uint64_t before = answers_until(depth, 16);
  for (int i = 0; i < 5; ++i) {
    depth.surprised();
    EXPECT_EQ(depth.depth(), 1u);
    const std::uint64_t now = answers_until(depth, 16);
    EXPECT_GE(now, 2 * before);
    before = now;
  }
}

TEST(PipelineDepth, ForgetsGoodAnswersAtASurprise) {
  PipelineDepth depth(16);
  for (int i = 0; i < 1000; ++i) {
    depth.surprised();
    depth.answered(1);
  }
  EXPECT_EQ(depth.depth(), 1u);
}

TEST(PipelineDepth, LearnsHowManyAnswersAConnectionLives) {
  PipelineDepth depth(16);
  EXPECT_TRUE(depth.allows_another(1'000'000));
  depth.closed_after(100);
  EXPECT_TRUE(depth.allows_another(99));
  EXPECT_FALSE(depth.allows_another(100));
  depth.answered(101);  // it was no habit
  EXPECT_TRUE(depth.allows_another(100));
}

}  // namespace
}  // namespace larder::net
