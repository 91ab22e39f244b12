#include "net/retry_after.h"

#include <gtest/gtest.h>

namespace larder::net {
namespace {

using namespace std::chrono_literals;

// Sun, 06 Nov 1994 08:49:37 GMT
const std::chrono::sys_seconds kNow{784111777s};

std::optional<std::chrono::milliseconds> parse(std::string text, std::string date = {}) {
  Response response;
  response.retry_after = std::move(text);
  response.date = std::move(date);
  return retry_after_of(response, kNow);
}

TEST(RetryAfter, IsASecondsCount) {
  EXPECT_EQ(parse("0"), 0ms);
  EXPECT_EQ(parse("7"), 7s);
}

TEST(RetryAfter, IsADateHeldAgainstTheServersOwn) {
  EXPECT_EQ(parse("Sun, 06 Nov 1994 08:49:47 GMT"), 10s);
  EXPECT_EQ(parse("Sun, 06 Nov 1994 08:49:47 GMT", "Sun, 06 Nov 1994 08:49:44 GMT"), 3s);
  EXPECT_EQ(parse("Sun, 06 Nov 1994 08:49:07 GMT"), 0ms);
}

TEST(RetryAfter, IsBounded) {
  EXPECT_EQ(parse("86400"), kLongestRetryAfter);
  EXPECT_EQ(parse("99999999999999999999999999"), kLongestRetryAfter);
  EXPECT_EQ(parse("Mon, 06 Nov 2034 08:49:47 GMT"), kLongestRetryAfter);
}

TEST(RetryAfter, IsNothingThatCannotBeRead) {
  for (const char* text : {"", "soon", "-1", "1.5", "7s", "Sun, 06 Nov 1994"})
    EXPECT_EQ(parse(text), std::nullopt) << text;
}

}  // namespace
}  // namespace larder::net
