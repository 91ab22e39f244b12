#include "simulate/quota.h"

#include <gtest/gtest.h>

namespace larder::simulate {
namespace {

TEST(Quota, IsASizeOrAShareOfTheFootprint) {
  EXPECT_EQ(parse_quota("1000")->of(7), 1000u);
  EXPECT_EQ(parse_quota("4KiB")->of(7), 4096u);
  EXPECT_EQ(parse_quota("1.5MiB")->of(7), 1572864u);
  EXPECT_EQ(parse_quota("2GiB")->of(7), 2147483648u);
  EXPECT_EQ(parse_quota("25%")->of(1000), 250u);
  EXPECT_EQ(parse_quota("100%")->of(1000), 1000u);
}

TEST(Quota, IsNothingElse) {
  for (const char* text : {"", "%", "MiB", "0", "0%", "-1", "101%", "10 %", "10MB", "10kib", "1e3",
                           "nan", "inf", "10%%", "99999999999GiB", "0.5"})
    EXPECT_FALSE(parse_quota(text)) << text;
}

}  // namespace
}  // namespace larder::simulate
