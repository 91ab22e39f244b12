// What a transport does with servers that misbehave, and with requests that make no sense.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <larder/error.h>

#include "net/client.h"
#include "support/scripted_server.h"

namespace larder::test {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

net::HttpOptions impatient(milliseconds idle = milliseconds(100)) {
  net::HttpOptions options;
  options.idle_timeout = idle;
  return options;
}

TEST(HttpFailure, IsUnreachableWhereNobodyListens) {
  std::string url;
  {
    ScriptedServer server(std::vector<Reply>{});
    url = server.url("/x");
  }
  Client client;
  const Outcome outcome = client.get(url);
  EXPECT_EQ(outcome.error, errc::unreachable);
  EXPECT_EQ(outcome.error, condition::retryable);
  EXPECT_THAT(outcome.response.detail, HasSubstr("GET " + url + ": cannot connect to 127.0.0.1:"));
  EXPECT_EQ(outcome.response.status, 0u);
}

TEST(HttpFailure, IsUnreachableWhenTheHostHasNoAddress) {
  Client client;
  const Outcome outcome = client.get("http://no-such-host.invalid/x");
  EXPECT_EQ(outcome.error, errc::unreachable);
  EXPECT_THAT(outcome.response.detail, HasSubstr("no-such-host.invalid cannot be resolved"));
}

TEST(HttpFailure, IsUnreachableWhenTheConnectionIsLostBeforeAnAnswer) {
  ScriptedServer server({Reply().close(), Reply().reset()});
  Client client;
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = client.get(server.url());
    EXPECT_EQ(outcome.error, errc::unreachable) << outcome.response.detail;
    EXPECT_EQ(outcome.response.requests, 1u);
  }
}

TEST(HttpFailure, IsAnErrorWhereverTheAnswerIsCut) {
  const std::string text = answer(200, "body!", {"ETag: \"e\""}).steps()[0].bytes;
  const std::string chunked = chunked_answer({"ab", "cde"}).steps()[0].bytes;
  for (const std::string& whole : {text, chunked}) {
    for (const bool by_reset : {false, true}) {
      ScriptedServer server([&](const SeenRequest& r) {
        Reply reply;
        if (r.number < whole.size()) reply.drip(whole.substr(0, r.number), 1000);
        return by_reset ? reply.reset() : reply.close();
      });
      Client client;
      for (std::size_t n = 0; n < whole.size(); ++n) {
        const Outcome outcome = client.get(server.url());
        const errc expected = n == 0 ? errc::unreachable : errc::interrupted;
        // A reset may overtake the bytes before it.
        if (!by_reset || outcome.error != errc::unreachable) {
          EXPECT_EQ(outcome.error, expected) << n << outcome.response.detail;
        }
        EXPECT_EQ(outcome.error, condition::retryable) << n;
      }
    }
  }
}

TEST(HttpFailure, IsAnErrorWhenTheBodyIsShorterThanPromised) {
  ScriptedServer server({Reply("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort").close()});
  Client client;
  const Outcome outcome = client.get(server.url());
  EXPECT_EQ(outcome.error, errc::interrupted);
  EXPECT_EQ(outcome.response.body_bytes, 5u);
}

TEST(HttpFailure, NeverPoursMoreThanAllowed) {
  ScriptedServer server(
      {answer(200, "123456"), chunked_answer({"123", "456"}),
       Reply("HTTP/1.1 200 OK\r\n\r\n123456").stall(),
       Reply("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n").stall()});
  Client client;
  for (int i = 0; i < 4; ++i) {
    const auto sink = std::make_shared<NotingSink>();
    const Outcome outcome = client.get(Client::request_for(server.url(), 5), sink);
    EXPECT_EQ(outcome.error, errc::too_large) << i;
    EXPECT_LE(sink->body.size(), 5u) << i;
  }
  EXPECT_EQ(server.connections(), 4u);
  EXPECT_TRUE(ScriptedServer::eventually([&] { return server.open_connections() == 0; }));
}

TEST(HttpFailure, AcceptsABodyOfExactlyTheAllowedLength) {
  ScriptedServer server({answer(200, "12345"), chunked_answer({"12", "345"})});
  Client client;
  for (int i = 0; i < 2; ++i)
    EXPECT_EQ(client.get(Client::request_for(server.url(), 5)).body, "12345");
}

TEST(HttpFailure, StopsWithTheErrorOfTheSink) {
  ScriptedServer server([](const SeenRequest&) { return answer(200, std::string(300000, 'x')); });
  Client client;
  auto sink = std::make_shared<NotingSink>();
  sink->expect_error = make_error_code(errc::no_space);
  EXPECT_EQ(client.get(Client::request_for(server.url()), sink).error, errc::no_space);
  EXPECT_EQ(sink->writes, 0);
  sink = std::make_shared<NotingSink>();
  sink->write_error = make_error_code(errc::io);
  const Outcome outcome = client.get(Client::request_for(server.url()), sink);
  EXPECT_EQ(outcome.error, errc::io);
  EXPECT_EQ(sink->writes, 1);
  EXPECT_THAT(outcome.response.detail, HasSubstr("receiver refused"));
}

TEST(HttpFailure, RefusesAnswersThatAreNotHttp) {
  const std::string ok = "HTTP/1.1 200 OK\r\n";
  const std::vector<std::string> bad = {
      "SSH-2.0-OpenSSH_9.2\r\n",
      "HTTP/2.0 200 OK\r\n\r\n",
      "HTTP/1.1 2x0 OK\r\n\r\n",
      "<html>not at all</html>",
      std::string("\0\0\0\x12\x04", 5) + std::string(200, '\xff'),
      ok + "No colon here\r\n\r\n",
      ok + "Bad\x01Name: x\r\n\r\n",
      ok + "Content-Length: -1\r\n\r\n",
      ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
      ok + "Content-Length: 99999999999999999999999\r\n\r\n",
      ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
      ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
      ok + "Transfer-Encoding: gzip\r\n\r\nxxx",
      ok + "Transfer-Encoding: chunked\r\n\r\nzz\r\n",
      ok + "Transfer-Encoding: chunked\r\n\r\n2\r\nabcd\r\n0\r\n\r\n",
      ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
      ok + "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\nx",
      ok + "Content-Encoding: br\r\n\r\nx",
  };
  ScriptedServer server([&](const SeenRequest& r) { return Reply(bad.at(r.number)).close(); });
  Client client;
  for (const std::string& text : bad) {
    const auto sink = std::make_shared<NotingSink>();
    const Outcome outcome = client.get(Client::request_for(server.url()), sink);
    EXPECT_EQ(outcome.error, errc::bad_response) << text << "\n" << outcome.response.detail;
    EXPECT_LE(sink->body.size(), 2u) << text;
  }
}

TEST(HttpFailure, SaysWhichEncodingWasUnwanted) {
  ScriptedServer server({answer(200, "x", {"Content-Encoding: gzip"}),
                         answer(200, "x", {"Content-Encoding: identity"})});
  Client client;
  EXPECT_THAT(client.get(server.url()).response.detail, HasSubstr("gzip"));
  EXPECT_EQ(client.get(server.url()).body, "x");
}

TEST(HttpFailure, BoundsTheHead) {
  const std::string giant(1u << 20, 'h');
  ScriptedServer server([&](const SeenRequest& r) {
    switch (r.number) {
      case 0: return answer(200, "x", {"X-Giant: " + giant});
      case 1: return Reply("HTTP/1.1 200 " + giant);
      case 2: return Reply(giant);
      case 3: return Reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;" + giant);
      default: return answer(200, "fits", {"X-Large: " + giant.substr(0, 60000)});
    }
  });
  Client client;
  for (int i = 0; i < 4; ++i) EXPECT_EQ(client.get(server.url()).error, errc::bad_response) << i;
  EXPECT_EQ(client.get(server.url()).body, "fits");
}

TEST(HttpFailure, TimesOutWhereverTheServerFallsSilent) {
  const std::string text = answer(200, "body").steps()[0].bytes;
  ScriptedServer server([&](const SeenRequest& r) {
    return Reply(text.substr(0, r.number * 5 < text.size() ? r.number * 5 : text.size() - 1))
        .stall();
  });
  Client client(impatient(milliseconds(50)));
  for (std::size_t i = 0; i * 5 < text.size() + 5; ++i) {
    const Outcome outcome = client.get(server.url());
    EXPECT_EQ(outcome.error, errc::timed_out) << i;
    EXPECT_THAT(outcome.response.detail, HasSubstr("timed out while"));
  }
  EXPECT_TRUE(ScriptedServer::eventually([&] { return server.open_connections() == 0; }));
}

TEST(HttpFailure, DoesNotTimeOutWhileBytesTrickle) {
  const std::string body(40, 'x');
  ScriptedServer server({Reply().drip(answer(200, body).steps()[0].bytes, 4, milliseconds(20))});
  Client client(impatient(milliseconds(300)));
  EXPECT_EQ(client.get(server.url()).body, body);
}

net::HttpOptions watchful(std::uint64_t bytes, milliseconds window = milliseconds(100)) {
  net::HttpOptions options;
  options.stall_window = window;
  options.stall_bytes = bytes;
  return options;
}

TEST(HttpFailure, TakesATrickleForAStall) {
  const std::string text =
      answer(200, std::string(400, 'x'), {"X: " + std::string(400, 'x')}).steps()[0].bytes;
  for (const std::size_t at_once : {std::size_t{1}, text.size() - 390}) {
    ScriptedServer server(
        {Reply(text.substr(0, at_once)).drip(text.substr(at_once), 1, milliseconds(5))});
    Client client(watchful(1000));
    const Outcome outcome = client.get(server.url());
    EXPECT_EQ(outcome.error, errc::timed_out);
    EXPECT_THAT(outcome.response.detail, HasSubstr("bytes came in 100 ms while reading the "));
  }
}

TEST(HttpFailure, TakesNothingForAStallThatIsQuickEnough) {
  const std::string body(1000, 'x');
  ScriptedServer server({Reply().drip(answer(200, body).steps()[0].bytes, 4, milliseconds(10))});
  Client client(watchful(1, milliseconds(1500)));
  EXPECT_EQ(client.get(server.url()).body, body);
}

TEST(HttpFailure, DoesNotTakeItsOwnPauseForAStall) {
  /// Has the rest sent as soon as it got the first part, and then makes the client wait.
  struct SlowSink final : Sink {
    std::error_code expect(std::optional<std::uint64_t>) noexcept override { return {}; }
    std::error_code write(std::span<const std::byte> bytes) noexcept override {
      received += bytes.size();
      rest.open();
      return {};
    }
    std::chrono::milliseconds pause() noexcept override {
      ++pauses;
      return milliseconds(800);
    }
    Gate rest;
    std::size_t received = 0;
    int pauses = 0;
  };
  const auto sink = std::make_shared<SlowSink>();
  const std::string text = answer(200, std::string(100, 'x')).steps()[0].bytes;
  ScriptedServer server({Reply(text.substr(0, text.size() - 1)).wait_for(sink->rest).send("x")});
  Client client(watchful(100'000, milliseconds(500)));
  std::promise<std::error_code> ended;
  client.transport().get(
      Client::request_for(server.url()), sink,
      [&](std::error_code error, const net::Response&) { ended.set_value(error); });
  EXPECT_EQ(ended.get_future().get(), std::error_code());
  EXPECT_EQ(sink->received, 100u);
  EXPECT_GE(sink->pauses, 1);
}

TEST(HttpFailure, TimesOutInAChainOfSlowRedirects) {
  ScriptedServer server([](const SeenRequest& r) {
    const std::string text = redirect_to("/" + std::to_string(r.number)).steps()[0].bytes;
    return Reply().drip(text, text.size() / 2, milliseconds(150));
  });
  Client client(impatient(milliseconds(400)));
  const Outcome outcome = client.get(server.url());
  EXPECT_EQ(outcome.error, errc::timed_out) << "each of them alone is quick enough";
}

TEST(HttpFailure, TimesOutAsAWholeEvenWhileBytesTrickle) {
  ScriptedServer server(
      {Reply("HTTP/1.1 200 OK\r\n\r\n").drip(std::string(2000, 'x'), 1, milliseconds(5))});
  Client client;
  net::Request request = Client::request_for(server.url());
  request.timeout = milliseconds(100);
  const Outcome outcome = client.get(request);
  EXPECT_EQ(outcome.error, errc::timed_out);
  EXPECT_THAT(outcome.response.detail, HasSubstr("within 100 ms"));
}

TEST(HttpFailure, TimesOutInTheLineForAConnection) {
  ScriptedServer server([](const SeenRequest&) { return Reply().stall(); });
  net::HttpOptions options;
  options.connections_per_host = 1;
  Client client(options);
  std::stop_source stop;
  net::Request first = Client::request_for(server.url());
  first.stop = stop.get_token();
  auto blocked = client.start(first);
  net::Request second = Client::request_for(server.url());
  second.timeout = milliseconds(50);
  EXPECT_EQ(client.get(second).error, errc::timed_out);
  stop.request_stop();
  EXPECT_EQ(blocked.get().error, errc::cancelled);
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(HttpFailure, KeepsTheVerdictWhenThePageOfAnErrorStalls) {
  ScriptedServer server({Reply("HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\npag").stall()});
  Client client(impatient());
  EXPECT_EQ(client.get(server.url()).error, errc::not_found);
}

TEST(HttpFailure, RefusesRequestsThatMakeNoSense) {
  ScriptedServer server(std::vector<Reply>{});
  Client client;
  for (const char* url : {"", "x", "ftp://h/", "http://", "http://h/a b", "http://h/\r\nX: y"})
    EXPECT_EQ(client.get(url).error, errc::invalid_argument) << url;
  const std::vector<std::pair<std::string, std::string>> headers = {
      {"X", "a\r\nY: b"}, {"X", std::string("a\0b", 3)}, {"X Y", "a"}, {"", "a"}, {"X:", "a"},
      {"Host", "other"},  {"accept-encoding", "gzip"}};
  for (const auto& header : headers) {
    net::Request request = Client::request_for(server.url());
    request.headers = {header};
    EXPECT_EQ(client.get(request).error, errc::invalid_argument) << header.first;
  }
  EXPECT_EQ(client.get(Client::request_for(server.url()), nullptr).error, errc::invalid_argument);
  EXPECT_EQ(server.connections(), 0u);
}

}  // namespace
}  // namespace larder::test
