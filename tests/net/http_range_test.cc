// Asking for the rest of what came before.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <larder/error.h>

#include "net/client.h"
#include "net/content_range.h"
#include "support/scripted_server.h"

namespace larder::test {
namespace {

using ::testing::HasSubstr;

TEST(ContentRange, IsReadWithAndWithoutATotal) {
  const auto known = net::parse_content_range("bytes 5-9/10");
  ASSERT_TRUE(known);
  EXPECT_EQ(known->first, 5u);
  EXPECT_EQ(known->last, 9u);
  EXPECT_EQ(known->total, 10u);
  const auto unknown = net::parse_content_range("Bytes 0-0/*");
  ASSERT_TRUE(unknown);
  EXPECT_EQ(unknown->total, std::nullopt);
}

TEST(ContentRange, IsNothingElse) {
  for (const char* text :
       {"", "bytes", "bytes 5-9", "bytes */10", "bytes 9-5/10", "bytes 5-9/9", "bytes -5/10",
        "bytes 5-/10", "items 5-9/10", "bytes 5-9/10 ", "bytes 5-9/x", "bytes 5-9/10,11-12/13",
        "bytes 99999999999999999999-99999999999999999999/*"})
    EXPECT_FALSE(net::parse_content_range(text)) << text;
}

/// A sink that has five bytes, "01234", of ten.
class Resuming : public ::testing::Test {
 protected:
  struct ResumingSink final : Sink {
    std::error_code expect(std::optional<std::uint64_t> size) noexcept override {
      ++expect_calls;
      body.clear();
      expected = size;
      return {};
    }
    std::error_code resume(std::uint64_t from,
                           std::optional<std::uint64_t> size) noexcept override {
      resumed_from = from;
      expected = size;
      return {};
    }
    std::error_code write(std::span<const std::byte> bytes) noexcept override {
      body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
      return {};
    }
    std::string body = "01234";
    int expect_calls = 0;
    std::uint64_t resumed_from = 0;
    std::optional<std::uint64_t> expected;
  };

  Outcome get(Reply reply, std::uint64_t max_bytes = 10) {
    ScriptedServer server({std::move(reply)});
    Client client;
    net::Request request = Client::request_for(server.url(), max_bytes);
    request.resume_from = 5;
    request.resume_etag = "\"v1\"";
    sink = std::make_shared<ResumingSink>();
    std::promise<Outcome> ended;
    client.transport().get(request, sink, [&](std::error_code error, net::Response response) {
      ended.set_value({error, std::move(response), sink->body});
    });
    Outcome outcome = ended.get_future().get();
    client.destroy_transport();
    seen = server.requests();
    return outcome;
  }
  static Reply part(std::string_view range, std::string_view body = "56789",
                    const std::vector<std::string>& headers = {"ETag: \"v1\""}) {
    std::vector<std::string> all = headers;
    all.push_back("Content-Range: " + std::string(range));
    return answer(206, body, all);
  }

  std::shared_ptr<ResumingSink> sink;
  std::vector<SeenRequest> seen;
};

TEST_F(Resuming, AsksForTheRestOfOneVersion) {
  const Outcome outcome = get(part("bytes 5-9/10"));
  EXPECT_FALSE(outcome.error) << outcome.response.detail;
  EXPECT_EQ(outcome.body, "0123456789");
  EXPECT_EQ(sink->resumed_from, 5u);
  EXPECT_EQ(sink->expected, 10u);
  EXPECT_EQ(outcome.response.body_bytes, 5u);
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].header("Range"), "bytes=5-");
  EXPECT_EQ(seen[0].header("If-Range"), "\"v1\"");
}

TEST_F(Resuming, TakesAnAnswerThatKnowsNoTotalOrNoValidator) {
  EXPECT_EQ(get(part("bytes 5-9/*")).body, "0123456789");
  EXPECT_EQ(sink->expected, std::nullopt);
  EXPECT_EQ(get(part("bytes 5-9/10", "56789", {})).body, "0123456789");
}

TEST_F(Resuming, TakesTheWholeInstead) {
  const Outcome outcome = get(answer(200, "abcdefghij", {"ETag: \"v2\""}));
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.body, "abcdefghij");
  EXPECT_EQ(sink->expect_calls, 1);
  EXPECT_FALSE(outcome.response.range_refused);
}

TEST_F(Resuming, RefusesAnyOtherPart) {
  const Reply others[] = {
      part("bytes 4-9/10", "456789"),
      part("bytes 6-9/10", "6789"),
      part("bytes 5-8/10", "5678"),
      part("bytes 5-9/11"),
      part("bytes 0-9/10", "0123456789"),
      part("bytes 5-9/10", "567890"),
      part("nonsense"),
      answer(206, "56789"),
      answer(206, "--x\r\n", {"Content-Type: multipart/byteranges; boundary=x"}),
      part("bytes 5-9/10", "56789", {"ETag: \"v2\""}),
      part("bytes 5-9/10", "56789", {"ETag: W/\"v1\""}),
      answer(416, {}, {"Content-Range: bytes */5"}),
      answer(416),
  };
  for (const Reply& reply : others) {
    const Outcome outcome = get(reply);
    EXPECT_EQ(outcome.error, errc::interrupted) << reply.steps()[0].bytes;
    EXPECT_TRUE(outcome.response.range_refused) << reply.steps()[0].bytes;
    EXPECT_EQ(outcome.body, "01234") << "nothing was written";
  }
}

TEST_F(Resuming, RefusesACompressedPart) {
  EXPECT_EQ(get(part("bytes 5-9/10", "56789", {"Content-Encoding: gzip"})).error,
            errc::bad_response);
}

TEST_F(Resuming, CountsWhatCameBeforeAgainstTheLimit) {
  EXPECT_EQ(get(part("bytes 5-9/10"), 9).error, errc::too_large);
  EXPECT_EQ(get(chunked_answer({"0123456789"}), 9).error, errc::too_large);
}

TEST_F(Resuming, IsInterruptedWhereThePartIsCut) {
  const Outcome outcome =
      get(Reply("HTTP/1.1 206 Part\r\nContent-Range: bytes 5-9/10\r\nContent-Length: 5\r\n\r\n56")
              .close());
  EXPECT_EQ(outcome.error, errc::interrupted);
  EXPECT_EQ(outcome.body, "0123456");
}

TEST_F(Resuming, SendsNoValidatorThatIsNone) {
  ScriptedServer server(std::vector<Reply>{});
  Client client;
  net::Request request = Client::request_for(server.url());
  request.resume_from = 5;
  request.resume_etag = "\"v1\"\r\nX: y";
  EXPECT_EQ(client.get(request).error, errc::invalid_argument);
  EXPECT_EQ(server.connections(), 0u);
}

TEST(Latency, IsMeasuredWhereNobodyWasAhead) {
  ScriptedServer server([](const SeenRequest&) {
    return Reply().drip(answer(200, "x").steps()[0].bytes, 8, std::chrono::milliseconds(1));
  });
  Client client;
  const Outcome outcome = client.get(server.url());
  ASSERT_TRUE(outcome.response.latency);
  EXPECT_GT(outcome.response.latency->count(), 0);
}

}  // namespace
}  // namespace larder::test
