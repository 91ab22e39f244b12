#include "net/response_parser.h"

#include <gtest/gtest.h>

#include <larder/error.h>

#include "net/request_text.h"

namespace larder::net {
namespace {

using Step = ResponseParser::Step;

struct Parsed {
  Step last = Step::more;
  unsigned status = 0;
  int heads = 0;
  std::string body;
  std::string rest;  ///< not consumed
  std::error_code error;
};

/// Feeds `text` in pieces of `piece` bytes, then the end of the connection.
Parsed parse(std::string_view text, std::size_t piece, std::uint32_t limit = 1000) {
  Parsed parsed;
  ResponseParser parser(limit, [&](std::span<const std::byte> bytes) {
    parsed.body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    return std::error_code{};
  });
  std::string buffer;
  for (std::size_t at = 0; at < text.size() && parsed.last < Step::done; at += piece) {
    buffer += text.substr(at, piece);
    std::span<const char> input(buffer);
    do {
      parsed.last = parser.feed(input);
      if (parsed.last == Step::head) {
        ++parsed.heads;
        parsed.status = parser.head().status;
      }
    } while (parsed.last == Step::head);
    buffer = std::string(input.begin(), input.end());
  }
  if (parsed.last == Step::more) parsed.last = parser.feed_end();
  parsed.rest = buffer;
  parsed.error = parser.error();
  return parsed;
}

TEST(ResponseParser, GivesTheSameForEveryPartition) {
  const std::pair<std::string, std::string> answers[] = {
      {"HTTP/1.1 200 OK\r\nA: b\r\nContent-Length: 5\r\n\r\nhello", "hello"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\nT: "
       "r\r\n\r\n",
       "hello"},
      {"HTTP/1.0 200 OK\r\n\r\nhello", "hello"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", ""},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ""},
  };
  for (const auto& [text, body] : answers) {
    for (std::size_t piece = 1; piece <= text.size(); ++piece) {
      const Parsed parsed = parse(text, piece);
      EXPECT_EQ(parsed.last, Step::done) << text << piece;
      EXPECT_EQ(parsed.heads, 1);
      EXPECT_EQ(parsed.body, body) << text << piece;
      EXPECT_EQ(parsed.rest, "");
    }
  }
}

TEST(ResponseParser, FailsForEveryPrefixOfAFramedAnswer) {
  for (const std::string text :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"}) {
    for (std::size_t n = 0; n < text.size(); ++n) {
      const Parsed parsed = parse(std::string_view(text).substr(0, n), 1000);
      EXPECT_EQ(parsed.last, Step::failed) << n;
      EXPECT_EQ(parsed.error, errc::interrupted) << n;
    }
  }
}

TEST(ResponseParser, LeavesWhatIsBehindTheAnswer) {
  EXPECT_EQ(parse("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokNEXT", 1000).rest, "NEXT");
  EXPECT_EQ(parse("HTTP/1.1 103 Hints\r\n\r\nHTTP/1.1 200 OK\r\n", 1000).rest,
            "HTTP/1.1 200 OK\r\n");
}

TEST(ResponseParser, LimitsTheHeadWhateverItsPieces) {
  const std::string large =
      "HTTP/1.1 200 OK\r\nX: " + std::string(2000, 'x') + "\r\nContent-Length: 0\r\n\r\n";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{7}, large.size()})
    EXPECT_EQ(parse(large, piece).error, errc::bad_response) << piece;
  EXPECT_EQ(parse(large, 100, 4000).last, Step::done);
}

TEST(ResponseParser, EndsWithTheErrorOfTheReceiver) {
  ResponseParser parser(1000,
                        [](std::span<const std::byte>) { return make_error_code(errc::no_space); });
  const std::string text = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  std::span<const char> input(text);
  EXPECT_EQ(parser.feed(input), Step::head);
  EXPECT_EQ(parser.feed(input), Step::failed);
  EXPECT_EQ(parser.error(), errc::no_space);
}

TEST(ResponseHead, FindsFieldsByName) {
  ResponseHead head;
  head.fields = {{"vary", "a"}, {"etag", "\"x\""}, {"vary", "b"}};
  EXPECT_EQ(head.first("etag"), "\"x\"");
  EXPECT_EQ(head.first("vary"), "a");
  EXPECT_EQ(head.joined("vary"), "a, b");
  EXPECT_EQ(head.first("date"), "");
}

TEST(RequestText, IsAWholeGet) {
  const Url url = *parse_url("http://h:81/p?q");
  EXPECT_EQ(request_text(url, {{"X-A", "1"}}, "agent"),
            "GET /p?q HTTP/1.1\r\nHost: h:81\r\nUser-Agent: agent\r\nAccept: */*\r\n"
            "Accept-Encoding: identity\r\nConnection: keep-alive\r\nX-A: 1\r\n\r\n");
}

TEST(RequestText, KnowsWhichHeadersMayBeSent) {
  EXPECT_EQ(problem_with({{"X-Fine", "value with \t spaces and \xc3\xa4"}, {"If-None-Match", "*"}}),
            "");
  for (const char* name : {"HOST", "Connection", "Transfer-Encoding", "User-Agent", "a b", ""})
    EXPECT_NE(problem_with({{name, "x"}}), "") << name;
  EXPECT_NE(problem_with({{"X", "a\nb"}}), "");
}

}  // namespace
}  // namespace larder::net
