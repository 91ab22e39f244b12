// What flights do about servers that fail or send wrong bytes.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "fetch/flights_fixture.h"

namespace larder::fetch {
namespace {

using namespace std::chrono_literals;

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
  EXPECT_EQ(reports_[0].path, "dlc/a");
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
  Flights flights(services());
  const auto lenient = std::make_shared<test::FakeRelease>(&origin_);
  lenient->hand_out_damaged = true;
  release_ = lenient;
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

}  // namespace
}  // namespace larder::fetch
