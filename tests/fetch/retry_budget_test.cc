#include "fetch/retry_budget.h"

#include <gtest/gtest.h>

#include "support/fake_clock.h"

namespace larder::fetch {
namespace {

using namespace std::chrono_literals;

class RetryBudgetTest : public ::testing::Test {
 protected:
  /// Retries that can be had at once.
  int drain() {
    int taken = 0;
    while (budget.take() == 0ms) ++taken;
    return taken;
  }
  test::FakeClock clock;
  RetryBudget budget{clock};
};

TEST_F(RetryBudgetTest, HasSomethingSavedUp) {
  EXPECT_EQ(drain(), 100);
}

TEST_F(RetryBudgetTest, GrowsWithWhatIsAskedFor) {
  drain();
  for (int i = 0; i < 50; ++i) budget.earn();
  EXPECT_EQ(drain(), 9) << "a fifth, less the one that was promised";
}

TEST_F(RetryBudgetTest, GrowsWithTimeUpToALimit) {
  drain();
  clock.advance(2s);
  EXPECT_EQ(drain(), 19);
  clock.advance(1h);
  EXPECT_EQ(drain(), 100);
}

TEST_F(RetryBudgetTest, HasEverybodyWaitForHisOwnRetry) {
  drain();
  EXPECT_EQ(budget.take(), 200ms);
  EXPECT_EQ(budget.take(), 300ms);
  clock.advance(300ms);
  EXPECT_EQ(budget.take(), 100ms);
}

}  // namespace
}  // namespace larder::fetch
