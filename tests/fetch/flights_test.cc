#include "fetch/flights.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "digest/verifier.h"
#include "fetch/fake_origin.h"
#include "support/fake_clock.h"

namespace larder::fetch {
namespace {

using namespace std::chrono_literals;

std::uint32_t checksum_of(std::string_view body) {
  digest::LayaXor hash;
  hash.update(std::as_bytes(std::span(body)));
  return hash.value();
}

Entry listed(std::string_view home, std::string_view body) {
  Entry entry;
  entry.key =
      ObjectKey::of_claim(1, "LAYA", std::hash<std::string_view>()(home), checksum_of(body));
  entry.checksum = digest::laya_checksum(checksum_of(body));
  entry.home = home;
  return entry;
}

class FlightsTest : public ::testing::Test {
 protected:
  FlightServices services() {
    FlightServices services;
    services.clock = &clock_;
    services.counters = &counters_;
    services.transient = &transient_;
    services.sites = &sites_;
    services.attempts = 3;
    services.max_file_bytes = 1000;
    services.on_damage = [this](DamageReport report) { reports_.push_back(std::move(report)); };
    return services;
  }
  Ticket board(Flights& flights, const Entry& entry, std::optional<Landing>& into,
               Priority priority = Priority::normal) {
    return flights.board(
        release_, entry,
        [&into](Landing landing) {
          EXPECT_FALSE(into) << "a callback came twice";
          into = std::move(landing);
        },
        priority);
  }
  /// Path of the oldest attempt that was not answered yet, which then brings "x".
  std::string answer_next() {
    auto pour = origin_.take();
    std::string path((*pour.request.entry)->home);
    pour.answer("x");
    return path;
  }

  test::FakeClock clock_;
  Counters counters_;
  TransientCache transient_{1000, clock_};
  net::Sites sites_{clock_};
  test::FakeOrigin origin_;
  std::shared_ptr<const Release> release_ = std::make_shared<test::FakeRelease>(&origin_);
  std::vector<DamageReport> reports_;
};

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

TEST_F(FlightsTest, AskPastCachesWhenTheChecksumIsWrongAndThenGiveUp) {
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  auto first = origin_.take();
  EXPECT_FALSE(first.request.past_caches);
  first.answer("wrong");
  auto second = origin_.take();
  EXPECT_TRUE(second.request.past_caches);
  second.answer("wrong");
  ASSERT_TRUE(landing);
  EXPECT_EQ(landing->blob.error(), errc::damaged);
  EXPECT_EQ(reports_.size(), 2u);
  EXPECT_EQ(reports_[0].path, "a");
  EXPECT_EQ(reports_[0].length_bytes, 5u);
  EXPECT_EQ(counters_.sum(Figure::damaged), 2u);
}

TEST_F(FlightsTest, RecoverFromADamagedAnswer) {
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  origin_.take().answer("wrong");
  origin_.take().answer("hello");
  ASSERT_TRUE(landing && landing->blob);
  EXPECT_EQ(landing->blob->text(), "hello");
  EXPECT_EQ(landing->cost.requests, 2u);
}

TEST_F(FlightsTest, HandOutDamagedBytesOnlyWhenAskedToByPolicy) {
  FlightServices lenient = services();
  lenient.hand_out_damaged = true;
  Flights flights(lenient);
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  for (int i = 0; i < 2; ++i) origin_.take().answer("wrong");
  ASSERT_TRUE(landing && landing->blob);
  EXPECT_EQ(landing->blob->text(), "wrong");
}

TEST_F(FlightsTest, WaitBeforeTheyTryAgainAfterATransientFailure) {
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  origin_.take().fail(errc::unreachable);
  EXPECT_EQ(origin_.pending(), 0u) << "no second attempt before the back-off is over";
  clock_.advance(10s);
  origin_.take().fail(errc::overloaded);
  clock_.advance(10s);
  origin_.take().answer("hello");
  ASSERT_TRUE(landing && landing->blob);
}

TEST_F(FlightsTest, EndWithTheLastErrorWhenAttemptsRunOut) {
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  for (int i = 0; i < 3; ++i) {
    origin_.take().fail(errc::unreachable);
    clock_.advance(10s);
  }
  ASSERT_TRUE(landing);
  EXPECT_EQ(landing->blob.error(), errc::unreachable);
  EXPECT_EQ(origin_.poured(), 3u);
}

TEST_F(FlightsTest, GoToTheNextMirrorAtOnce) {
  origin_.have_mirrors(2);
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  auto first = origin_.take();
  EXPECT_EQ(first.request.mirror, 0u);
  first.fail(errc::unreachable);
  ASSERT_EQ(origin_.pending(), 1u) << "no pause";
  auto second = origin_.take();
  EXPECT_EQ(second.request.mirror, 1u);
  second.answer("hello");
  EXPECT_TRUE(landing && landing->blob);
}

TEST_F(FlightsTest, AskForWrongBytesPastCachesAndThenAtTheNextMirror) {
  origin_.have_mirrors(2);
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  std::vector<std::pair<std::size_t, bool>> asked;
  for (const char* body : {"wrong", "wrong", "hello"}) {
    auto pour = origin_.take();
    asked.emplace_back(pour.request.mirror, pour.request.past_caches);
    pour.answer(body);
  }
  EXPECT_EQ(asked, (std::vector<std::pair<std::size_t, bool>>{{0, false}, {0, true}, {1, false}}));
  EXPECT_TRUE(landing && landing->blob);
  EXPECT_EQ(reports_.size(), 2u);
  EXPECT_EQ(reports_[0].url, "http://origin/a");
}

TEST_F(FlightsTest, PreferAMirrorToADeadOriginUntilThatComesBack) {
  origin_.have_mirrors(2);
  Flights flights(services());
  bool dead = true;
  std::map<std::size_t, int> asked;
  const auto read = [&](int number) {
    std::optional<Landing> landing;
    board(flights, listed("a" + std::to_string(number), "x"), landing);
    while (origin_.pending() > 0) {
      auto pour = origin_.take();
      ++asked[pour.request.mirror];
      if (dead && pour.request.mirror == 0)
        pour.fail(errc::unreachable);
      else
        pour.answer("x");
    }
    EXPECT_TRUE(landing && landing->blob) << number;
    clock_.advance(100ms);
  };
  for (int i = 0; i < 100; ++i) read(i);
  EXPECT_LE(asked[0], 20) << "looked after now and then";
  EXPECT_EQ(asked[1], 100);
  dead = false;
  asked.clear();
  for (int i = 100; i < 1100; ++i) read(i);
  EXPECT_GE(asked[0], 500);
}

TEST_F(FlightsTest, ContinueWhatBrokeOff) {
  origin_.have_mirrors(2);
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  const auto write = [](test::PendingPour& pour, std::string_view text) {
    ASSERT_FALSE(pour.sink->write(std::as_bytes(std::span(text))));
  };
  auto first = origin_.take();
  EXPECT_EQ(first.request.resume_from, 0u);
  ASSERT_FALSE(first.sink->expect(5));
  write(first, "he");
  PourReply reply;
  reply.wire_bytes = 2;
  reply.freshness.etag = "\"1\"";
  first.done(errc::interrupted, reply);

  auto second = origin_.take();
  EXPECT_EQ(second.request.mirror, 1u);
  EXPECT_EQ(second.request.resume_from, 2u);
  EXPECT_EQ(second.request.resume_validator, "\"1\"");
  EXPECT_EQ(second.sink->resume(3, 5), errc::interrupted) << "it has two bytes";
  EXPECT_EQ(second.sink->resume(2, 6), errc::interrupted) << "of another object";
  ASSERT_FALSE(second.sink->resume(2, 5));
  write(second, "llo");
  reply.wire_bytes = 3;
  second.done({}, reply);
  ASSERT_TRUE(landing && landing->blob);
  EXPECT_EQ(landing->blob->text(), "hello");
  EXPECT_EQ(landing->cost.wire_bytes, 5u);
}

TEST_F(FlightsTest, BeginAfreshWhenTheWholeComesInsteadOfTheRest) {
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  auto first = origin_.take();
  ASSERT_FALSE(first.sink->expect(6));
  const std::string_view other = "other";
  ASSERT_FALSE(first.sink->write(std::as_bytes(std::span(other))));
  PourReply reply;
  reply.wire_bytes = 5;
  reply.freshness.etag = "\"1\"";
  first.done(errc::interrupted, reply);
  clock_.advance(1s);
  origin_.take().answer("hello");
  ASSERT_TRUE(landing && landing->blob);
  EXPECT_EQ(landing->blob->text(), "hello");
}

TEST_F(FlightsTest, BeginAfreshWithoutAStrongValidatorOrWhereRangesAreRefused) {
  for (const char* etag : {"", "W/\"1\"", "unquoted", "\"1\""}) {
    Flights flights(services());
    std::optional<Landing> landing;
    board(flights, listed("a", "hello"), landing);
    auto first = origin_.take();
    ASSERT_FALSE(first.sink->expect(5));
    const std::string_view half = "he";
    ASSERT_FALSE(first.sink->write(std::as_bytes(std::span(half))));
    PourReply reply;
    reply.wire_bytes = 2;
    reply.freshness.etag = etag;
    reply.range_refused = etag == std::string_view("\"1\"");
    first.done(errc::interrupted, reply);
    clock_.advance(1s);
    auto second = origin_.take();
    EXPECT_EQ(second.request.resume_from, 0u) << etag;
    second.answer("hello");
    EXPECT_TRUE(landing && landing->blob);
  }
}

TEST_F(FlightsTest, MayBreakOffAnyNumberOfTimesAsLongAsTheyGetOn) {
  FlightServices large = services();
  large.max_file_bytes = 10u << 20;
  Flights flights(large);
  const std::string body(2u << 20, 'x');
  const std::size_t part = 64u << 10;
  std::optional<Landing> landing;
  board(flights, listed("a", body), landing);
  PourReply reply;
  reply.wire_bytes = part;
  reply.freshness.etag = "\"1\"";
  for (std::size_t at = 0; at < body.size(); at += part) {
    auto pour = origin_.take();
    ASSERT_EQ(pour.request.resume_from, at);
    ASSERT_FALSE(at == 0 ? pour.sink->expect(body.size()) : pour.sink->resume(at, body.size()));
    ASSERT_FALSE(pour.sink->write(std::as_bytes(std::span(body)).subspan(at, part)));
    const bool last = at + part == body.size();
    pour.done(last ? std::error_code() : errc::interrupted, reply);
    clock_.advance(5s);
  }
  ASSERT_TRUE(landing && landing->blob);
  EXPECT_TRUE(landing->blob->text() == body);
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
    EXPECT_EQ(event.path, "a");
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

TEST_F(FlightsTest, TryNothingAgainWhenPatienceIsOver) {
  FlightServices patient = services();
  patient.attempts = 100;
  Flights flights(patient);
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  for (int seconds = 0; !landing && seconds < 100; ++seconds) {
    while (origin_.pending() > 0) origin_.take().fail(errc::timed_out);
    clock_.advance(1s);
  }
  ASSERT_TRUE(landing);
  EXPECT_EQ(landing->blob.error(), errc::timed_out);
  EXPECT_LE(clock_.now().time_since_epoch(), 32s);
  EXPECT_GE(clock_.now().time_since_epoch(), 15s) << "it rested for 1, 2, 4, 8 seconds";
  EXPECT_EQ(clock_.pending(), 0u);
}

TEST_F(FlightsTest, WaitAsLongAsTheServerAsks) {
  Flights flights(services());
  std::optional<Landing> first, second;
  board(flights, listed("a", "x"), first);
  PourReply reply;
  reply.retry_after = 7s;
  origin_.take().done(errc::overloaded, reply);
  board(flights, listed("b", "x"), second);
  clock_.advance(6990ms);
  EXPECT_EQ(origin_.poured(), 1u) << "nobody asks it meanwhile";
  clock_.advance(1s);
  while (origin_.pending() > 0) origin_.take().answer("x");
  clock_.advance(1s);
  while (origin_.pending() > 0) origin_.take().answer("x");
  EXPECT_TRUE(first && first->blob);
  EXPECT_TRUE(second && second->blob);
}

TEST_F(FlightsTest, EndAtOnceWhenTheServerAsksForMoreTimeThanThereIs) {
  Flights flights(services());
  std::optional<Landing> first, second;
  board(flights, listed("a", "x"), first);
  PourReply reply;
  reply.retry_after = 31s;
  origin_.take().done(errc::overloaded, reply);
  clock_.advance(1s);
  board(flights, listed("b", "x"), second);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->blob.error(), errc::overloaded);
  EXPECT_EQ(second->blob.error(), errc::overloaded);
  EXPECT_EQ(origin_.poured(), 1u);
}

TEST_F(FlightsTest, LeaveAServerAloneThatFailsAgainAndAgain) {
  Flights flights(services());
  std::vector<std::optional<Landing>> landings(100);
  for (std::size_t i = 0; i < landings.size(); ++i)
    board(flights, listed("a" + std::to_string(i), "x"), landings[i]);
  while (origin_.pending() > 0) origin_.take().fail(errc::unreachable);
  clock_.advance(900ms);
  EXPECT_EQ(origin_.poured(), 100u);
  clock_.advance(400ms);
  ASSERT_EQ(origin_.pending(), 1u) << "one probe";
  answer_next();
  for (int i = 0; i < 10; ++i) {
    clock_.advance(1s);
    while (origin_.pending() > 0) answer_next();
  }
  for (const auto& landing : landings) EXPECT_TRUE(landing && landing->blob);
}

TEST_F(FlightsTest, OfAServerThatIsDeadForLongEndWithoutAskingIt) {
  Flights flights(services());
  std::optional<Landing> late;
  for (int seconds = 0; seconds < 60; ++seconds) {
    flights.start(release_, listed("a" + std::to_string(seconds), "x"), Priority::normal);
    while (origin_.pending() > 0) origin_.take().fail(errc::unreachable);
    clock_.advance(1s);
  }
  const std::size_t poured = origin_.poured();
  board(flights, listed("late", "x"), late);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->blob.error(), errc::unreachable);
  EXPECT_EQ(origin_.poured(), poured);
}

TEST_F(FlightsTest, RetryAShareOfWhatTheyAskForAtMost) {
  Flights flights(services());
  std::vector<std::optional<Landing>> landings(500);
  for (std::size_t i = 0; i < landings.size(); ++i)
    board(flights, listed("a" + std::to_string(i), "x"), landings[i]);
  // Cut off in the middle: the server works, the line does not.
  PourReply reply;
  reply.wire_bytes = 1;
  while (origin_.pending() > 0) origin_.take().done(errc::interrupted, reply);
  clock_.advance(200ms);
  // What was saved up, what 500 downloads earned beyond that, and what came with the time.
  EXPECT_LE(origin_.poured(), 500u + 100u + 3u);
  EXPECT_GE(origin_.poured(), 500u + 100u);
  flights.cancel_all();
}

TEST_F(FlightsTest, DoNotRepeatFinalErrors) {
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  origin_.take().fail(errc::bad_certificate);
  ASSERT_TRUE(landing);
  EXPECT_EQ(landing->blob.error(), condition::untrusted);
  EXPECT_EQ(clock_.pending(), 0u);
}

TEST_F(FlightsTest, AskPastAnEdgeThatKeepsAnOldNotFoundOnce) {
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  origin_.take().fail(errc::not_found);
  auto second = origin_.take();
  EXPECT_TRUE(second.request.past_caches);
  second.fail(errc::not_found);
  ASSERT_TRUE(landing);
  EXPECT_EQ(landing->blob.error(), errc::not_found);
}

TEST_F(FlightsTest, StopAnOriginThatSendsMoreThanTheLimit) {
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  origin_.take().answer(std::string(1001, 'x'));
  ASSERT_TRUE(landing);
  EXPECT_EQ(landing->blob.error(), errc::too_large);
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

TEST_F(FlightsTest, StopWhenTheLastOneLeavesAndALaterRequestStartsAfresh) {
  Flights flights(services());
  std::optional<Landing> first, second;
  const Ticket ticket = board(flights, listed("a", "hello"), first);
  flights.leave(ticket, errc::timed_out);
  EXPECT_EQ(first->blob.error(), errc::timed_out);
  auto stopped = origin_.take();
  EXPECT_TRUE(stopped.request.stop.stop_requested());
  board(flights, listed("a", "hello"), second);
  ASSERT_EQ(origin_.pending(), 1u);
  stopped.fail(errc::cancelled);
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
