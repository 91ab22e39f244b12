#include "net/sites.h"

#include <gtest/gtest.h>

#include <map>

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
  std::optional<Circuit::Refusal> admit(const std::string& site) {
    return sites.choose({&site, 1}).refusal;
  }
  test::FakeClock clock;
  Sites sites{clock};
};

TEST_F(SitesTest, HaveACircuitEach) {
  fail("a");
  EXPECT_TRUE(admit("a"));
  EXPECT_FALSE(admit("b"));
  clock.advance(1s);
  EXPECT_FALSE(admit("a"));
  sites.report("a", {});
  EXPECT_FALSE(admit("a"));
}

TEST_F(SitesTest, WorkAsLongAsTheyAnswerWhateverItIs) {
  for (const errc error : {errc::not_found, errc::damaged, errc::bad_certificate, errc::too_large,
                           errc::http_status, errc::no_space, errc::cancelled}) {
    fail("a", error);
    EXPECT_FALSE(admit("a")) << make_error_code(error).message();
  }
}

TEST_F(SitesTest, ThatWereCutOffInTheMiddleOfAnAnswerDidAnswer) {
  for (int i = 0; i < 100; ++i) sites.report("a", {.error = errc::interrupted, .bytes = 1});
  EXPECT_FALSE(admit("a"));
}

TEST_F(SitesTest, RestWhenTheyAskForIt) {
  sites.report("a", {.error = errc::overloaded, .retry_after = 9s});
  const auto refusal = admit("a");
  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->error, errc::overloaded);
  EXPECT_EQ(refusal->rest, 9s);
}

class SiteOrder : public SitesTest {
 protected:
  using Order = std::vector<std::size_t>;
  void answer(const std::string& site, std::chrono::microseconds latency, int times = 50) {
    for (int i = 0; i < times; ++i) sites.report(site, {.latency = latency});
  }
  const std::vector<std::string> all = {"a", "b", "c"};
};

TEST_F(SiteOrder, IsTheGivenOneWithoutAReason) {
  EXPECT_EQ(sites.order(all), (Order{0, 1, 2}));
  answer("b", 20ms);
  answer("c", 18ms);
  EXPECT_EQ(sites.order(all), (Order{0, 1, 2})) << "nothing is known of the first";
  answer("a", 24ms);
  EXPECT_EQ(sites.order(all), (Order{0, 1, 2})) << "the difference is not clear";
}

TEST_F(SiteOrder, PutsQuickOnesFirst) {
  answer("a", 100ms);
  answer("b", 50ms);
  answer("c", 10ms);
  EXPECT_EQ(sites.order(all), (Order{2, 1, 0}));
}

TEST_F(SiteOrder, PutsThoseThatFailOrDamageBehindUntilThatIsLongAgo) {
  sites.report("a", {.error = errc::interrupted, .bytes = 10});
  EXPECT_EQ(sites.order(all), (Order{1, 2, 0}));
  sites.damaged("b");
  EXPECT_EQ(sites.order(all).front(), 2u);
  clock.advance(5min);
  EXPECT_EQ(sites.order(all), (Order{0, 1, 2}));
}

TEST_F(SiteOrder, PutsThoseThatRestLast) {
  answer("b", 100ms);
  answer("c", 10ms);
  fail("c");
  EXPECT_EQ(sites.order(all).back(), 2u);
}

TEST_F(SiteOrder, NowAndThenAsksForTheSakeOfTheFigures) {
  answer("a", 100ms);
  answer("b", 10ms);
  std::map<std::size_t, int> chosen;
  for (int i = 0; i < 96; ++i) {
    clock.advance(1ms);
    const auto choice = sites.choose(all);
    ASSERT_FALSE(choice.refusal);
    ++chosen[choice.index];
  }
  EXPECT_GE(chosen[0], 2);
  EXPECT_GE(chosen[2], 2);
  EXPECT_GE(chosen[1], 80);
}

TEST_F(SiteOrder, ChoosesARestedSiteAgainForAProbe) {
  const std::vector<std::string> two = {"a", "b"};
  fail("a");
  for (int i = 0; i < 40; ++i) EXPECT_EQ(sites.choose(two).index, 1u);
  clock.advance(1s);
  int probes = 0;
  for (int i = 0; i < 40; ++i)
    if (sites.choose(two).index == 0) ++probes;
  EXPECT_EQ(probes, 1) << "while it is under way nobody else asks there";
}

TEST_F(SiteOrder, TellsWhenAllRest) {
  fail("a");
  clock.advance(400ms);
  fail("b");
  const std::vector<std::string> two = {"a", "b"};
  const auto choice = sites.choose(two);
  ASSERT_TRUE(choice.refusal);
  EXPECT_EQ(choice.index, 0u);
  EXPECT_EQ(choice.refusal->rest, 600ms);
}

TEST_F(SitesTest, CountWhatTheyDid) {
  sites.report("b", {.bytes = 100, .requests = 2, .latency = 10ms});
  sites.report("b", {.error = errc::interrupted, .bytes = 5, .latency = 20ms});
  sites.report("b", {.error = errc::cancelled, .bytes = 1});
  sites.damaged("b");
  fail("a");
  static_cast<void>(admit("never asked"));
  const auto all = sites.activity();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].host, "a");
  EXPECT_EQ(all[0].failures, 100u);
  EXPECT_TRUE(all[0].resting);
  EXPECT_EQ(all[1].host, "b");
  EXPECT_EQ(all[1].requests, 4u);
  EXPECT_EQ(all[1].bytes, 106u);
  EXPECT_EQ(all[1].failures, 1u);
  EXPECT_EQ(all[1].damaged, 1u);
  EXPECT_EQ(all[1].latency, 12ms) << "the latest counts a fifth";
  EXPECT_FALSE(all[1].resting);
}

}  // namespace
}  // namespace larder::net
