#include "net/freshness.h"

#include <gtest/gtest.h>

namespace larder::net {
namespace {

using namespace std::chrono_literals;

Response with_cache_control(std::string text) {
  Response response;
  response.cache_control = std::move(text);
  return response;
}

TEST(Freshness, IsWhatCacheControlGrants) {
  EXPECT_EQ(freshness_of(with_cache_control("max-age=60")).lifetime, 60s);
  EXPECT_EQ(freshness_of(with_cache_control("public, Max-Age=\"60\"")).lifetime, 60s);
  EXPECT_EQ(freshness_of(with_cache_control("max-age=60, no-cache")).lifetime, 0s);
  EXPECT_EQ(freshness_of(with_cache_control("max-age=60, max-age=5")).lifetime, 5s);
  EXPECT_EQ(freshness_of(with_cache_control("max-age=soon")).lifetime, 0s);
  EXPECT_EQ(freshness_of(with_cache_control("")).lifetime, std::nullopt);
  EXPECT_TRUE(freshness_of(with_cache_control("no-store")).no_store);
  EXPECT_FALSE(freshness_of(with_cache_control("max-age=60, private")).no_store);
}

TEST(Freshness, CountsTheAgeAndHoldsExpiresAgainstTheServersClock) {
  Response response = with_cache_control("max-age=60");
  response.age = "50";
  EXPECT_EQ(freshness_of(response).lifetime, 10s);
  response.age = "70";
  EXPECT_EQ(freshness_of(response).lifetime, 0s);
  Response old;
  old.date = "Sun, 06 Nov 1994 08:49:37 GMT";
  old.expires = "Sun, 06 Nov 1994 08:49:47 GMT";
  EXPECT_EQ(freshness_of(old).lifetime, 10s);
  old.expires = "0";
  EXPECT_EQ(freshness_of(old).lifetime, 0s);
}

TEST(Freshness, ForbidsToKeepWhatVariesByAnythingAtAll) {
  for (const char* vary : {"*", " * ", "Accept, *", "*,Accept"}) {
    Response response = with_cache_control("max-age=60");
    response.vary = vary;
    EXPECT_TRUE(freshness_of(response).no_store) << vary;
  }
}

TEST(Freshness, KeepsWhatVariesByHeadersThatAreAlwaysTheSame) {
  for (const char* vary : {"", "Accept-Encoding", "Accept, User-Agent", "X-*"}) {
    Response response = with_cache_control("max-age=60");
    response.vary = vary;
    EXPECT_FALSE(freshness_of(response).no_store) << vary;
    EXPECT_EQ(freshness_of(response).lifetime, 60s) << vary;
  }
}

}  // namespace
}  // namespace larder::net
