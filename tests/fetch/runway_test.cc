#include "fetch/runway.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace larder::fetch {
namespace {

class RunwayTest : public ::testing::Test {
 protected:
  void enter(std::uint64_t id, Priority priority) {
    runway_.enter(id, priority, [this, id] { gone_.push_back(id); });
  }
  std::vector<std::uint64_t> gone() { return std::exchange(gone_, {}); }

  Runway runway_;
  std::vector<std::uint64_t> gone_;
};

using Ids = std::vector<std::uint64_t>;

TEST_F(RunwayTest, LetsEverybodyGoWithoutLimits) {
  for (std::uint64_t id = 1; id <= 100; ++id) enter(id, Priority::low);
  EXPECT_EQ(gone().size(), 100u);
}

TEST_F(RunwayTest, LetsTheHighestPriorityGoFirstAndThenTheFirstComer) {
  runway_.set_limits({1, 0});
  enter(1, Priority::normal);
  enter(2, Priority::low);
  enter(3, Priority::normal);
  enter(4, Priority::high);
  enter(5, Priority::normal);
  EXPECT_EQ(gone(), Ids{1});
  for (const std::uint64_t id : {1u, 4u, 3u, 5u}) runway_.leave(id);
  EXPECT_EQ(gone(), (Ids{4, 3, 5, 2}));
}

TEST_F(RunwayTest, NeverHoldsUpOthersForTheLowOnes) {
  runway_.set_limits({0, 2});
  for (std::uint64_t id = 1; id <= 5; ++id) enter(id, Priority::low);
  EXPECT_EQ(gone(), (Ids{1, 2}));
  enter(6, Priority::normal);
  enter(7, Priority::high);
  EXPECT_EQ(gone(), (Ids{6, 7}));
  runway_.leave(6);
  EXPECT_EQ(gone(), Ids{}) << "the place of a normal one is none of theirs";
  runway_.leave(2);
  EXPECT_EQ(gone(), Ids{3});
}

TEST_F(RunwayTest, MovesUpWhoIsInAGreaterHurry) {
  runway_.set_limits({0, 1});
  enter(1, Priority::low);
  enter(2, Priority::low);
  enter(3, Priority::low);
  EXPECT_EQ(gone(), Ids{1});
  runway_.raise(3, Priority::normal);
  EXPECT_EQ(gone(), Ids{3}) << "in line";
  runway_.raise(1, Priority::high);
  EXPECT_EQ(gone(), Ids{2}) << "in the air: its low place is free";
  runway_.raise(2, Priority::low);
  EXPECT_EQ(gone(), Ids{}) << "never down";
}

TEST_F(RunwayTest, ForgetsWhoWithdraws) {
  runway_.set_limits({1, 0});
  enter(1, Priority::normal);
  enter(2, Priority::normal);
  EXPECT_TRUE(runway_.withdraw(2));
  EXPECT_FALSE(runway_.withdraw(1)) << "in the air";
  EXPECT_FALSE(runway_.withdraw(7));
  runway_.leave(2);
  runway_.leave(1);
  runway_.leave(1);
  EXPECT_EQ(gone(), Ids{1});
  enter(3, Priority::normal);
  enter(4, Priority::normal);
  EXPECT_EQ(gone(), Ids{3}) << "leaving twice does not count twice";
}

TEST_F(RunwayTest, TakesNewLimitsAtOnce) {
  runway_.set_limits({1, 0});
  for (std::uint64_t id = 1; id <= 4; ++id) enter(id, Priority::normal);
  EXPECT_EQ(gone(), Ids{1});
  runway_.set_limits({3, 0});
  EXPECT_EQ(gone(), (Ids{2, 3}));
  runway_.set_limits({});
  EXPECT_EQ(gone(), Ids{4});
}

TEST_F(RunwayTest, LetsNobodyGoAfterTheClose) {
  runway_.set_limits({1, 0});
  enter(1, Priority::normal);
  enter(2, Priority::normal);
  runway_.close();
  runway_.leave(1);
  enter(3, Priority::high);
  EXPECT_EQ(gone(), Ids{1});
}

TEST_F(RunwayTest, SurvivesAThousandWhoLeaveAtOnceInsideTheirGo) {
  runway_.set_limits({1, 0});
  int left = 0;
  enter(1, Priority::normal);
  for (std::uint64_t id = 2; id <= 100'000; ++id)
    runway_.enter(id, Priority::normal, [this, id, &left] {
      ++left;
      runway_.leave(id);
    });
  runway_.leave(1);
  EXPECT_EQ(left, 99'999) << "and the stack did not overflow";
}

TEST_F(RunwayTest, TakesManyThreads) {
  runway_.set_limits({3, 1});
  std::atomic<int> flying{0}, most{0}, gone{0};
  std::vector<std::thread> threads;
  for (std::uint64_t t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (std::uint64_t i = 0; i < 500; ++i) {
        const std::uint64_t id = t * 1000 + i;
        runway_.enter(id, static_cast<Priority>(i % 3), [&] {
          const int now = ++flying;
          for (int before = most; before < now && !most.compare_exchange_weak(before, now);) {
          }
          ++gone;
        });
        std::this_thread::yield();
        if (runway_.withdraw(id)) {
          ++gone;
        } else {
          --flying;
          runway_.leave(id);
        }
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(gone, 2000);
  EXPECT_EQ(flying, 0);
}

}  // namespace
}  // namespace larder::fetch
