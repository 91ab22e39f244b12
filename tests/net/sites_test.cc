#include "net/sites.h"

#include <gtest/gtest.h>

#include <larder/error.h>

#include "support/fake_clock.h"

namespace larder::net {
namespace {

using namespace std::chrono_literals;

TEST(SiteOf, IsSchemeHostAndPort) {
  EXPECT_EQ(site_of("http://h:81/a/b?c"), "http://h:81");
  EXPECT_EQ(site_of("https://h"), "https://h");
  EXPECT_EQ(site_of("https://h?x"), "https://h");
  EXPECT_EQ(site_of("file:///a/b"), "file://");
  EXPECT_EQ(site_of("odd"), "odd");
}

class SitesTest : public ::testing::Test {
 protected:
  void fail(const std::string& site, std::error_code error = errc::unreachable, int times = 100) {
    for (int i = 0; i < times; ++i) sites.report(site, {.error = error});
  }
  test::FakeClock clock;
  Sites sites{clock};
};

TEST_F(SitesTest, HaveACircuitEach) {
  fail("a");
  EXPECT_TRUE(sites.admit("a"));
  EXPECT_FALSE(sites.admit("b"));
  clock.advance(1s);
  EXPECT_FALSE(sites.admit("a"));
  sites.report("a", {});
  EXPECT_FALSE(sites.admit("a"));
}

TEST_F(SitesTest, WorkAsLongAsTheyAnswerWhateverItIs) {
  for (const errc error : {errc::not_found, errc::damaged, errc::bad_certificate, errc::too_large,
                           errc::http_status, errc::no_space, errc::cancelled}) {
    fail("a", error);
    EXPECT_FALSE(sites.admit("a")) << make_error_code(error).message();
  }
}

TEST_F(SitesTest, ThatWereCutOffInTheMiddleOfAnAnswerDidAnswer) {
  for (int i = 0; i < 100; ++i) sites.report("a", {.error = errc::interrupted, .bytes = 1});
  EXPECT_FALSE(sites.admit("a"));
}

TEST_F(SitesTest, RestWhenTheyAskForIt) {
  sites.report("a", {.error = errc::overloaded, .retry_after = 9s});
  const auto refusal = sites.admit("a");
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->error, errc::overloaded);
  EXPECT_EQ(refusal->rest, 9s);
}

}  // namespace
}  // namespace larder::net
