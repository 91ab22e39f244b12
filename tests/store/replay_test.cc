// The store on disk keeps what the policy alone says that it keeps, and its quota.
#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "disk_watch.h"
#include "store_fixture.h"
#include "support/store_replay.h"

namespace larder::store {
namespace {

struct Case {
  const char* trace;
  std::uint64_t percent;  ///< of the footprint
  std::uint64_t scale;    ///< of all sizes
  int openings;           ///< of the store, in the course of the trace
};

class ReplayedTrace : public StoreTest, public ::testing::WithParamInterface<Case> {
 protected:
  ReplayedTrace() : StoreTest(test::memory_directory()) {}
};

TEST_P(ReplayedTrace, HasTheHitRatesOfTheSimulator) {
  const auto& [trace, percent, scale, openings] = GetParam();
  const auto requests =
      test::read_trace(std::string(LARDER_TRACES) + "/" + trace + ".txt.zst", scale);
  ASSERT_FALSE(requests.empty());
  StoreOptions options;
  options.directory = directory_ / "store";
  options.quota_bytes = test::footprint_of(requests) * percent / 100;
  open(options);
  test::StoreReplay replay([this]() -> Store& { return *store_; });
  const DiskWatch watch(options.directory);
  std::uint64_t stored_bytes = 0;
  std::uint64_t appended_bytes = 0;
  const std::size_t part = requests.size() / static_cast<std::size_t>(openings) + 1;
  for (std::size_t i = 0; i < requests.size(); ++i) {
    ASSERT_TRUE(replay.request(requests[i]));
    if ((i + 1) % part != 0 && i + 1 != requests.size()) continue;
    stored_bytes += store_->figures().stored_bytes;
    appended_bytes += store_->figures().appended_bytes;
    open(options);
  }
  const auto simulated =
      simulate::replay(*simulate::find_policy("larder"), store_->figures().content_quota, requests);
  EXPECT_NEAR(replay.counts().object_hit_rate(), simulated.object_hit_rate(), 0.01);
  EXPECT_NEAR(replay.counts().byte_hit_rate(), simulated.byte_hit_rate(), 0.01);
  EXPECT_LE(static_cast<double>(appended_bytes), 1.5 * static_cast<double>(stored_bytes));
  EXPECT_LE(watch.peak_bytes(), options.quota_bytes + options.quota_bytes / 64);
  EXPECT_EQ(store_->figures().write_failures, 0u);
  EXPECT_EQ(store_->figures().damaged, 0u);
}

// Sizes are multiplied so that the index, which does not grow with them, is a small part of it.
INSTANTIATE_TEST_SUITE_P(OnDisk, ReplayedTrace,
                         ::testing::Values(Case{"mrrescue-ABCABC", 25, 8, 1},
                                           Case{"neverball-ABAB", 10, 8, 1},
                                           Case{"supertux-ABCAB", 25, 4, 1},
                                           Case{"stk-ABAB", 10, 2, 3}),
                         [](const ::testing::TestParamInfo<Case>& one) {
                           std::string name = one.param.trace;
                           std::erase(name, '-');
                           return name + std::to_string(one.param.percent) + "Percent" +
                                  (one.param.openings > 1 ? "OpenedAgain" : "");
                         });

}  // namespace
}  // namespace larder::store
