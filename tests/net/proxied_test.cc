// Requests by way of an HTTP proxy.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <map>

#include <larder/error.h>

#include "net/client.h"
#include "support/scripted_server.h"
#include "support/test_certificates.h"

namespace larder::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

std::string address_of(std::uint16_t port) {
  return "127.0.0.1:" + std::to_string(port);
}

net::HttpOptions by(const std::string& proxy) {
  net::HttpOptions options;
  std::string why;
  auto rules = net::ProxyRules::make(
      proxy, [](const char*) { return std::optional<std::string>(); }, &why);
  EXPECT_TRUE(rules) << why;
  options.proxies = *std::move(rules);
  return options;
}
net::HttpOptions by(const ScriptedServer& proxy) {
  return by("http://user:secret@" + address_of(proxy.port()));
}

constexpr const char* kCredentials = "Basic dXNlcjpzZWNyZXQ=";  // user:secret

TEST(Proxied, HttpAsksForTheWholeUrl) {
  ScriptedServer proxy([](const SeenRequest& r) { return answer(200, r.target); });
  Client client(by(proxy));
  for (int i = 0; i < 2; ++i) {
    const Outcome outcome = client.get("http://no-such-host.invalid:81/a?b");
    EXPECT_FALSE(outcome.error) << outcome.response.detail;
    EXPECT_EQ(outcome.body, "http://no-such-host.invalid:81/a?b");
  }
  EXPECT_EQ(proxy.connections(), 1u);
  EXPECT_EQ(proxy.requests()[0].header("Host"), "no-such-host.invalid:81");
  EXPECT_EQ(proxy.requests()[0].header("Proxy-Authorization"), kCredentials);
}

TEST(Proxied, HttpSendsNoCredentialsWhereThereAreNone) {
  ScriptedServer proxy({answer(200)});
  Client client(by(address_of(proxy.port())));
  EXPECT_FALSE(client.get("http://a/").error);
  EXPECT_THAT(proxy.requests()[0].raw, Not(HasSubstr("Authorization")));
}

TEST(Proxied, RedirectsAreFollowedByWayOfIt) {
  ScriptedServer proxy([](const SeenRequest& r) {
    return r.target == "http://a.invalid/" ? redirect_to("http://b.invalid/x") : answer(200, "b");
  });
  net::HttpOptions options = by(proxy);
  options.redirects = Redirects::same_scheme;
  Client client(options);
  EXPECT_EQ(client.get("http://a.invalid/").body, "b");
  ASSERT_EQ(proxy.requests().size(), 2u);
  EXPECT_EQ(proxy.requests()[1].target, "http://b.invalid/x");
  EXPECT_EQ(proxy.requests()[1].header("Proxy-Authorization"), kCredentials);
}

TEST(Proxied, RequestsGoInARowOnceTheServerHasProvedItself) {
  ScriptedServer proxy([](const SeenRequest&) { return answer(200, "x"); });
  net::HttpOptions options = by(proxy);
  options.connections_per_host = 1;
  Client client(options);
  const auto burst = [&](int count) {
    std::vector<std::future<Outcome>> running;
    for (int i = 0; i < count; ++i)
      running.push_back(client.start(Client::request_for("http://a/")));
    for (auto& one : running) EXPECT_FALSE(one.get().error);
  };
  burst(2);
  for (const SeenRequest& request : proxy.requests()) EXPECT_FALSE(request.early);
  const auto was_early = [&] {
    const auto all = proxy.requests();
    return std::any_of(all.begin(), all.end(), [](const auto& request) { return request.early; });
  };
  for (int i = 0; i < 50 && !was_early(); ++i) burst(50);
  EXPECT_TRUE(was_early());
}

TEST(Proxied, ConnectionsAreNotTakenForDirectOnes) {
  ScriptedServer server([](const SeenRequest& r) { return answer(200, r.target); });
  const std::string here = address_of(server.port());
  // The proxy itself is asked for something, as a server and as a proxy for itself.
  std::map<std::string, std::string> environment = {{"http_proxy", here}};
  const auto variable = [&](const char* name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  net::HttpOptions options;
  options.proxies = *net::ProxyRules::make("", variable, nullptr);
  Client client(options);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(client.get("http://" + here + "/direct").body, "/direct");
    EXPECT_EQ(client.get("http://a.invalid/").body, "http://a.invalid/");
  }
  EXPECT_EQ(server.connections(), 2u);
}

TEST(Proxied, ErrorsNameTheProxyAndNotItsPassword) {
  struct Case {
    int status;
    errc error;
  };
  for (const auto& [status, error] : {Case{407, errc::proxy_refused}, Case{403, errc::http_status},
                                      Case{502, errc::overloaded}}) {
    ScriptedServer proxy({answer(status)});
    Client client(by(proxy));
    const Outcome outcome = client.get("http://a.invalid/");
    EXPECT_EQ(outcome.error, error) << status;
    EXPECT_THAT(outcome.response.detail, HasSubstr("the proxy " + address_of(proxy.port())));
    EXPECT_THAT(outcome.response.detail, HasSubstr(std::to_string(status)));
    EXPECT_THAT(outcome.response.detail, Not(HasSubstr("secret")));
  }
}

TEST(Proxied, ThatIsNotThereIsAnErrorOfItsOwn) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor closed(io, {boost::asio::ip::address_v4::loopback(), 0});
  const std::string nobody = address_of(closed.local_endpoint().port());
  closed.close();
  for (const char* scheme : {"http", "https"}) {
    Client client(by("http://user:secret@" + nobody));
    const Outcome outcome = client.get(std::string(scheme) + "://a.invalid/");
    EXPECT_EQ(outcome.error, errc::proxy_unreachable);
    EXPECT_EQ(outcome.error, condition::retryable);
    EXPECT_THAT(outcome.response.detail, HasSubstr("cannot connect to the proxy " + nobody));
  }
  Client lost(by("http://no-such-proxy.invalid"));
  const Outcome outcome = lost.get("http://a.invalid/");
  EXPECT_EQ(outcome.error, errc::proxy_unreachable);
  EXPECT_THAT(outcome.response.detail, HasSubstr("of the proxy no-such-proxy.invalid cannot be"));
}

TEST(Proxied, OfTheEnvironmentThatCannotBeUsedIsToldOf) {
  net::HttpOptions options;
  options.proxies = *net::ProxyRules::make(
      "", [](const char*) { return std::optional<std::string>("socks5://u:secret@p"); }, nullptr);
  Client client(options);
  const Outcome outcome = client.get("http://a.invalid/");
  EXPECT_EQ(outcome.error, errc::invalid_argument);
  EXPECT_THAT(outcome.response.detail, HasSubstr("the environment's http_proxy"));
  EXPECT_THAT(outcome.response.detail, Not(HasSubstr("secret")));
}

/// A TLS server, and a proxy that leads to it, whatever name it is asked for.
class Tunnelled : public ::testing::Test {
 protected:
  Tunnelled() {
    const CertificateFiles files = certificates.issue();
    server.emplace([](const SeenRequest& r) { return answer(200, r.target + r.header("Host")); },
                   ScriptedServerOptions{files.certificate, files.key, {}});
  }
  Reply lead_on(const std::string& answer = "HTTP/1.1 200 Connection established\r\n\r\n") {
    return Reply(answer).relay_to(server->port());
  }
  net::HttpOptions options(const ScriptedServer& proxy) {
    net::HttpOptions options = by(proxy);
    options.ca_file = certificates.ca_file();
    return options;
  }

  TestCertificates certificates;
  std::optional<ScriptedServer> server;
};

TEST_F(Tunnelled, HttpsIsBetweenUsAndTheServer) {
  ScriptedServer proxy([&](const SeenRequest&) { return lead_on(); });
  Client client(options(proxy));
  for (int i = 0; i < 3; ++i) {
    const Outcome outcome = client.get("https://localhost:444/x");
    EXPECT_FALSE(outcome.error) << outcome.response.detail;
    EXPECT_EQ(outcome.body, "/xlocalhost:444");
  }
  ASSERT_EQ(proxy.requests().size(), 1u) << "the tunnel is kept as other connections are";
  EXPECT_THAT(proxy.requests()[0].raw, StartsWith("CONNECT localhost:444 HTTP/1.1\r\n"));
  EXPECT_EQ(proxy.requests()[0].header("Host"), "localhost:444");
  EXPECT_EQ(proxy.requests()[0].header("Proxy-Authorization"), kCredentials);
  EXPECT_THAT(proxy.requests()[0].header("User-Agent"), StartsWith("larder/"));
  ASSERT_EQ(server->requests().size(), 3u);
  EXPECT_THAT(server->requests()[0].raw, Not(HasSubstr("Proxy")));
}

TEST_F(Tunnelled, AnyAnswerThatLeadsOnWillDo) {
  for (const char* text :
       {"HTTP/1.0 200 OK\r\n\r\n", "HTTP/1.1 204 x\r\nVia: y\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Wait\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"}) {
    ScriptedServer proxy([&](const SeenRequest&) { return lead_on(text); });
    Client client(options(proxy));
    const Outcome outcome = client.get("https://localhost/x");
    EXPECT_EQ(outcome.body, "/xlocalhost") << text << outcome.response.detail;
  }
}

TEST_F(Tunnelled, TheServersCertificateMattersNotTheProxys) {
  ScriptedServer proxy([&](const SeenRequest&) { return lead_on(); });
  Client client(options(proxy));
  const Outcome outcome = client.get("https://elsewhere.example/x");
  EXPECT_EQ(outcome.error, errc::bad_certificate);
  EXPECT_THAT(outcome.response.detail, HasSubstr("certificate of elsewhere.example"));
  EXPECT_TRUE(server->requests().empty());
}

TEST_F(Tunnelled, ARefusalIsAClearError) {
  struct Case {
    Reply reply;
    errc error;
    const char* says;
  };
  const Case cases[] = {
      {answer(407, "page"), errc::proxy_refused,
       "refuses the user name or password (HTTP status 407)"},
      {answer(403), errc::proxy_refused, "refuses to lead to localhost:443 (HTTP status 403)"},
      {answer(302), errc::proxy_refused, "refuses to lead to localhost:443 (HTTP status 302)"},
      {answer(429), errc::overloaded, "asks to come back later"},
      {answer(502), errc::unreachable, "cannot reach localhost:443 (HTTP status 502)"},
      {Reply().close(), errc::proxy_unreachable, "was lost before it led on"},
      {Reply("HTTP/1.1 200").reset(), errc::proxy_unreachable, "was lost before it led on"},
      {Reply("no http\r\n\r\n"), errc::bad_response, "the proxy: the answer is not valid HTTP"},
      {Reply("HTTP/1.1 200 OK\r\n\r\nx").stall(), errc::bad_response, "nobody asked for"},
      {Reply("HTTP/1.1 200 OK\r\nX: " + std::string(1u << 20, 'x')), errc::bad_response,
       "the proxy"},
  };
  for (const Case& c : cases) {
    ScriptedServer proxy([&](const SeenRequest&) { return c.reply; });
    Client client(options(proxy));
    const Outcome outcome = client.get("https://localhost/x");
    EXPECT_EQ(outcome.error, c.error) << c.says;
    EXPECT_THAT(outcome.response.detail, HasSubstr(c.says));
    EXPECT_THAT(outcome.response.detail, HasSubstr("the proxy"));
    EXPECT_THAT(outcome.response.detail, Not(HasSubstr("secret")));
  }
  EXPECT_EQ(server->connections(), 0u);
}

TEST_F(Tunnelled, AProxyThatWantsCredentialsIsSaidToDoSo) {
  ScriptedServer proxy({answer(407)});
  net::HttpOptions without = by(address_of(proxy.port()));
  Client client(without);
  const Outcome outcome = client.get("https://localhost/x");
  EXPECT_EQ(outcome.error, errc::proxy_refused);
  EXPECT_THAT(outcome.response.detail, HasSubstr("wants a user name and a password"));
}

TEST_F(Tunnelled, ASilentProxyCostsTheTimeOfAConnectionOnly) {
  ScriptedServer proxy([](const SeenRequest&) { return Reply().stall(); });
  net::HttpOptions impatient = options(proxy);
  impatient.connect_timeout = std::chrono::milliseconds(50);
  Client client(impatient);
  EXPECT_EQ(client.get("https://localhost/x").error, errc::timed_out);
}

TEST_F(Tunnelled, ARequestThatIsCancelledMeanwhileEnds) {
  Gate asked;
  ScriptedServer proxy([&](const SeenRequest&) { return Reply().tell(asked).stall(); });
  Client client(options(proxy));
  std::stop_source stop;
  net::Request request = Client::request_for("https://localhost/x");
  request.stop = stop.get_token();
  auto running = client.start(request);
  ASSERT_TRUE(ScriptedServer::eventually([&] { return asked.is_open(); }));
  stop.request_stop();
  EXPECT_EQ(running.get().error, errc::cancelled);
  EXPECT_TRUE(ScriptedServer::eventually([&] { return proxy.open_connections() == 0; }));
}

}  // namespace
}  // namespace larder::test
