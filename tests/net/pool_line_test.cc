// Who goes first when connections are scarce.
#include <gtest/gtest.h>

#include "net/client.h"
#include "support/scripted_server.h"

namespace larder::test {
namespace {

net::Request request_for(const ScriptedServer& server, const std::string& target, int priority) {
  net::Request request = Client::request_for(server.url(target));
  request.priority = priority;
  return request;
}

TEST(PoolLine, IsInTheOrderOfPriorities) {
  Gate gate;
  ScriptedServer server([&](const SeenRequest& r) {
    return r.number == 0 ? Reply().wait_for(gate).send(answer(200).steps()[0].bytes) : answer(200);
  });
  net::HttpOptions options;
  options.connections_per_host = 1;
  Client client(options);
  std::vector<std::future<Outcome>> running;
  running.push_back(client.start(request_for(server, "/first", 0)));
  ASSERT_TRUE(ScriptedServer::eventually([&] { return server.requests().size() == 1; }));
  for (const int priority : {-1, 0, 1, -1, 1, 0})
    running.push_back(client.start(request_for(server, "/" + std::to_string(priority), priority)));
  gate.open();
  for (auto& future : running) EXPECT_FALSE(future.get().error);
  std::vector<std::string> order;
  for (const SeenRequest& request : server.requests()) order.push_back(request.target);
  EXPECT_EQ(order, (std::vector<std::string>{"/first", "/1", "/1", "/0", "/0", "/-1", "/-1"}));
}

TEST(PoolLine, KeepsConnectionsFreeOfTheBackground) {
  Gate gate;
  ScriptedServer server([&](const SeenRequest& r) {
    const std::string text = answer(200, r.target).steps()[0].bytes;
    return r.target == "/back" ? Reply().wait_for(gate).send(text) : Reply(text);
  });
  net::HttpOptions options;
  options.connections_per_host = 4;
  Client client(options);
  std::vector<std::future<Outcome>> running;
  for (int i = 0; i < 20; ++i) running.push_back(client.start(request_for(server, "/back", -1)));
  ASSERT_TRUE(ScriptedServer::eventually([&] { return server.requests().size() == 3; }));
  EXPECT_EQ(client.get(request_for(server, "/front", 0)).body, "/front");
  EXPECT_EQ(server.requests().size(), 4u);
  gate.open();
  for (auto& future : running) EXPECT_EQ(future.get().body, "/back");
  EXPECT_LE(server.most_open_connections(), 4u);
}

}  // namespace
}  // namespace larder::test
