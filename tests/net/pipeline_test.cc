// Several requests under way on one connection.
#include <gtest/gtest.h>

#include <larder/error.h>

#include "net/client.h"
#include "support/scripted_server.h"

namespace larder::test {
namespace {

using std::chrono::milliseconds;

/// One connection, and a server that has behaved so well that requests are sent in a row on it.
class Pipeline : public ::testing::Test {
 protected:
  using Handler = ScriptedServer::Handler;

  /// `script` answers what is not "/warm".
  void serve(Handler script, net::HttpOptions options = one_connection()) {
    server.emplace([script = std::move(script)](const SeenRequest& r) {
      return r.target == "/warm" ? answer(200, "warm") : script(r);
    });
    client.emplace(options);
    for (int i = 0; i < 64; ++i) ASSERT_EQ(client->get(server->url("/warm")).body, "warm");
  }
  static net::HttpOptions one_connection() {
    net::HttpOptions options;
    options.connections_per_host = 1;
    return options;
  }
  std::future<Outcome> start(const std::string& target, std::stop_token stop = {}) {
    net::Request request = Client::request_for(server->url(target), 2u << 20);
    request.stop = std::move(stop);
    return client->start(std::move(request));
  }
  /// Whether requests are still sent before the one ahead of them is answered.
  bool is_pipelining() {
    const std::size_t before = server->requests().size();
    auto first = start("/late");
    auto second = start("/late");
    EXPECT_EQ(first.get().body, "late");
    EXPECT_EQ(second.get().body, "late");
    return server->requests().at(before + 1).early;
  }
  static Reply late() {
    return Reply().drip(answer(200, "late").steps()[0].bytes, 8, milliseconds(4));
  }

  std::optional<ScriptedServer> server;
  std::optional<Client> client;
};

TEST_F(Pipeline, SendsRequestsBehindOneThatIsNotAnswered) {
  serve([](const SeenRequest& r) {
    const std::string text = answer(200, r.target).steps()[0].bytes;
    // The last one cannot wait for another.
    return r.target == "/15" ? Reply(text) : Reply().wait_for_next().send(text);
  });
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 16; ++i) running.push_back(start("/" + std::to_string(i)));
  for (int i = 0; i < 16; ++i) {
    const Outcome outcome = running[static_cast<std::size_t>(i)].get();
    EXPECT_EQ(outcome.body, "/" + std::to_string(i)) << outcome.response.detail;
    EXPECT_EQ(outcome.response.requests, 1u);
  }
  EXPECT_EQ(server->connections(), 1u);
}

TEST_F(Pipeline, TakesAnswersThatArriveTogether) {
  const std::string both = answer(200, "a").steps()[0].bytes + answer(200, "b").steps()[0].bytes;
  serve([&](const SeenRequest& r) {
    return r.target == "/a" ? Reply().wait_for_next().send(both) : Reply();
  });
  auto first = start("/a");
  auto second = start("/b");
  EXPECT_EQ(first.get().body, "a");
  EXPECT_EQ(second.get().body, "b");
  EXPECT_EQ(server->connections(), 1u);
}

TEST_F(Pipeline, IsNotUsedIfOptionsForbidIt) {
  net::HttpOptions options = one_connection();
  options.pipeline_depth = 1;
  serve([](const SeenRequest&) { return late(); }, options);
  EXPECT_FALSE(is_pipelining());
}

TEST_F(Pipeline, FallsBackAtEverySurpriseAndSendsAgainWhatWasBehindIt) {
  const std::string ok = answer(200, "odd").steps()[0].bytes;
  const std::pair<Reply, errc> surprises[] = {
      {Reply().wait_for_next().send(ok).close(), errc{}},
      {Reply().wait_for_next().send(ok).reset(), errc{}},
      {Reply().wait_for_next().send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nodd").close(),
       errc::interrupted},
      {Reply().wait_for_next().send("HTTP/1.1 200 OK\r\n\r\nodd").close(), errc{}},
      {Reply().wait_for_next().send("HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\nodd").close(),
       errc{}},
      {Reply()
           .wait_for_next()
           .send(answer(200, "odd", {"Connection: close"}).steps()[0].bytes)
           .close(),
       errc{}},
      {Reply().wait_for_next().send("nonsense\r\n\r\n"), errc::bad_response},
  };
  for (const auto& [reply, expected] : surprises) {
    serve([&, odd = reply](const SeenRequest& r) {
      return r.target == "/odd" ? odd : r.target == "/late" ? late() : answer(200, r.target);
    });
    auto odd = start("/odd");
    std::vector<std::future<Outcome>> behind;
    for (const char* target : {"/1", "/2", "/3"}) behind.push_back(start(target));
    const Outcome outcome = odd.get();
    // A reset may overtake the answer before it.
    const bool is_reset = reply.steps().back().kind == Reply::Step::Kind::reset;
    if (expected != errc{}) {
      EXPECT_EQ(outcome.error, expected) << outcome.response.detail;
    } else if (!is_reset) {
      EXPECT_EQ(outcome.body, "odd") << outcome.response.detail;
    }
    for (std::size_t i = 0; i < behind.size(); ++i) {
      const Outcome other = behind[i].get();
      EXPECT_EQ(other.body, "/" + std::to_string(i + 1)) << other.response.detail;
    }
    EXPECT_FALSE(is_pipelining()) << reply.steps()[1].bytes;
  }
}

TEST_F(Pipeline, IsNotBegunWithAServerThatSpeaksHttp10) {
  ScriptedServer old([](const SeenRequest&) {
    return Reply().drip("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
                        40, milliseconds(1));
  });
  Client one(one_connection());
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 50; ++i) running.push_back(one.start(Client::request_for(old.url())));
  for (auto& future : running) EXPECT_EQ(future.get().body, "x");
  for (const SeenRequest& request : old.requests()) EXPECT_FALSE(request.early);
}

TEST_F(Pipeline, CountsWhatIsSentAgain) {
  serve([](const SeenRequest& r) {
    return r.target == "/odd" ? Reply().wait_for_next().send("HTTP/1.1 200 OK\r\n\r\nx").close()
                              : answer(200, r.target);
  });
  auto odd = start("/odd");
  auto behind = start("/1");
  EXPECT_EQ(odd.get().response.requests, 1u);
  EXPECT_EQ(behind.get().response.requests, 2u);
}

TEST_F(Pipeline, GoesOnWhenOneInTheMiddleIsCancelled) {
  Gate arrived, gate;
  serve([&](const SeenRequest& r) {
    const std::string text = answer(200, r.target + std::string(20000, 'x')).steps()[0].bytes;
    return r.target == "/1" ? Reply().wait_for_next().tell(arrived).wait_for(gate).send(text)
                            : Reply(text);
  });
  std::stop_source stop;
  auto first = start("/1");
  auto second = start("/2", stop.get_token());
  auto third = start("/3");
  ASSERT_TRUE(ScriptedServer::eventually([&] { return arrived.is_open(); }));
  stop.request_stop();
  EXPECT_EQ(second.get().error, errc::cancelled);
  gate.open();
  EXPECT_EQ(first.get().body.substr(0, 2), "/1");
  EXPECT_EQ(third.get().body.substr(0, 2), "/3");
  EXPECT_EQ(server->connections(), 1u);
}

TEST_F(Pipeline, GoesOnWhenTheOneInFrontIsCancelled) {
  const std::string text = answer(200, std::string(20000, 'x')).steps()[0].bytes;
  for (const std::size_t sent : {std::size_t{0}, std::size_t{7}, std::size_t{10000}}) {
    Gate arrived, gate;
    serve([&](const SeenRequest& r) {
      if (r.target != "/1") return answer(200, r.target);
      Reply reply;
      if (sent > 0) reply.send(text.substr(0, sent));
      return reply.wait_for_next().tell(arrived).wait_for(gate).send(text.substr(sent));
    });
    std::stop_source stop;
    auto first = start("/1", stop.get_token());
    auto second = start("/2");
    ASSERT_TRUE(ScriptedServer::eventually([&] { return arrived.is_open(); }));
    stop.request_stop();
    EXPECT_EQ(first.get().error, errc::cancelled);
    gate.open();
    EXPECT_EQ(second.get().body, "/2");
    EXPECT_EQ(server->connections(), 1u);
  }
}

TEST_F(Pipeline, EndsTheConnectionWhenTooMuchWouldHaveToBeReadForOthers) {
  Gate arrived;
  serve([&](const SeenRequest& r) {
    if (r.target != "/1") return answer(200, r.target);
    return Reply("HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\nbegin")
        .wait_for_next()
        .tell(arrived)
        .stall();
  });
  std::stop_source stop;
  auto first = start("/1", stop.get_token());
  auto second = start("/2");
  ASSERT_TRUE(ScriptedServer::eventually([&] { return arrived.is_open(); }));
  stop.request_stop();
  EXPECT_EQ(first.get().error, errc::cancelled);
  EXPECT_EQ(second.get().body, "/2");
  EXPECT_EQ(server->connections(), 2u);
}

TEST_F(Pipeline, LetsNobodyWaitBehindALongAnswer) {
  Gate gate, other;
  net::HttpOptions options;
  options.connections_per_host = 2;
  const std::string body(1u << 20, 'x');
  const std::string text = answer(200, body).steps()[0].bytes;
  serve(
      [&](const SeenRequest& r) {
        if (r.target == "/long")
          return Reply()
              .wait_for_next()
              .send(text.substr(0, 1000))
              .wait_for(gate)
              .send(text.substr(1000));
        if (r.target == "/other") return Reply().wait_for(other).send(text);
        return answer(200, r.target);
      },
      options);
  auto first = start("/long");
  auto second = start("/other");
  auto third = start("/short");
  other.open();
  EXPECT_EQ(third.get().body, "/short");
  gate.open();
  EXPECT_EQ(first.get().body, body);
  EXPECT_EQ(second.get().body, body);
}

TEST_F(Pipeline, EndsWithTheTransport) {
  serve([](const SeenRequest&) { return Reply().stall(); });
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 40; ++i) running.push_back(start("/x"));
  ASSERT_TRUE(ScriptedServer::eventually([&] { return server->requests().size() > 64; }));
  client->destroy_transport();
  for (auto& future : running) EXPECT_EQ(future.get().error, errc::cancelled);
  EXPECT_TRUE(ScriptedServer::eventually([&] { return server->open_connections() == 0; }));
}

}  // namespace
}  // namespace larder::test
