// Second requests when an answer is late.
#include <gtest/gtest.h>

#include <map>
#include <memory>

#include <larder/error.h>

#include "fetch/flights_fixture.h"

namespace larder::fetch {
namespace {

using namespace std::chrono_literals;
using test::PendingPour;

class HedgeTest : public FlightsTest {
 protected:
  static constexpr auto kUsual = 10ms;

  void SetUp() override {
    origin_.have_mirrors(2);
    make(services());
    get_used_to_it();
  }
  void make(FlightServices services) {
    services.hedge = true;
    services.on_event = [this](const Event& event) {
      ++events_[event.kind];
      if (event.kind == EventKind::hedged) hedged_url_ = event.url;
    };
    flights_ = std::make_unique<Flights>(std::move(services));
  }
  /// Many answers of the usual lateness, which earn a second request or two.
  void get_used_to_it() {
    for (int i = 0; i < 60; ++i) {
      std::optional<Landing> landing;
      board(*flights_, listed("old" + std::to_string(i), "x"), landing);
      clock_.advance(kUsual);
      ASSERT_EQ(origin_.pending(), 1u);
      origin_.take().answer("x");
      ASSERT_TRUE(landing && landing->blob);
    }
    EXPECT_EQ(counters_.sum(Figure::hedges), 0u);
  }
  /// One that the second mirror is asked for, too.
  std::pair<PendingPour, PendingPour> late(std::optional<Landing>& landing) {
    ticket_ = board(*flights_, listed("late", "x"), landing);
    EXPECT_EQ(origin_.pending(), 1u);
    PendingPour first = origin_.take();
    clock_.advance(kUsual + 1ms);
    EXPECT_EQ(origin_.pending(), 1u);
    return {std::move(first), origin_.take()};
  }
  static void end_stopped(PendingPour& pour) {
    EXPECT_TRUE(pour.request.stop.stop_requested());
    pour.fail(errc::cancelled);
  }
  std::uint64_t requests_to(const std::string& host) {
    for (const HostActivity& site : sites_.activity())
      if (site.host == host) return site.requests;
    return 0;
  }

  std::unique_ptr<Flights> flights_;
  std::map<EventKind, int> events_;
  std::string hedged_url_;
  Ticket ticket_;
};

TEST_F(HedgeTest, TheSecondMirrorServesIfItAnswersFirst) {
  std::optional<Landing> landing;
  auto [first, second] = late(landing);
  EXPECT_NE(first.request.mirror, second.request.mirror);
  EXPECT_EQ(events_[EventKind::hedged], 1);
  EXPECT_EQ(hedged_url_, origin_.url_of(**second.request.entry, second.request.mirror));
  EXPECT_FALSE(landing);

  const auto before = counters_.sum(Figure::requests);
  second.answer("x");
  ASSERT_TRUE(landing && landing->blob);
  EXPECT_EQ(landing->blob->text(), "x");
  end_stopped(first);
  EXPECT_EQ(counters_.sum(Figure::requests), before + 2);
  EXPECT_EQ(counters_.sum(Figure::hedges), 1u);
  EXPECT_EQ(counters_.sum(Figure::hedges_won), 1u);
  EXPECT_EQ(events_[EventKind::retried], 0);
  EXPECT_EQ(requests_to("http://origin") + requests_to("http://mirror1"), 62u);
}

TEST_F(HedgeTest, TheFirstServesIfItIsFasterAfterAll) {
  std::optional<Landing> landing;
  auto [first, second] = late(landing);
  first.answer("x");
  ASSERT_TRUE(landing && landing->blob);
  end_stopped(second);
  EXPECT_EQ(counters_.sum(Figure::hedges), 1u);
  EXPECT_EQ(counters_.sum(Figure::hedges_won), 0u);
}

TEST_F(HedgeTest, WhoIsTooLateReachesNoSink) {
  std::optional<Landing> landing;
  auto [first, second] = late(landing);
  ASSERT_FALSE(second.sink->expect(1));
  EXPECT_EQ(first.sink->expect(1), errc::cancelled);
  const char x = 'x';
  ASSERT_FALSE(second.sink->write(std::as_bytes(std::span(&x, 1))));
  end_stopped(first);
  EXPECT_FALSE(landing);
  second.done({}, {});
  ASSERT_TRUE(landing && landing->blob);
  EXPECT_EQ(landing->blob->text(), "x");
}

TEST_F(HedgeTest, NobodyElseIsAskedOnceTheBodyHasBegun) {
  std::optional<Landing> landing;
  board(*flights_, listed("large", "x"), landing);
  auto first = origin_.take();
  ASSERT_FALSE(first.sink->expect(1));
  clock_.advance(1h);
  EXPECT_EQ(origin_.pending(), 0u);
  const char x = 'x';
  ASSERT_FALSE(first.sink->write(std::as_bytes(std::span(&x, 1))));
  first.done({}, {});
  EXPECT_TRUE(landing && landing->blob);
}

class HedgeFailure : public HedgeTest, public ::testing::WithParamInterface<bool> {};

TEST_P(HedgeFailure, OfOneLeavesItToTheOther) {
  std::optional<Landing> landing;
  auto [first, second] = late(landing);
  (GetParam() ? first : second).fail(errc::unreachable);
  EXPECT_FALSE(landing);
  EXPECT_EQ(origin_.pending(), 0u);
  (GetParam() ? second : first).answer("x");
  ASSERT_TRUE(landing && landing->blob);
  EXPECT_EQ(events_[EventKind::retried], 0);
}

TEST_P(HedgeFailure, OfBothIsThatOfTheFirst) {
  std::optional<Landing> landing;
  auto [first, second] = late(landing);
  if (GetParam()) second.fail(errc::not_found);
  first.fail(errc::unreachable);
  if (!GetParam()) second.fail(errc::not_found);
  EXPECT_EQ(events_[EventKind::retried], 1);
  ASSERT_EQ(origin_.pending(), 1u);
  auto next = origin_.take();
  EXPECT_NE(next.request.mirror, first.request.mirror) << "the flight goes on as ever";
  next.answer("x");
  EXPECT_TRUE(landing && landing->blob);
}

INSTANTIATE_TEST_SUITE_P(Order, HedgeFailure, ::testing::Bool());

TEST_F(HedgeTest, WrongBytesAreNotBelievedWhoeverBringsThem) {
  std::optional<Landing> landing;
  auto [first, second] = late(landing);
  second.answer("y");
  end_stopped(first);
  EXPECT_FALSE(landing);
  ASSERT_EQ(reports_.size(), 1u);
  EXPECT_EQ(reports_[0].url, origin_.url_of(**second.request.entry, second.request.mirror));
  auto again = origin_.take();
  EXPECT_TRUE(again.request.past_caches);
  EXPECT_EQ(again.request.mirror, second.request.mirror);
  clock_.advance(1h);
  EXPECT_EQ(origin_.pending(), 0u) << "what is asked for past caches is not hedged";
  again.answer("x");
  EXPECT_TRUE(landing && landing->blob);
}

TEST_F(HedgeTest, CancellingStopsBoth) {
  std::optional<Landing> landing;
  auto [first, second] = late(landing);
  flights_->leave(ticket_, errc::cancelled);
  ASSERT_TRUE(landing);
  EXPECT_EQ(landing->blob.error(), errc::cancelled);
  end_stopped(first);
  end_stopped(second);
  EXPECT_EQ(origin_.pending(), 0u);
}

TEST_F(HedgeTest, WhoIsCancelledInTimeAsksNobodyElse) {
  std::optional<Landing> landing;
  const auto ticket = board(*flights_, listed("late", "x"), landing);
  auto first = origin_.take();
  flights_->leave(ticket, errc::cancelled);
  clock_.advance(1h);
  EXPECT_EQ(origin_.pending(), 0u);
  end_stopped(first);
}

TEST_F(HedgeTest, IsASmallShareOfAllDownloads) {
  for (int i = 0; i < 200; ++i) {
    std::optional<Landing> landing;
    board(*flights_, listed("slow" + std::to_string(i), "x"), landing);
    auto first = origin_.take();
    clock_.advance(1s);
    first.answer("x");
    ASSERT_TRUE(landing && landing->blob);
    while (origin_.pending() > 0) origin_.take().fail(errc::cancelled);
  }
  EXPECT_GE(counters_.sum(Figure::hedges), 3u);
  EXPECT_LE(counters_.sum(Figure::hedges), 13u) << "a twentieth of 260";
}

TEST_F(HedgeTest, DoesNotAskAMirrorThatRests) {
  for (int i = 0; i < 100; ++i) sites_.report("http://mirror1", {.error = errc::unreachable});
  std::optional<Landing> landing;
  board(*flights_, listed("late", "x"), landing);
  auto first = origin_.take();
  ASSERT_EQ(first.request.mirror, 0u);
  clock_.advance(500ms);
  EXPECT_EQ(origin_.pending(), 0u);
  first.answer("x");
}

TEST_F(HedgeTest, IsNotForBackgroundNorWhereBytesAreScarce) {
  const auto expect_no_second = [&](Priority priority) {
    std::optional<Landing> landing;
    board(*flights_, listed("late", "x"), landing, priority);
    auto first = origin_.take();
    clock_.advance(1h);
    EXPECT_EQ(origin_.pending(), 0u);
    first.answer("x");
    EXPECT_TRUE(landing && landing->blob);
  };
  expect_no_second(Priority::low);
  std::vector<NetworkPolicy> scarce(4);
  scarce[0].least = Priority::high;
  scarce[1].bytes_per_second = 1u << 20;
  scarce[2].session_bytes = 1u << 20;
  scarce[3].high_bytes = 1u << 20;
  for (const NetworkPolicy& policy : scarce) {
    flights_->set_policy(policy);
    expect_no_second(Priority::high);
  }
}

TEST_F(HedgeTest, NeedsAMirrorAndToBeWanted) {
  const auto seconds = [&](FlightServices services) {
    Flights flights(std::move(services));
    for (int i = 0; i < 30; ++i) {
      std::optional<Landing> landing;
      board(flights, listed("late" + std::to_string(i), "x"), landing);
      auto first = origin_.take();
      clock_.advance(i < 25 ? 10ms : 1min);
      first.answer("x");
    }
    return origin_.pending();
  };
  EXPECT_EQ(seconds(services()), 0u) << "it is off unless it is asked for";
  origin_.have_mirrors(1);
  FlightServices wanted = services();
  wanted.hedge = true;
  EXPECT_EQ(seconds(wanted), 0u);
}

}  // namespace
}  // namespace larder::fetch
