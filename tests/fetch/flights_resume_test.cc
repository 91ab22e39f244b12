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
