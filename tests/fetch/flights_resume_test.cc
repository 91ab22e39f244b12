// Flights that go on where an attempt broke off.
#include <optional>
#include <string>
#include <string_view>

#include "fetch/flights_fixture.h"

namespace larder::fetch {
namespace {

using namespace std::chrono_literals;

void write(test::PendingPour& pour, std::string_view text) {
  ASSERT_FALSE(pour.sink->write(std::as_bytes(std::span(text))));
}

/// Announces `size` bytes, brings `text` of them and breaks off.
void break_off(test::PendingPour& pour, std::size_t size, std::string_view text, const char* etag,
               bool range_refused = false) {
  ASSERT_FALSE(pour.sink->expect(size));
  write(pour, text);
  PourReply reply;
  reply.wire_bytes = text.size();
  reply.freshness.etag = etag;
  reply.range_refused = range_refused;
  pour.done(errc::interrupted, reply);
}

TEST_F(FlightsTest, ContinueWhatBrokeOff) {
  origin_.have_mirrors(2);
  Flights flights(services());
  std::optional<Landing> landing;
  board(flights, listed("a", "hello"), landing);
  auto first = origin_.take();
  EXPECT_EQ(first.request.resume_from, 0u);
  break_off(first, 5, "he", "\"1\"");

  auto second = origin_.take();
  EXPECT_EQ(second.request.mirror, 1u);
  EXPECT_EQ(second.request.resume_from, 2u);
  EXPECT_EQ(second.request.resume_validator, "\"1\"");
  EXPECT_EQ(second.sink->resume(3, 5), errc::interrupted) << "it has two bytes";
  EXPECT_EQ(second.sink->resume(2, 6), errc::interrupted) << "of another object";
  ASSERT_FALSE(second.sink->resume(2, 5));
  write(second, "llo");
  PourReply reply;
  reply.wire_bytes = 3;
  reply.freshness.etag = "\"1\"";
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
  break_off(first, 6, "other", "\"1\"");
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
    break_off(first, 5, "he", etag, etag == std::string_view("\"1\""));
    clock_.advance(1s);
    auto second = origin_.take();
    EXPECT_EQ(second.request.resume_from, 0u) << etag;
    second.answer("hello");
    EXPECT_TRUE(landing && landing->blob);
  }
}

/// Announces `size` bytes and brings `text` of them, before everybody leaves.
test::PendingPour take_left(test::FakeOrigin& origin, Flights& flights, const Ticket& ticket,
                            std::size_t size, std::string_view text) {
  test::PendingPour pour = origin.take();
  EXPECT_FALSE(pour.sink->expect(size));
  write(pour, text);
  flights.leave(ticket, errc::cancelled);
  EXPECT_TRUE(pour.request.stop.stop_requested());
  return pour;
}

void end_cancelled(test::PendingPour& pour, std::size_t bytes, const char* etag) {
  PourReply reply;
  reply.wire_bytes = bytes;
  reply.freshness.etag = etag;
  pour.done(errc::cancelled, reply);
}

TEST_F(FlightsTest, GoOnWithWhatCameBeforeEverybodyLeft) {
  Flights flights(services());
  std::optional<Landing> left, after;
  const Ticket ticket = board(flights, listed("a", "hello"), left, Priority::low);
  auto first = take_left(origin_, flights, ticket, 5, "he");
  EXPECT_EQ(left->blob.error(), errc::cancelled);
  const Ticket second_ticket = board(flights, listed("a", "hello"), after);
  EXPECT_EQ(origin_.pending(), 0u) << "the first attempt is not over yet";
  end_cancelled(first, 2, "\"1\"");

  ASSERT_EQ(origin_.pending(), 1u);
  auto second = origin_.take();
  EXPECT_EQ(second.request.resume_from, 2u);
  EXPECT_EQ(second.request.resume_validator, "\"1\"");
  EXPECT_EQ(second.request.urgency->now(), Priority::normal);
  EXPECT_EQ(second_ticket.arrival->bytes_so_far(), 2u);
  ASSERT_FALSE(second.sink->resume(2, 5));
  write(second, "llo");
  PourReply reply;
  reply.wire_bytes = 3;
  second.done({}, reply);
  ASSERT_TRUE(after && after->blob);
  EXPECT_EQ(after->blob->text(), "hello");
  EXPECT_EQ(after->cost.wire_bytes, 3u);
  EXPECT_FALSE(after->joined);
}

TEST_F(FlightsTest, BeginAfreshWhenWhatCameBeforeEverybodyLeftCannotBeContinued) {
  Flights flights(services());
  std::optional<Landing> left, after;
  auto first = take_left(origin_, flights, board(flights, listed("a", "hello"), left), 5, "he");
  board(flights, listed("a", "hello"), after);
  end_cancelled(first, 2, "");
  auto second = origin_.take();
  EXPECT_EQ(second.request.resume_from, 0u);
  second.answer("hello");
  EXPECT_TRUE(after && after->blob);
}

TEST_F(FlightsTest, TakeWhatCameWholeAlthoughEverybodyHadLeft) {
  Flights flights(services());
  std::optional<Landing> left, after;
  auto first = take_left(origin_, flights, board(flights, listed("a", "hello"), left), 5, "hello");
  board(flights, listed("a", "hello"), after);
  first.done({}, {});
  EXPECT_EQ(origin_.pending(), 0u);
  ASSERT_TRUE(after && after->blob);
  EXPECT_EQ(after->blob->text(), "hello");
}

TEST_F(FlightsTest, FollowTheOneThatWasLeftHoweverOftenThatIs) {
  Flights flights(services());
  std::optional<Landing> left, also_left, after;
  auto first = take_left(origin_, flights, board(flights, listed("a", "hello"), left), 5, "he");
  flights.leave(board(flights, listed("a", "hello"), also_left), errc::timed_out);
  EXPECT_EQ(also_left->blob.error(), errc::timed_out);
  board(flights, listed("a", "hello"), after);
  end_cancelled(first, 2, "\"1\"");
  ASSERT_EQ(origin_.pending(), 1u);
  EXPECT_EQ(origin_.take().request.resume_from, 2u);
  flights.cancel_all();
  EXPECT_EQ(after->blob.error(), errc::cancelled);
}

TEST_F(FlightsTest, WaitForNothingWhenTheOneThatWasLeftHadNotBegun) {
  Flights flights(services());
  flights.set_policy({.flights = 1});
  std::optional<Landing> other, left, after;
  board(flights, listed("other", "x"), other);
  flights.leave(board(flights, listed("a", "x"), left), errc::cancelled);
  board(flights, listed("a", "x"), after);
  EXPECT_EQ(answer_next(), "other");
  EXPECT_EQ(answer_next(), "a");
  EXPECT_TRUE(after && after->blob);
  EXPECT_EQ(origin_.poured(), 2u);
}

TEST_F(FlightsTest, GoOnWithWhatWasLeftDuringAPause) {
  Flights flights(services());
  std::optional<Landing> left, after;
  const Ticket ticket = board(flights, listed("a", "hello"), left);
  auto first = origin_.take();
  break_off(first, 5, "he", "\"1\"");
  flights.leave(ticket, errc::cancelled);
  board(flights, listed("a", "hello"), after);
  clock_.advance(1s);
  ASSERT_EQ(origin_.pending(), 1u);
  EXPECT_EQ(origin_.take().request.resume_from, 2u);
  flights.cancel_all();
  EXPECT_TRUE(after);
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

}  // namespace
}  // namespace larder::fetch
