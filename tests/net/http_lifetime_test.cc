// Every exchange ends exactly once, whoever wants it to end.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <stop_token>

#include <larder/error.h>

#include "net/client.h"
#include "support/scripted_server.h"

namespace larder::test {
namespace {

using std::chrono::milliseconds;

std::future<Outcome> start(Client& client, const std::string& url, const std::stop_source& stop) {
  net::Request request = Client::request_for(url);
  request.stop = stop.get_token();
  return client.start(std::move(request));
}

TEST(StopToken, EndsAnExchangeThatWaitsForAnAnswer) {
  const std::string text = answer(200, "body").steps()[0].bytes;
  for (const std::size_t sent : {std::size_t{0}, std::size_t{5}, text.size() - 1}) {
    ScriptedServer server({Reply(text.substr(0, sent)).stall()});
    Client client;
    std::stop_source stop;
    auto running = start(client, server.url(), stop);
    ASSERT_TRUE(ScriptedServer::eventually([&] { return server.requests().size() == 1; }));
    stop.request_stop();
    EXPECT_EQ(running.get().error, errc::cancelled);
    EXPECT_TRUE(ScriptedServer::eventually([&] { return server.open_connections() == 0; }));
  }
}

TEST(StopToken, EndsAnExchangeThatWasAlreadyUnwantedWhenItBegan) {
  ScriptedServer server({answer(200)});
  Client client;
  std::stop_source stop;
  stop.request_stop();
  EXPECT_EQ(start(client, server.url(), stop).get().error, errc::cancelled);
}

TEST(StopToken, EndsAnExchangeInALookUp) {
  Client client;
  std::stop_source stop;
  auto running = start(client, "http://no-such-host.invalid/", stop);
  stop.request_stop();
  const std::error_code error = running.get().error;
  EXPECT_TRUE(error == errc::cancelled || error == errc::unreachable) << error.message();
}

TEST(StopToken, EndsAnExchangeInATlsHandshake) {
  ScriptedServerOptions options;
  options.on_accept.stall();
  ScriptedServer server(std::vector<Reply>{}, options);
  Client client;
  std::stop_source stop;
  auto running = start(client, "https://127.0.0.1:" + std::to_string(server.port()), stop);
  ASSERT_TRUE(ScriptedServer::eventually([&] { return server.connections() == 1; }));
  stop.request_stop();
  EXPECT_EQ(running.get().error, errc::cancelled);
}

TEST(StopToken, EndsAnExchangeInTheLineAndLeavesThePlaceToTheNext) {
  Gate gate;
  ScriptedServer server([&](const SeenRequest& r) {
    return r.number == 0 ? Reply().wait_for(gate).send(answer(200, "first").steps()[0].bytes)
                         : answer(200, r.target);
  });
  net::HttpOptions options;
  options.connections_per_host = 1;
  Client client(options);
  auto first = client.start(Client::request_for(server.url("/1")));
  std::stop_source stop;
  auto second = start(client, server.url("/2"), stop);
  auto third = client.start(Client::request_for(server.url("/3")));
  stop.request_stop();
  EXPECT_EQ(second.get().error, errc::cancelled);
  gate.open();
  EXPECT_EQ(first.get().body, "first");
  EXPECT_EQ(third.get().body, "/3");
  EXPECT_EQ(server.requests().size(), 2u);
}

TEST(StopToken, EndsOnlyItsOwnExchangesInAnyRace) {
  ScriptedServer server([](const SeenRequest& r) { return answer(200, r.target); });
  net::HttpOptions options;
  options.connections_per_host = 3;
  Client client(options, 2);
  std::minstd_rand random(42);
  for (int round = 0; round < 20; ++round) {
    std::stop_source stop;
    std::vector<std::future<Outcome>> wanted, unwanted;
    for (int i = 0; i < 10; ++i) {
      wanted.push_back(client.start(Client::request_for(server.url("/w"))));
      unwanted.push_back(start(client, server.url("/u"), stop));
    }
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 2000));
    stop.request_stop();
    for (auto& future : wanted) EXPECT_EQ(future.get().body, "/w");
    for (auto& future : unwanted) {
      const Outcome outcome = future.get();
      EXPECT_TRUE(!outcome.error || outcome.error == errc::cancelled) << outcome.error.message();
    }
  }
  EXPECT_LE(server.most_open_connections(), 3u + 3u);  // closing may overlap with opening
}

TEST(HttpTransportEnd, EndsAllExchangesBeforeItReturns) {
  ScriptedServer server([](const SeenRequest& r) {
    return r.number % 2 ? Reply("HTTP/1.1 200 OK\r\n\r\nstart").stall() : Reply().stall();
  });
  for (const unsigned threads : {1u, 3u}) {
    Client client({}, threads);
    std::atomic<int> ended{0}, cancelled{0};
    constexpr int kExchanges = 200;
    for (int i = 0; i < kExchanges; ++i) {
      client.transport().get(Client::request_for(server.url()), std::make_shared<NotingSink>(),
                             [&](std::error_code error, net::Response) {
                               ++ended;
                               cancelled += error == errc::cancelled;
                             });
    }
    ASSERT_TRUE(ScriptedServer::eventually([&] { return server.open_connections() == 16; }));
    client.destroy_transport();
    EXPECT_EQ(ended, kExchanges);
    EXPECT_EQ(cancelled, kExchanges);
    EXPECT_TRUE(ScriptedServer::eventually([&] { return server.open_connections() == 0; }));
  }
}

TEST(HttpTransportEnd, AlsoEndsWhatACallbackBegins) {
  ScriptedServer server([](const SeenRequest&) { return Reply().stall(); });
  Client client;
  std::atomic<int> ended{0};
  net::Transport& transport = client.transport();
  transport.get(Client::request_for(server.url()), std::make_shared<NotingSink>(),
                [&](std::error_code, net::Response) {
                  transport.get(Client::request_for(server.url()), std::make_shared<NotingSink>(),
                                [&](std::error_code error, net::Response) {
                                  EXPECT_EQ(error, errc::cancelled);
                                  ++ended;
                                });
                  ++ended;
                });
  client.destroy_transport();
  EXPECT_EQ(ended, 2);
}

TEST(HttpTransportEnd, LetsGoOfTheSinkBeforeItCallsBack) {
  ScriptedServer server({answer(200, "x")});
  Client client;
  auto sink = std::make_shared<NotingSink>();
  std::promise<long> holders;
  client.transport().get(
      Client::request_for(server.url()), sink,
      [&](std::error_code, net::Response) { holders.set_value(sink.use_count()); });
  EXPECT_EQ(holders.get_future().get(), 1);
}

TEST(HttpTransportEnd, CallsBackEvenIfTheContextIsDestroyedUnrun) {
  ScriptedServer server([](const SeenRequest&) { return Reply().stall(); });
  std::atomic<int> cancelled{0};
  const auto count = [&](std::error_code error, net::Response) {
    cancelled += error == errc::cancelled;
  };
  {
    auto io = std::make_unique<boost::asio::io_context>();
    auto transport = net::make_transport(*io, {});
    ASSERT_TRUE(transport);
    for (int i = 0; i < 20; ++i)
      (*transport)->get(Client::request_for(server.url()), std::make_shared<NotingSink>(), count);
    (*transport)->get(Client::request_for("file:///x"), std::make_shared<NotingSink>(), count);
    EXPECT_TRUE(ScriptedServer::eventually([&] {  // some wait for an answer, some in the line
      io->run_for(milliseconds(1));
      return server.requests().size() == 16;
    }));
    (*transport)->get(Client::request_for(server.url()), std::make_shared<NotingSink>(), count);
    io->stop();
    transport->reset();
    EXPECT_LT(cancelled, 21);
  }
  EXPECT_EQ(cancelled, 21);
}

TEST(HttpTransportEnd, IsSafeInACallback) {
  ScriptedServer server([](const SeenRequest&) { return answer(200, "x"); });
  Client client;
  std::promise<void> destroyed;
  client.transport().get(Client::request_for(server.url()), std::make_shared<NotingSink>(),
                         [&](std::error_code error, net::Response) {
                           EXPECT_FALSE(error);
                           client.destroy_transport();
                           destroyed.set_value();
                         });
  destroyed.get_future().wait();
}

}  // namespace
}  // namespace larder::test
