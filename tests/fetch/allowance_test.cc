#include "fetch/allowance.h"

#include <gtest/gtest.h>

#include <larder/error.h>

#include "support/fake_clock.h"

namespace larder::fetch {
namespace {

using namespace std::chrono_literals;

class AllowanceTest : public ::testing::Test {
 protected:
  test::FakeClock clock_;
  Allowance allowance_{clock_};
};

TEST_F(AllowanceTest, LetsEverythingThroughByDefault) {
  allowance_.spend(Priority::low, 1u << 30);
  EXPECT_FALSE(allowance_.check(Priority::low));
  EXPECT_EQ(allowance_.pause(Priority::low), 0ms);
}

TEST_F(AllowanceTest, HoldsTheRateOverTime) {
  allowance_.set_policy({.bytes_per_second = 1000});
  clock_.advance(10s);
  std::uint64_t bytes = 0;
  const auto began = clock_.now();
  while (clock_.now() - began < 10s) {
    allowance_.spend(Priority::normal, 250);
    bytes += 250;
    clock_.advance(allowance_.pause(Priority::normal));
  }
  EXPECT_GE(bytes, 10'000u);
  EXPECT_LE(bytes, 10'500u) << "an idle line saves up for a short burst only";
}

TEST_F(AllowanceTest, GivesLowerPrioritiesWhatHigherOnesLeave) {
  allowance_.set_policy({.bytes_per_second = 1000});
  clock_.advance(10s);
  allowance_.spend(Priority::low, 5000);
  EXPECT_GT(allowance_.pause(Priority::low), 4s);
  EXPECT_EQ(allowance_.pause(Priority::normal), 0ms) << "foreground does not pay for prefetch";
  allowance_.spend(Priority::high, 1000);
  EXPECT_GT(allowance_.pause(Priority::low), 5s);
  EXPECT_EQ(allowance_.pause(Priority::normal), 900ms);
}

TEST_F(AllowanceTest, ForgetsTheQueueWhenTheRateChanges) {
  allowance_.set_policy({.bytes_per_second = 1});
  allowance_.spend(Priority::normal, 1000);
  EXPECT_GT(allowance_.pause(Priority::normal), 900s);
  allowance_.set_policy({});
  EXPECT_EQ(allowance_.pause(Priority::normal), 0ms);
}

TEST_F(AllowanceTest, EndsWithTheSessionsBudget) {
  allowance_.set_policy({.session_bytes = 1000});
  allowance_.spend(Priority::low, 600);
  EXPECT_FALSE(allowance_.check(Priority::high));
  allowance_.spend(Priority::high, 400);
  EXPECT_EQ(allowance_.check(Priority::high), errc::over_budget);
  allowance_.set_policy({.session_bytes = 2000});
  EXPECT_FALSE(allowance_.check(Priority::low));
}

TEST_F(AllowanceTest, HasABudgetForEachPriority) {
  allowance_.set_policy({.low_bytes = 100, .high_bytes = 0});
  allowance_.spend(Priority::low, 100);
  allowance_.spend(Priority::normal, 1u << 30);
  EXPECT_EQ(allowance_.check(Priority::low), errc::over_budget);
  EXPECT_FALSE(allowance_.check(Priority::normal));
  EXPECT_EQ(allowance_.check(Priority::high), errc::over_budget);
}

TEST_F(AllowanceTest, ServesOnlyWhatMattersOnAMeteredNetwork) {
  allowance_.set_policy({.least = Priority::high});
  EXPECT_EQ(allowance_.check(Priority::low), errc::over_budget);
  EXPECT_EQ(allowance_.check(Priority::normal), condition::absent);
  EXPECT_FALSE(allowance_.check(Priority::high));
}

}  // namespace
}  // namespace larder::fetch
