// What a transport does with servers that answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <larder/error.h>

#include "net/client.h"
#include "support/scripted_server.h"

namespace larder::test {
namespace {

using ::testing::HasSubstr;

TEST(HttpTransport, PoursABodyIntoTheSink) {
  ScriptedServer server({answer(200, "hello",
                                {"ETag: \"x\"", "Last-Modified: then", "Cache-Control: a",
                                 "cache-control: b", "Content-Type: text/plain", "Vary: *"})});
  Client client;
  const auto sink = std::make_shared<NotingSink>();
  const Outcome outcome = client.get(Client::request_for(server.url("/a?b=1")), sink);

  EXPECT_FALSE(outcome.error) << outcome.response.detail;
  EXPECT_EQ(outcome.body, "hello");
  EXPECT_EQ(sink->expect_calls, 1);
  EXPECT_EQ(sink->expected, 5u);
  EXPECT_FALSE(sink->wrote_before_expect);
  EXPECT_EQ(outcome.response.status, 200u);
  EXPECT_EQ(outcome.response.url, server.url("/a?b=1"));
  EXPECT_EQ(outcome.response.etag, "\"x\"");
  EXPECT_EQ(outcome.response.last_modified, "then");
  EXPECT_EQ(outcome.response.cache_control, "a, b");
  EXPECT_EQ(outcome.response.content_type, "text/plain");
  EXPECT_EQ(outcome.response.vary, "*");
  EXPECT_EQ(outcome.response.content_length, 5u);
  EXPECT_EQ(outcome.response.body_bytes, 5u);
  EXPECT_EQ(outcome.response.requests, 1u);
  EXPECT_EQ(outcome.response.detail, "");
}

TEST(HttpTransport, SendsTheHeadersThatEveryRequestNeeds) {
  ScriptedServer server({answer(200)});
  Client client;
  net::Request request = Client::request_for(server.url("/p%20q?r"));
  request.headers = {{"X-Mine", "yes"}};
  client.get(request);

  const SeenRequest seen = server.requests().at(0);
  EXPECT_THAT(seen.raw, ::testing::StartsWith("GET /p%20q?r HTTP/1.1\r\n"));
  EXPECT_EQ(seen.header("Host"), "127.0.0.1:" + std::to_string(server.port()));
  EXPECT_EQ(seen.header("Accept-Encoding"), "identity");
  EXPECT_EQ(seen.header("Connection"), "keep-alive");
  EXPECT_EQ(seen.header("User-Agent"), "larder/" LARDER_VERSION_STRING);
  EXPECT_EQ(seen.header("X-Mine"), "yes");
}

TEST(HttpTransport, AnswersBeforeItsFirstWriteWhenTheBodyIsEmpty) {
  ScriptedServer server({answer(200)});
  Client client;
  const auto sink = std::make_shared<NotingSink>();
  net::Request request = Client::request_for(server.url(), 0);
  EXPECT_FALSE(client.get(request, sink).error);
  EXPECT_EQ(sink->expect_calls, 1);
  EXPECT_EQ(sink->writes, 0);
}

TEST(HttpTransport, UsesOneConnectionForRequestsInARow) {
  ScriptedServer server([](const SeenRequest& r) { return answer(200, r.target); });
  Client client;
  for (int i = 0; i < 20; ++i) {
    const std::string target = "/" + std::to_string(i);
    EXPECT_EQ(client.get(server.url(target)).body, target);
  }
  EXPECT_EQ(server.connections(), 1u);
}

TEST(HttpTransport, KeepsTheConnectionOfAnErrorWithAShortBody) {
  ScriptedServer server({answer(404, "no such thing"), answer(503, "later"), answer(200, "x")});
  Client client;
  EXPECT_EQ(client.get(server.url()).error, errc::not_found);
  EXPECT_EQ(client.get(server.url()).error, errc::overloaded);
  EXPECT_FALSE(client.get(server.url()).error);
  EXPECT_EQ(server.connections(), 1u);
}

TEST(HttpTransport, DoesNotReuseAConnectionThatTheServerWillClose) {
  ScriptedServer server({answer(200, "x", {"Connection: close"}), answer(200, "y"),
                         Reply("HTTP/1.0 200 OK\r\n\r\nz").close(), answer(200, "x")});
  Client client;
  for (const char* body : {"x", "y", "z", "x"}) EXPECT_EQ(client.get(server.url()).body, body);
  EXPECT_EQ(server.connections(), 3u);
}

TEST(HttpTransport, DoesNotReuseAConnectionWithBytesBehindTheAnswer) {
  Reply reply = answer(200, "x");
  ScriptedServer server({Reply(reply.steps()[0].bytes + "HTTP/1.1 200 OK\r\n"), answer(200, "y")});
  Client client;
  EXPECT_EQ(client.get(server.url()).body, "x");
  EXPECT_EQ(client.get(server.url()).body, "y");
  EXPECT_EQ(server.connections(), 2u);
}

TEST(HttpTransport, RepeatsARequestOnceWhenAReusedConnectionWasDead) {
  for (const bool by_reset : {false, true}) {
    ScriptedServer server(
        {answer(200, "a"), by_reset ? Reply().reset() : Reply().close(), answer(200, "b")});
    Client client;
    EXPECT_EQ(client.get(server.url()).body, "a");
    const Outcome second = client.get(server.url());
    EXPECT_FALSE(second.error) << second.response.detail;
    EXPECT_EQ(second.body, "b");
    EXPECT_EQ(second.response.requests, 2u);
    EXPECT_EQ(server.connections(), 2u);
  }
}

TEST(HttpTransport, DoesNotRepeatOnAFreshConnection) {
  ScriptedServer server({answer(200, "a"), Reply().close(), Reply().close(), answer(200, "c")});
  Client client;
  EXPECT_EQ(client.get(server.url()).body, "a");
  const Outcome second = client.get(server.url());
  EXPECT_EQ(second.error, errc::unreachable);
  EXPECT_EQ(second.response.requests, 2u);
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST(HttpTransport, LetsGoOfAnIdleConnectionThatTheServerClosed) {
  Gate gate;
  ScriptedServer server({Reply(answer(200, "a")).wait_for(gate).close()});
  Client client;
  EXPECT_EQ(client.get(server.url()).body, "a");
  EXPECT_EQ(server.open_connections(), 1u);
  gate.open();
  EXPECT_TRUE(ScriptedServer::eventually([&] { return server.open_connections() == 0; }));
}

TEST(HttpTransport, ClosesAConnectionThatIsIdleForTooLong) {
  ScriptedServer server({answer(200, "a")});
  net::HttpOptions options;
  options.keep_idle = std::chrono::milliseconds(20);
  Client client(options);
  EXPECT_EQ(client.get(server.url()).body, "a");
  EXPECT_TRUE(ScriptedServer::eventually([&] { return server.open_connections() == 0; }));
}

TEST(HttpTransport, BoundsItsConnectionsAndServesWhoWaits) {
  ScriptedServer server([](const SeenRequest& r) { return answer(200, r.target); });
  net::HttpOptions options;
  options.connections_per_host = 4;
  Client client(options, 2);
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 64; ++i)
    running.push_back(client.start(Client::request_for(server.url("/" + std::to_string(i)))));
  for (int i = 0; i < 64; ++i)
    EXPECT_EQ(running[static_cast<std::size_t>(i)].get().body, "/" + std::to_string(i));
  EXPECT_LE(server.most_open_connections(), 4u);
  EXPECT_EQ(server.requests().size(), 64u);
}

TEST(HttpTransport, ServesWaitersInTheOrderTheyCame) {
  ScriptedServer server([](const SeenRequest& r) { return answer(200, r.target); });
  net::HttpOptions options;
  options.connections_per_host = 1;
  Client client(options);
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 10; ++i)
    running.push_back(client.start(Client::request_for(server.url("/" + std::to_string(i)))));
  for (auto& future : running) future.get();
  const auto seen = server.requests();
  ASSERT_EQ(seen.size(), 10u);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].target, "/" + std::to_string(i));
}

TEST(HttpTransport, ReadsChunkedBodiesAndIgnoresTheirTrailers) {
  ScriptedServer server({chunked_answer({"one ", "two ", std::string(100000, 'x')}),
                         Reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                               "3;ext=1\r\nabc\r\n0\r\nETag: no\r\n\r\n"),
                         answer(200, "again")});
  Client client;
  const auto sink = std::make_shared<NotingSink>();
  const Outcome first = client.get(Client::request_for(server.url()), sink);
  EXPECT_EQ(first.body, "one two " + std::string(100000, 'x'));
  EXPECT_EQ(sink->expected, std::nullopt);
  const Outcome second = client.get(server.url());
  EXPECT_EQ(second.body, "abc");
  EXPECT_EQ(second.response.etag, "");
  EXPECT_EQ(client.get(server.url()).body, "again");
  EXPECT_EQ(server.connections(), 1u);
}

TEST(HttpTransport, ReadsABodyThatEndsWithTheConnection) {
  const std::string body(200000, 'y');
  ScriptedServer server({Reply("HTTP/1.1 200 OK\r\n\r\n" + body).close()});
  Client client;
  const Outcome outcome = client.get(server.url());
  EXPECT_FALSE(outcome.error) << outcome.response.detail;
  EXPECT_EQ(outcome.body, body);
  EXPECT_EQ(outcome.response.content_length, std::nullopt);
}

TEST(HttpTransport, ReadsAnAnswerThatArrivesByteByByte) {
  ScriptedServer server({Reply().drip(answer(200, "slow").steps()[0].bytes),
                         Reply().drip(chunked_answer({"sl", "ow"}).steps()[0].bytes)});
  Client client;
  EXPECT_EQ(client.get(server.url()).body, "slow");
  EXPECT_EQ(client.get(server.url()).body, "slow");
}

TEST(HttpTransport, SkipsInterimAnswersUpToABound) {
  std::string interim;
  for (int i = 0; i < 3; ++i) interim += "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n";
  const std::string ok = answer(200, "real").steps()[0].bytes;
  ScriptedServer server([&](const SeenRequest& r) {
    if (r.target == "/few") return Reply(interim + ok);
    if (r.target == "/switch") return Reply("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n");
    return Reply(interim + interim + interim + interim + ok);
  });
  Client client;
  EXPECT_EQ(client.get(server.url("/few")).body, "real");
  EXPECT_EQ(client.get(server.url("/many")).error, errc::bad_response);
  EXPECT_EQ(client.get(server.url("/switch")).error, errc::bad_response);
}

TEST(HttpTransport, MapsEveryStatusToItsError) {
  ScriptedServer server([](const SeenRequest& r) {
    return answer(std::stoi(r.target.substr(1)), "nothing for the sink");
  });
  Client client;
  const std::pair<int, errc> cases[] = {
      {400, errc::http_status}, {401, errc::http_status},  {403, errc::http_status},
      {404, errc::not_found},   {410, errc::not_found},    {408, errc::overloaded},
      {425, errc::overloaded},  {429, errc::overloaded},   {500, errc::overloaded},
      {502, errc::overloaded},  {503, errc::overloaded},   {599, errc::overloaded},
      {201, errc::http_status}, {206, errc::bad_response}, {300, errc::http_status},
      {416, errc::http_status}, {305, errc::http_status},  {700, errc::http_status},
  };
  for (const auto& [status, expected] : cases) {
    const auto sink = std::make_shared<NotingSink>();
    const Outcome outcome =
        client.get(Client::request_for(server.url("/" + std::to_string(status))), sink);
    EXPECT_EQ(outcome.error, expected) << status;
    EXPECT_EQ(outcome.response.status, static_cast<unsigned>(status));
    EXPECT_EQ(sink->expect_calls + sink->writes, 0) << status;
    EXPECT_THAT(outcome.response.detail, HasSubstr("HTTP status " + std::to_string(status)));
    EXPECT_THAT(outcome.response.detail, HasSubstr("GET " + server.url()));
  }
}

TEST(HttpTransport, TakesNotModifiedOnlyForAnAnswerToACondition) {
  ScriptedServer server([](const SeenRequest&) {
    return Reply("HTTP/1.1 304 Not Modified\r\nETag: \"e\"\r\nContent-Length: 7\r\n\r\n");
  });
  Client client;
  for (const char* validator : {"If-None-Match", "if-modified-since"}) {
    net::Request request = Client::request_for(server.url());
    request.headers = {{validator, "\"e\""}};
    const auto sink = std::make_shared<NotingSink>();
    const Outcome outcome = client.get(request, sink);
    EXPECT_FALSE(outcome.error) << outcome.response.detail;
    EXPECT_EQ(outcome.response.status, 304u);
    EXPECT_EQ(outcome.response.etag, "\"e\"");
    EXPECT_EQ(sink->expect_calls + sink->writes, 0);
  }
  EXPECT_EQ(client.get(server.url()).error, errc::bad_response);
  EXPECT_EQ(server.connections(), 1u);
}

TEST(HttpTransport, GivesADocumentAsAWhole) {
  ScriptedServer server({answer(200, "text"), answer(404, "page"), answer(200, "too long")});
  Client client;
  auto [error, document] = net::get_document(client.transport(), Client::request_for(server.url()));
  EXPECT_FALSE(error);
  EXPECT_EQ(document.body, "text");
  std::tie(error, document) =
      net::get_document(client.transport(), Client::request_for(server.url()));
  EXPECT_EQ(error, errc::not_found);
  EXPECT_EQ(document.response.status, 404u);
  std::tie(error, document) =
      net::get_document(client.transport(), Client::request_for(server.url(), 3));
  EXPECT_EQ(error, errc::too_large);
  EXPECT_EQ(document.body, "");
}

}  // namespace
}  // namespace larder::test
