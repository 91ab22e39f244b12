#include "fetch/itinerary.h"

#include <gtest/gtest.h>

#include <larder/error.h>

#include "support/fake_clock.h"

namespace larder::fetch {
namespace {

using Advice = Itinerary::Advice;

class ItineraryTest : public ::testing::Test {
 protected:
  Itinerary::Leg depart(Itinerary& itinerary) {
    return std::get<Itinerary::Leg>(itinerary.depart(sites));
  }
  static std::vector<std::string> mirrors(int count) {
    std::vector<std::string> names;
    for (int i = 0; i < count; ++i) names.push_back("http://" + std::to_string(i));
    return names;
  }
  void open_circuit(const std::string& site) {
    for (unsigned i = 0; i < net::Circuit::kFailures; ++i)
      sites.report(site, {.error = errc::unreachable});
  }

  test::FakeClock clock;
  net::Sites sites{clock};
};

TEST_F(ItineraryTest, AsksEachMirrorOnceBeforeAnybodyWaits) {
  Itinerary itinerary(mirrors(3), 2);
  for (std::size_t i = 0; i < 3; ++i) {
    const auto leg = depart(itinerary);
    EXPECT_EQ(leg.mirror, i);
    EXPECT_EQ(leg.failed_over, i > 0);
    EXPECT_EQ(itinerary.failed(errc::unreachable, false), i < 2 ? Advice::at_once : Advice::pause);
  }
  for (int i = 0; i < 3; ++i) {
    depart(itinerary);
    EXPECT_EQ(itinerary.failed(errc::unreachable, false), i < 2 ? Advice::pause : Advice::give_up);
  }
  EXPECT_EQ(itinerary.error(), errc::unreachable);
}

TEST_F(ItineraryTest, AsksForWrongBytesOncePastCachesThenElsewhere) {
  Itinerary itinerary(mirrors(2), 3);
  for (std::size_t mirror = 0; mirror < 2; ++mirror) {
    auto leg = depart(itinerary);
    EXPECT_EQ(leg.mirror, mirror);
    EXPECT_FALSE(leg.past_caches);
    EXPECT_FALSE(itinerary.is_last_chance());
    EXPECT_EQ(itinerary.failed(errc::damaged, true), Advice::at_once);
    leg = depart(itinerary);
    EXPECT_EQ(leg.mirror, mirror);
    EXPECT_TRUE(leg.past_caches);
    EXPECT_EQ(itinerary.is_last_chance(), mirror == 1);
    EXPECT_EQ(itinerary.failed(errc::damaged, true),
              mirror == 0 ? Advice::at_once : Advice::give_up);
  }
  EXPECT_EQ(itinerary.error(), errc::damaged);
}

TEST_F(ItineraryTest, GoesElsewhereForWhatIsFinalAtOneMirror) {
  for (const errc error : {errc::not_found, errc::bad_certificate, errc::refused_redirect,
                           errc::bad_response, errc::http_status, errc::too_large}) {
    Itinerary itinerary(mirrors(2), 3);
    depart(itinerary);
    EXPECT_EQ(itinerary.failed(error, false), Advice::at_once);
    EXPECT_EQ(depart(itinerary).mirror, 1u);
    EXPECT_EQ(itinerary.failed(error, false), Advice::give_up);
    EXPECT_EQ(itinerary.error(), error);
  }
}

TEST_F(ItineraryTest, EndsWithWhatNoMirrorCanHelp) {
  const std::error_code ours[] = {errc::cancelled, errc::no_space, errc::io, errc::over_budget,
                                  std::make_error_code(std::errc::not_enough_memory)};
  for (const std::error_code error : ours) {
    Itinerary itinerary(mirrors(2), 3);
    depart(itinerary);
    EXPECT_EQ(itinerary.failed(error, false), Advice::give_up);
    EXPECT_EQ(itinerary.error(), error);
  }
}

TEST_F(ItineraryTest, ReportsTheErrorThatSaysMost) {
  const auto after = [&](errc first, errc second) {
    Itinerary itinerary(mirrors(2), 1);
    depart(itinerary);
    itinerary.failed(first, false);
    depart(itinerary);
    itinerary.failed(second, false);
    return itinerary.error();
  };
  EXPECT_EQ(after(errc::unreachable, errc::not_found), errc::unreachable);
  EXPECT_EQ(after(errc::not_found, errc::timed_out), errc::timed_out);
  EXPECT_EQ(after(errc::damaged, errc::unreachable), errc::damaged);
  EXPECT_EQ(after(errc::http_status, errc::not_found), errc::http_status);
}

TEST_F(ItineraryTest, LeavesOutWhoRestsAndWaitsWhenAllDo) {
  open_circuit("http://0");
  Itinerary itinerary(mirrors(2), 2);
  EXPECT_EQ(depart(itinerary).mirror, 1u);
  itinerary.failed(errc::overloaded, false);
  open_circuit("http://1");
  const auto next = itinerary.depart(sites);
  ASSERT_TRUE(std::holds_alternative<net::Circuit::Refusal>(next));
  EXPECT_EQ(std::get<net::Circuit::Refusal>(next).rest, net::Circuit::kFirstRest);
  clock.advance(net::Circuit::kFirstRest);
  EXPECT_EQ(depart(itinerary).mirror, 0u) << "a mirror that rested is asked again";
}

TEST_F(ItineraryTest, CountsAnewAfterProgress) {
  Itinerary itinerary(mirrors(1), 2);
  for (int i = 0; i < 10; ++i) {
    depart(itinerary);
    itinerary.progressed();
    EXPECT_EQ(itinerary.failed(errc::interrupted, false), Advice::pause);
  }
  depart(itinerary);
  EXPECT_EQ(itinerary.failed(errc::interrupted, false), Advice::give_up);
}

}  // namespace
}  // namespace larder::fetch
