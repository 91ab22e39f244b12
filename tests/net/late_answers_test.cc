#include "net/late_answers.h"

#include <gtest/gtest.h>

namespace larder::net {
namespace {

using namespace std::chrono_literals;

TEST(LateAnswers, SaysNothingAfterAFew) {
  LateAnswers answers;
  for (std::size_t i = 1; i < LateAnswers::kEnough; ++i) answers.add(10ms);
  EXPECT_FALSE(answers.late_after());
  answers.add(10ms);
  EXPECT_EQ(answers.late_after(), 10ms);
}

TEST(LateAnswers, IsThePercentileOfTheLastHundred) {
  LateAnswers answers;
  for (int i = 0; i < 1000; ++i) answers.add(1s);
  for (int i = 100; i >= 1; --i) answers.add(i * 10ms);
  EXPECT_EQ(answers.late_after(), 950ms);
  for (int i = 0; i < 5; ++i) answers.add(2s);  // in place of the five longest
  EXPECT_EQ(answers.late_after(), 950ms);
  answers.add(2s);
  EXPECT_EQ(answers.late_after(), 2s);
}

TEST(LateAnswers, AreNeverThoseThatComeNearlyAtOnce) {
  LateAnswers answers;
  for (int i = 0; i < 100; ++i) answers.add(50us);
  EXPECT_EQ(answers.late_after(), LateAnswers::kSoonest);
}

}  // namespace
}  // namespace larder::net
