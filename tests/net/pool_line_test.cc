// Who goes first when connections are scarce.
#include <gtest/gtest.h>

#include <algorithm>

#include "net/client.h"
#include "support/scripted_server.h"

namespace larder::test {
namespace {

net::Request request_for(const ScriptedServer& server, const std::string& target,
                         Priority priority) {
  net::Request request = Client::request_for(server.url(target));
  request.urgency = std::make_shared<Urgency>(priority);
  return request;
}

net::HttpOptions with_connections(unsigned connections) {
  net::HttpOptions options;
  options.connections_per_host = connections;
  return options;
}

/// Has the server earn it that requests are sent in a row, 16 of them. They have numbers up to 63.
void warm_up(Client& client, const ScriptedServer& server) {
  for (int i = 0; i < 64; ++i) ASSERT_EQ(client.get(server.url("/warm")).body, "/warm");
}

/// The server's answer has the target as its body; that to a held one waits for the gate.
ScriptedServer::Handler hold(const std::string& held, Gate gate) {
  return [held, gate](const SeenRequest& r) {
    const std::string text = answer(200, r.target).steps()[0].bytes;
    return r.target == held ? Reply().wait_for(gate).send(text) : Reply(text);
  };
}

std::vector<std::string> targets_after_warm_up(const ScriptedServer& server) {
  std::vector<std::string> targets;
  for (const SeenRequest& request : server.requests())
    if (request.target != "/warm") targets.push_back(request.target);
  return targets;
}

TEST(PoolLine, IsInTheOrderOfPriorities) {
  Gate gate;
  ScriptedServer server(hold("/first", gate));
  Client client(with_connections(1));
  std::vector<std::future<Outcome>> running;
  running.push_back(client.start(request_for(server, "/first", Priority::normal)));
  ASSERT_TRUE(ScriptedServer::eventually([&] { return server.requests().size() == 1; }));
  for (const Priority priority : {Priority::low, Priority::normal, Priority::high, Priority::low,
                                  Priority::high, Priority::normal})
    running.push_back(client.start(
        request_for(server, "/" + std::to_string(static_cast<int>(priority)), priority)));
  gate.open();
  for (auto& future : running) EXPECT_FALSE(future.get().error);
  EXPECT_EQ(targets_after_warm_up(server),
            (std::vector<std::string>{"/first", "/2", "/2", "/1", "/1", "/0", "/0"}));
}

TEST(PoolLine, KeepsConnectionsFreeOfTheBackground) {
  Gate gate;
  ScriptedServer server(hold("/back", gate));
  Client client(with_connections(4));
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 20; ++i)
    running.push_back(client.start(request_for(server, "/back", Priority::low)));
  ASSERT_TRUE(ScriptedServer::eventually([&] { return server.requests().size() == 3; }));
  EXPECT_EQ(client.get(request_for(server, "/front", Priority::normal)).body, "/front");
  EXPECT_EQ(server.requests().size(), 4u);
  gate.open();
  for (auto& future : running) EXPECT_EQ(future.get().body, "/back");
  EXPECT_LE(server.most_open_connections(), 4u);
}

TEST(PoolLine, GoesToAConnectionWithoutTheBackgroundIfThereIsOne) {
  Gate gate;
  ScriptedServer server(hold("/0", gate));
  Client client(with_connections(4));
  warm_up(client, server);
  std::vector<std::future<Outcome>> running;
  running.push_back(client.start(request_for(server, "/0", Priority::low)));
  // Two more connections of the background, and in a row what is left.
  for (int i = 1; i < 40; ++i)
    running.push_back(client.start(request_for(server, "/0", Priority::low)));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(client.get(request_for(server, "/now", Priority::normal)).body, "/now");
  gate.open();
  for (auto& future : running) EXPECT_EQ(future.get().body, "/0");
}

TEST(PoolLine, LetsAReadOvertakeTheBackgroundInsideAConnection) {
  Gate gate;
  ScriptedServer server(hold("/0", gate));
  Client client(with_connections(1));
  warm_up(client, server);
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 40; ++i)
    running.push_back(client.start(request_for(server, "/" + std::to_string(i), Priority::low)));
  auto now = client.start(request_for(server, "/now", Priority::normal));
  gate.open();
  EXPECT_EQ(now.get().body, "/now");
  for (auto& future : running) EXPECT_EQ(future.get().response.requests, 1u);
  const auto targets = targets_after_warm_up(server);
  ASSERT_EQ(targets.size(), 41u);
  EXPECT_EQ(targets[7], "/7") << "half of what the server would get otherwise is sent in a row";
  EXPECT_EQ(targets[8], "/now");
  EXPECT_EQ(targets[9], "/8");
  EXPECT_EQ(server.connections(), 1u);
}

/// How many of 60 requests in the background are sent before the first is answered, on as many
/// connections.
int sent_in_the_background(Client& client, const ScriptedServer& server, std::size_t connections) {
  const std::size_t before = server.requests().size();
  std::stop_source stop;
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 60; ++i) {
    net::Request request = request_for(server, "/held", Priority::low);
    request.stop = stop.get_token();
    running.push_back(client.start(std::move(request)));
  }
  EXPECT_TRUE(
      ScriptedServer::eventually([&] { return server.requests().size() == before + connections; }));
  stop.request_stop();
  int sent = 0;
  for (auto& future : running) sent += static_cast<int>(future.get().response.requests);
  return sent;
}

TEST(PoolLine, SendsAsManyInARowInTheBackgroundAsElsewhereWhileThereAreNoOthers) {
  Gate gate;
  ScriptedServer server(hold("/held", gate));
  Client client(with_connections(4));
  warm_up(client, server);
  EXPECT_EQ(sent_in_the_background(client, server, 3), 3 * 16);
  gate.open();
}

TEST(PoolLine, SendsHalfAsManyInARowInTheBackgroundWhileThereAreOthers) {
  Gate gate;
  ScriptedServer server(hold("/held", gate));
  Client client(with_connections(4));
  warm_up(client, server);
  auto read = client.start(request_for(server, "/held", Priority::normal));
  ASSERT_TRUE(ScriptedServer::eventually([&] { return server.requests().size() == 65; }));
  EXPECT_EQ(sent_in_the_background(client, server, 2), 2 * 8);
  gate.open();
  EXPECT_EQ(read.get().body, "/held");
}

TEST(PoolLine, MovesUpWhoIsInAGreaterHurryNow) {
  Gate gate;
  ScriptedServer server(hold("/0", gate));
  Client client(with_connections(1));
  warm_up(client, server);
  std::vector<std::future<Outcome>> running;
  std::vector<std::shared_ptr<Urgency>> urgencies;
  for (int i = 0; i < 40; ++i) {
    net::Request request = request_for(server, "/" + std::to_string(i), Priority::low);
    urgencies.push_back(request.urgency);
    running.push_back(client.start(std::move(request)));
  }
  // Those which are sent stay where they are.
  for (const std::size_t i : {3u, 30u, 20u}) urgencies[i]->raise(Priority::normal);
  urgencies[39]->raise(Priority::high);
  auto last = client.start(request_for(server, "/last", Priority::low));
  gate.open();
  for (auto& future : running) EXPECT_FALSE(future.get().error);
  EXPECT_EQ(last.get().body, "/last");
  auto targets = targets_after_warm_up(server);
  std::sort(targets.begin() + 8, targets.begin() + 11);  // all three are sent at once
  std::vector<std::string> expected;
  for (const int i : {0, 1, 2, 3, 4, 5, 6, 7, 20, 30, 39})
    expected.push_back("/" + std::to_string(i));
  for (int i = 8; i < 39; ++i)
    if (i != 20 && i != 30) expected.push_back("/" + std::to_string(i));
  expected.emplace_back("/last");
  EXPECT_EQ(targets, expected);
}

TEST(PoolLine, SortsWhoMovesUpWhileNothingCanBeSent) {
  Gate gate;
  ScriptedServer server(hold("/0", gate));
  net::HttpOptions options = with_connections(1);
  options.pipeline_depth = 1;
  Client client(options);
  std::vector<std::future<Outcome>> running;
  std::vector<std::shared_ptr<Urgency>> urgencies;
  for (int i = 0; i < 6; ++i) {
    net::Request request = request_for(server, "/" + std::to_string(i), Priority::low);
    urgencies.push_back(request.urgency);
    running.push_back(client.start(std::move(request)));
  }
  ASSERT_TRUE(ScriptedServer::eventually([&] { return server.requests().size() == 1; }));
  urgencies[4]->raise(Priority::normal);
  urgencies[2]->raise(Priority::normal);
  urgencies[5]->raise(Priority::high);
  gate.open();
  for (auto& future : running) EXPECT_FALSE(future.get().error);
  EXPECT_EQ(targets_after_warm_up(server),
            (std::vector<std::string>{"/0", "/5", "/2", "/4", "/1", "/3"}));
}

class PausingSink final : public NotingSink {
 public:
  [[nodiscard]] std::chrono::milliseconds pause() noexcept override {
    return std::chrono::hours(1);
  }
};

TEST(PoolLine, DoesNotWaitForABackgroundThatPauses) {
  const std::string text = answer(200, std::string(100'000, 'x')).steps()[0].bytes;
  Gate gate;
  ScriptedServer server([&](const SeenRequest& r) {
    if (r.target != "/back") return answer(200, r.target);
    return Reply(text.substr(0, 1000)).wait_for(gate).send(text.substr(1000));
  });
  Client client(with_connections(1));
  warm_up(client, server);
  auto sink = std::make_shared<PausingSink>();
  auto back = client.start(request_for(server, "/back", Priority::low), sink);
  auto now = client.start(request_for(server, "/now", Priority::normal));
  gate.open();
  EXPECT_EQ(now.get().body, "/now");
  EXPECT_EQ(back.get().body.size(), 100'000u);
}

}  // namespace
}  // namespace larder::test
