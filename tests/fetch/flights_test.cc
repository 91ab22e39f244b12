// Who flies with whom, in which order, and how it ends.
#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "fetch/flights_fixture.h"

namespace larder::fetch {
namespace {

using namespace std::chrono_literals;

TEST_F(FlightsTest, BringWhatTheTableNames) {
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  EXPECT_FALSE(landing);
  origin_.take().answer("hello");
  ASSERT_TRUE(landing);
  ASSERT_TRUE(landing->blob);
  EXPECT_EQ(landing->blob->text(), "hello");
  EXPECT_EQ(landing->blob->source(), Source::origin);
  EXPECT_EQ(landing->cost.wire_bytes, 5u);
  EXPECT_EQ(landing->cost.requests, 1u);
}

TEST_F(FlightsTest, AreSharedByAllWhoWantTheSameObject) {
  Flights flights(services());
  std::vector<std::optional<Landing>> landings(64);
  for (auto& landing : landings) board(flights, listed("a", "hello"), landing);
  EXPECT_EQ(origin_.poured(), 1u);
  origin_.take().answer("hello");
  std::uint32_t told = 0;
  for (const auto& landing : landings) {
    ASSERT_TRUE(landing && landing->blob);
    EXPECT_EQ(landing->blob->text(), "hello");
    told += landing->cost.requests;
  }
  EXPECT_EQ(told, 1u) << "the cost is told once";
}

TEST_F(FlightsTest, OfDifferentObjectsAreNotShared) {
  Flights flights(services());
  std::optional<Landing> a, b;
  board(flights, listed("a", "1"), a);
  board(flights, listed("b", "2"), b);
  EXPECT_EQ(origin_.poured(), 2u);
  origin_.take().answer("1");
  origin_.take().answer("2");
  EXPECT_EQ(a->blob->text(), "1");
  EXPECT_EQ(b->blob->text(), "2");
}

TEST_F(FlightsTest, TellWhatHappensToThem) {
  origin_.have_mirrors(2);
  std::vector<std::string> told;
  std::vector<std::uint64_t> ids;
  FlightServices telling = services();
  telling.on_event = [&](const Event& event) {
    std::string line = std::string(name_of(event.kind)) + " " + std::string(event.url) + " " +
                       std::to_string(event.bytes);
    if (event.error) line += std::string(" ") + name_of(event.error);
    told.push_back(line);
    ids.push_back(event.download);
    EXPECT_EQ(event.path, "dlc/a");
    EXPECT_EQ(event.at, clock_.now());
  };
  Flights flights(telling);
  std::optional<Landing> landing;
  clock_.advance(1min);
  board(flights, listed("a", "hello"), landing);
  origin_.take().fail(errc::unreachable);
  origin_.take().answer("wrong");
  origin_.take().answer("hello");
  ASSERT_TRUE(landing && landing->blob);
  EXPECT_EQ(told, (std::vector<std::string>{
                      "started http://origin/a 0",
                      "retried http://origin/a 0 unreachable",
                      "failed_over http://mirror1/a 0",
                      "progress http://mirror1/a 5",
                      "damaged http://mirror1/a 5 damaged",
                      "retried http://mirror1/a 0 damaged",
                      "verified http://mirror1/a 5",
                  }));
  EXPECT_EQ(std::count(ids.begin(), ids.end(), ids.front()), std::ssize(ids));
}

TEST_F(FlightsTest, TellThatTheyFailed) {
  std::vector<std::pair<EventKind, std::error_code>> told;
  FlightServices telling = services();
  telling.attempts = 1;
  telling.on_event = [&](const Event& event) { told.emplace_back(event.kind, event.error); };
  Flights flights(telling);
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  origin_.take().fail(errc::unreachable);
  EXPECT_EQ(told, (std::vector<std::pair<EventKind, std::error_code>>{
                      {EventKind::started, {}}, {EventKind::failed, errc::unreachable}}));
}

TEST_F(FlightsTest, GoOnForTheOthersWhenOneLeaves) {
  Flights flights(services());
  std::optional<Landing> leaver, stayer;
  const Ticket ticket = board(flights, listed("a", "hello"), leaver);
  board(flights, listed("a", "hello"), stayer);
  flights.leave(ticket, errc::cancelled);
  ASSERT_TRUE(leaver);
  EXPECT_EQ(leaver->blob.error(), errc::cancelled);
  auto pour = origin_.take();
  EXPECT_FALSE(pour.request.stop.stop_requested());
  pour.answer("hello");
  ASSERT_TRUE(stayer && stayer->blob);
}

TEST_F(FlightsTest, StopWhenTheLastOneLeavesAndALaterRequestFollows) {
  Flights flights(services());
  std::optional<Landing> first, second;
  const Ticket ticket = board(flights, listed("a", "hello"), first);
  flights.leave(ticket, errc::timed_out);
  EXPECT_EQ(first->blob.error(), errc::timed_out);
  auto stopped = origin_.take();
  EXPECT_TRUE(stopped.request.stop.stop_requested());
  board(flights, listed("a", "hello"), second);
  EXPECT_EQ(origin_.pending(), 0u);
  stopped.fail(errc::cancelled);
  ASSERT_EQ(origin_.pending(), 1u);
  EXPECT_FALSE(second) << "the end of the stopped flight is not the end of the new one";
  origin_.take().answer("hello");
  ASSERT_TRUE(second && second->blob);
}

TEST_F(FlightsTest, LeaveTwiceDoesNothing) {
  Flights flights(services());
  std::optional<Landing> landing;
  const Ticket ticket = board(flights, listed("a", "hello"), landing);
  origin_.take().answer("hello");
  flights.leave(ticket, errc::cancelled);
  EXPECT_TRUE(landing->blob);
}

TEST_F(FlightsTest, AreAllCancelledAtTheEndAndLaterOnesAtOnce) {
  Flights flights(services());
  std::optional<Landing> a, b, late;
  board(flights, listed("a", "1"), a);
  board(flights, listed("b", "2"), b);
  flights.cancel_all();
  ASSERT_TRUE(a && b);
  EXPECT_EQ(a->blob.error(), errc::cancelled);
  EXPECT_EQ(b->blob.error(), errc::cancelled);
  board(flights, listed("c", "3"), late);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->blob.error(), errc::cancelled);
  origin_.take().fail(errc::cancelled);
  origin_.take().fail(errc::cancelled);
}

TEST_F(FlightsTest, OfDevelopmentModeAreNeverShared) {
  Flights flights(services());
  Entry entry;
  entry.route = Route::live;
  entry.home = "a";
  std::optional<Landing> a, b;
  board(flights, entry, a);
  board(flights, entry, b);
  EXPECT_EQ(origin_.poured(), 2u);
  origin_.take().answer("1");
  origin_.take().answer("2");
  EXPECT_EQ(a->blob->text(), "1");
  EXPECT_EQ(b->blob->text(), "2");
}

TEST_F(FlightsTest, KeepTransientContentAsHttpAllowsAndRevalidateIt) {
  Flights flights(services());
  Entry entry;
  entry.route = Route::transient;
  entry.home = "news.json";
  std::optional<Landing> first, second;
  board(flights, entry, first);
  Freshness freshness;
  freshness.lifetime = 10s;
  freshness.etag = "\"1\"";
  origin_.take().answer("news", freshness);
  ASSERT_TRUE(first && first->blob);
  auto held = transient_.find("http://origin/news.json");
  ASSERT_TRUE(held);
  EXPECT_TRUE(held->fresh);

  clock_.advance(11s);
  EXPECT_FALSE(transient_.find("http://origin/news.json")->fresh);
  board(flights, entry, second);
  auto pour = origin_.take();
  EXPECT_EQ(pour.request.validators.etag, "\"1\"");
  pour.not_modified();
  ASSERT_TRUE(second && second->blob);
  EXPECT_EQ(second->blob->text(), "news");
}

TEST_F(FlightsTest, OverlookNobodyWhoseTurnItIs) {
  Flights flights(services());
  flights.set_policy({.low_flights = 2});
  std::vector<std::optional<Landing>> ahead(5);
  for (std::size_t i = 0; i < ahead.size(); ++i)
    board(flights, listed("ahead" + std::to_string(i), "x"), ahead[i], Priority::low);
  ASSERT_EQ(origin_.pending(), 2u);
  std::optional<Landing> now;
  board(flights, listed("now", "x"), now);
  EXPECT_EQ(origin_.pending(), 3u) << "foreground does not wait for prefetch";
  // Somebody wants what is still in line.
  std::optional<Landing> hurry;
  board(flights, listed("ahead4", "x"), hurry);
  ASSERT_EQ(origin_.pending(), 4u);
  std::vector<std::string> order;
  while (origin_.pending() > 0) order.push_back(answer_next());
  EXPECT_EQ(order,
            (std::vector<std::string>{"ahead0", "ahead1", "now", "ahead4", "ahead2", "ahead3"}));
  for (const auto& landing : ahead) EXPECT_TRUE(landing && landing->blob);
  EXPECT_TRUE(hurry && hurry->blob);
}

TEST_F(FlightsTest, LetTheOriginSeeHowUrgentTheyAreNow) {
  Flights flights(services());
  std::optional<Landing> ahead, joins, hurries;
  board(flights, listed("a", "x"), ahead, Priority::low);
  const auto urgency = origin_.take().request.urgency;
  ASSERT_TRUE(urgency);
  EXPECT_EQ(urgency->now(), Priority::low);
  int told = 0;
  static_cast<void>(urgency->watch([&] { ++told; }));
  board(flights, listed("a", "x"), joins, Priority::normal);
  EXPECT_EQ(urgency->now(), Priority::normal);
  EXPECT_EQ(told, 1);
  flights.raise(board(flights, listed("a", "x"), hurries, Priority::low), Priority::high);
  EXPECT_EQ(urgency->now(), Priority::high);
  flights.cancel_all();
  EXPECT_TRUE(ahead && joins && hurries);
}

TEST_F(FlightsTest, GiveTheirPlaceToOthersWhileTheyWaitForARetry) {
  Flights flights(services());
  flights.set_policy({.flights = 1});
  std::optional<Landing> a, b;
  board(flights, listed("a", "x"), a);
  board(flights, listed("b", "x"), b);
  origin_.take().fail(errc::unreachable);
  EXPECT_EQ(answer_next(), "b");
  clock_.advance(10s);
  EXPECT_EQ(answer_next(), "a");
  EXPECT_TRUE(a->blob && b->blob);
}

TEST_F(FlightsTest, InLineThatEverybodyLeftNeverBegin) {
  Flights flights(services());
  flights.set_policy({.flights = 1});
  std::optional<Landing> a, b, c;
  board(flights, listed("a", "x"), a);
  const Ticket ticket = board(flights, listed("b", "x"), b);
  board(flights, listed("c", "x"), c);
  flights.leave(ticket, errc::cancelled);
  EXPECT_EQ(b->blob.error(), errc::cancelled);
  EXPECT_EQ(answer_next(), "a");
  EXPECT_EQ(answer_next(), "c");
  EXPECT_EQ(origin_.poured(), 2u);
}

TEST_F(FlightsTest, InLineAreCancelledAtTheEnd) {
  Flights flights(services());
  flights.set_policy({.flights = 1});
  std::optional<Landing> a, b;
  board(flights, listed("a", "x"), a);
  board(flights, listed("b", "x"), b);
  flights.cancel_all();
  EXPECT_EQ(b->blob.error(), errc::cancelled);
  origin_.take().fail(errc::cancelled);
  EXPECT_EQ(origin_.poured(), 1u);
}

TEST_F(FlightsTest, EndWithTheBudget) {
  Flights flights(services());
  flights.set_policy({.flights = 1, .session_bytes = 5});
  std::vector<std::optional<Landing>> landings(500);
  board(flights, listed("first", "hello"), landings[0]);
  for (std::size_t i = 1; i < landings.size(); ++i)
    board(flights, listed("next" + std::to_string(i), "x"), landings[i]);
  origin_.take().answer("hello");
  EXPECT_TRUE(landings[0]->blob) << "what has begun is finished";
  for (std::size_t i = 1; i < landings.size(); ++i)
    ASSERT_EQ(landings[i]->blob.error(), errc::over_budget);
  EXPECT_EQ(origin_.poured(), 1u);
}

TEST_F(FlightsTest, TellTheOriginToPauseWhenTheyAreTooFast) {
  Flights flights(services());
  flights.set_policy({.bytes_per_second = 10});
  clock_.advance(10s);
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  auto pour = origin_.take();
  EXPECT_EQ(pour.sink->pause(), 0ms);
  const std::string_view body = "hello";
  ASSERT_FALSE(pour.sink->write(std::as_bytes(std::span(body))));
  EXPECT_EQ(pour.sink->pause(), 400ms);
  pour.done({}, {});
  EXPECT_TRUE(landing && landing->blob);
}

TEST_F(FlightsTest, GoOnWithoutAnybodyIfAskedTo) {
  Flights flights(services());
  std::optional<Landing> first, second;
  const Ticket ticket = board(flights, listed("a", "hello"), first);
  flights.leave(ticket, errc::timed_out, Flights::Emptied::go_on);
  EXPECT_EQ(first->blob.error(), errc::timed_out);
  EXPECT_FALSE(origin_.take().request.stop.stop_requested());
  const Ticket later = board(flights, listed("a", "hello"), second);
  EXPECT_EQ(origin_.poured(), 1u) << "who comes later joins";
  flights.leave(later, errc::cancelled);
  EXPECT_EQ(origin_.poured(), 1u) << "and leaves without stopping it";
}

TEST_F(FlightsTest, StartForWhoeverAsksLater) {
  Flights flights(services());
  flights.start(release_, listed("a", "hello"), Priority::normal);
  flights.start(release_, listed("a", "hello"), Priority::normal);
  EXPECT_EQ(origin_.poured(), 1u);
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  origin_.take().answer("hello");
  EXPECT_TRUE(landing && landing->blob);
}

TEST_F(FlightsTest, TakeThreadsBoardingAndLeavingAtOnce) {
  Flights flights(services());
  std::atomic<int> ended{0};
  std::atomic<bool> stop{false};
  std::thread answering([&] {
    while (!stop || origin_.pending() > 0) {
      if (origin_.pending() > 0)
        origin_.take().answer("hello");
      else
        std::this_thread::yield();
    }
  });
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto ticket =
            flights.board(release_, listed("a", "hello"), [&](Landing) { ++ended; });
        if ((i + t) % 3 == 0) flights.leave(ticket, errc::cancelled);
      }
    });
  for (auto& thread : threads) thread.join();
  stop = true;
  answering.join();
  EXPECT_EQ(ended, 800);
}

}  // namespace
}  // namespace larder::fetch
