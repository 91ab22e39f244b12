#include "net/circuit.h"

#include <gtest/gtest.h>

#include <larder/error.h>

namespace larder::net {
namespace {

using namespace std::chrono_literals;

class CircuitTest : public ::testing::Test {
 protected:
  bool admits() { return !circuit.admit(now); }
  void fail(std::optional<std::chrono::milliseconds> wanted = {}) {
    circuit.failed(now, errc::unreachable, wanted);
  }
  void open() {
    for (unsigned i = 0; i < Circuit::kFailures; ++i) fail();
  }

  Circuit circuit;
  Circuit::TimePoint now{};
};

TEST_F(CircuitTest, OpensAfterFailuresInARow) {
  for (unsigned i = 1; i < Circuit::kFailures; ++i) {
    fail();
    EXPECT_TRUE(admits());
  }
  fail();
  const auto refusal = circuit.admit(now);
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->error, errc::unreachable);
  EXPECT_EQ(refusal->rest, Circuit::kFirstRest);
  EXPECT_EQ(refusal->broken, 0ms);
}

TEST_F(CircuitTest, CountsFailuresInARowOnly) {
  for (int i = 0; i < 100; ++i) {
    fail();
    if (i % 4 == 3) circuit.worked();
    EXPECT_TRUE(admits()) << i;
  }
}

TEST_F(CircuitTest, LetsOneProbeThroughAfterItsRest) {
  open();
  now += Circuit::kFirstRest - 1ms;
  EXPECT_FALSE(admits());
  now += 1ms;
  EXPECT_FALSE(circuit.peek(now)) << "looking takes nothing";
  EXPECT_TRUE(admits());
  const auto second = circuit.admit(now);
  ASSERT_TRUE(second);
  EXPECT_EQ(second->rest, Circuit::kProbe);
  circuit.worked();
  EXPECT_TRUE(admits());
  EXPECT_TRUE(admits());
}

TEST_F(CircuitTest, RestsTwiceAsLongAfterEachProbeThatFails) {
  open();
  auto rest = Circuit::kFirstRest;
  for (int i = 0; i < 10; ++i) {
    now += rest;
    ASSERT_TRUE(admits());
    fail();
    rest = std::min(rest * 2, Circuit::kLongestRest);
    EXPECT_EQ(circuit.admit(now)->rest, rest);
  }
  EXPECT_EQ(circuit.admit(now)->broken, now - Circuit::TimePoint{});
}

TEST_F(CircuitTest, LetsAnotherProbeThroughWhenOneWasWithdrawn) {
  open();
  now += Circuit::kFirstRest;
  EXPECT_TRUE(admits());
  circuit.learned_nothing();
  EXPECT_TRUE(admits());
}

TEST_F(CircuitTest, IsNotMovedByAttemptsThatBeganBeforeItOpened) {
  open();
  now += 500ms;
  fail();
  EXPECT_EQ(circuit.admit(now)->rest, 500ms);
}

TEST_F(CircuitTest, RestsAsLongAsTheServerAsks) {
  fail(7s);
  EXPECT_EQ(circuit.admit(now)->rest, 7s);
  now += 7s;
  EXPECT_TRUE(admits());
  fail(0ms);
  EXPECT_EQ(circuit.admit(now)->rest, 2 * Circuit::kFirstRest) << "not to rest is no wish";
}

}  // namespace
}  // namespace larder::net
