// Whom a transport trusts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include <larder/error.h>

#include "net/client.h"
#include "support/scripted_server.h"
#include "support/test_certificates.h"

namespace larder::test {
namespace {

using ::testing::HasSubstr;

class Tls : public ::testing::Test {
 protected:
  ScriptedServerOptions served(const CertificateWish& wish = {}) {
    const CertificateFiles files = certificates.issue(wish);
    return {files.certificate, files.key, {}};
  }
  net::HttpOptions trusting() const {
    net::HttpOptions options;
    options.ca_file = certificates.ca_file();
    return options;
  }

  TestCertificates certificates;
};

TEST_F(Tls, AcceptsAServerThatProvesItsName) {
  ScriptedServer server([](const SeenRequest&) { return answer(200, "secret"); }, served());
  Client client(trusting());
  for (const char* host : {"localhost", "127.0.0.1"}) {
    for (int i = 0; i < 3; ++i) {
      const Outcome outcome = client.get(server.url("/x", host));
      EXPECT_FALSE(outcome.error) << outcome.response.detail;
      EXPECT_EQ(outcome.body, "secret");
    }
  }
  EXPECT_EQ(server.connections(), 2u);
}

TEST_F(Tls, CarriesLargeBodiesOfEveryFraming) {
  const std::string body(3'000'000, 'x');
  ScriptedServer server({answer(200, body), chunked_answer({body, "y"}),
                         Reply("HTTP/1.1 200 OK\r\n\r\n" + body).close()},
                        served());
  Client client(trusting());
  const auto request = Client::request_for(server.url(), 4'000'000);
  EXPECT_EQ(client.get(request).body, body);
  EXPECT_EQ(client.get(request).body, body + "y");
  EXPECT_EQ(client.get(request).body, body);
}

TEST_F(Tls, TakesACutStreamForAnInterruption) {
  ScriptedServer server({Reply("HTTP/1.1 200 OK\r\n\r\nhalf").reset()}, served());
  Client client(trusting());
  EXPECT_EQ(client.get(server.url()).error, condition::retryable);
}

TEST_F(Tls, RepeatsARequestOnAConnectionThatWasDead) {
  ScriptedServer server({answer(200, "a"), Reply().reset(), answer(200, "b")}, served());
  Client client(trusting());
  EXPECT_EQ(client.get(server.url()).body, "a");
  EXPECT_EQ(client.get(server.url()).body, "b");
}

TEST_F(Tls, RefusesAServerThatProvesNothing) {
  CertificateWish self_signed;
  self_signed.self_signed = true;
  CertificateWish expired;
  expired.valid_from = std::chrono::hours(-48);
  expired.valid_until = std::chrono::hours(-24);
  CertificateWish future;
  future.valid_from = std::chrono::hours(24);
  future.valid_until = std::chrono::hours(48);
  CertificateWish other_name;
  other_name.host_names = {"example.com", "*.localhost"};
  other_name.addresses = {"127.0.0.2"};
  const std::pair<CertificateWish, const char*> cases[] = {
      {self_signed, "self-signed"},
      {expired, "expired"},
      {future, "not yet valid"},
      {other_name, "mismatch"},
  };
  for (const auto& [wish, reason] : cases) {
    ScriptedServer server({answer(200, "not for us")}, served(wish));
    Client client(trusting());
    for (const char* host : {"localhost", "127.0.0.1"}) {
      const Outcome outcome = client.get(server.url("/x", host));
      EXPECT_EQ(outcome.error, errc::bad_certificate) << reason << outcome.response.detail;
      EXPECT_EQ(outcome.error, condition::untrusted);
      EXPECT_THAT(outcome.response.detail, HasSubstr("certificate of " + std::string(host)));
      EXPECT_THAT(outcome.response.detail, HasSubstr(reason));
    }
    EXPECT_TRUE(server.requests().empty());
  }
}

TEST_F(Tls, DoesNotTrustAnUnknownAuthority) {
  ScriptedServer server({answer(200, "not for us")}, served());
  Client client;
  const Outcome outcome = client.get(server.url());
  EXPECT_EQ(outcome.error, errc::bad_certificate);
  EXPECT_TRUE(server.requests().empty());

  TestCertificates others;
  net::HttpOptions options;
  options.ca_file = others.ca_file();
  Client misled(options);
  EXPECT_EQ(misled.get(server.url()).error, errc::bad_certificate);
}

TEST_F(Tls, NeverFallsBackToPlainHttp) {
  ScriptedServerOptions options;
  options.on_accept = answer(400, "speak http to this port");
  ScriptedServer plain({answer(200, "plain")}, options);
  Client client(trusting());
  const Outcome outcome = client.get("https://127.0.0.1:" + std::to_string(plain.port()) + "/");
  EXPECT_EQ(outcome.error, errc::unreachable);
  EXPECT_THAT(outcome.response.detail, HasSubstr("TLS handshake with 127.0.0.1 failed"));
  EXPECT_EQ(outcome.body, "");
  EXPECT_TRUE(plain.requests().empty());
}

TEST_F(Tls, LimitsTheTimeOfAHandshake) {
  ScriptedServerOptions options;
  options.on_accept.stall();
  ScriptedServer server(std::vector<Reply>{}, options);
  net::HttpOptions http = trusting();
  http.connect_timeout = std::chrono::milliseconds(50);
  Client client(http);
  const Outcome outcome = client.get("https://127.0.0.1:" + std::to_string(server.port()) + "/");
  EXPECT_EQ(outcome.error, errc::timed_out);
  EXPECT_THAT(outcome.response.detail, HasSubstr("while connecting"));
}

TEST_F(Tls, NeedsAFileOfCertificatesThatCanBeUsed) {
  TempDirectory directory;
  const std::string junk = directory / "junk.pem";
  std::ofstream(junk) << "this is no certificate\n";
  for (const std::string& file : {junk, directory / "absent.pem"}) {
    net::HttpOptions options;
    options.ca_file = file;
    Client client(options);
    EXPECT_FALSE(client.has_transport());
    EXPECT_THAT(client.problem, HasSubstr(file));
  }
}

TEST_F(Tls, AcceptsAPinnedKeyAnywhereInTheChain) {
  const CertificateFiles files = certificates.issue();
  ScriptedServer server([](const SeenRequest&) { return answer(200, "x"); },
                        {files.certificate, files.key, {}});
  const std::string other = pin_of(certificates.issue().certificate);
  const std::string leaf = pin_of(files.certificate);
  const std::string authority = pin_of(certificates.ca_file());
  const std::string one_slash = "sha256/" + leaf.substr(8);
  const std::vector<std::string> cases[] = {{leaf}, {authority}, {other, leaf}, {one_slash}};
  for (const auto& pins : cases) {
    net::HttpOptions options = trusting();
    options.pins = pins;
    Client client(options);
    const Outcome outcome = client.get(server.url("/", "localhost"));
    EXPECT_FALSE(outcome.error) << pins.front() << outcome.response.detail;
  }
}

TEST_F(Tls, RefusesAServerWithoutAPinnedKey) {
  ScriptedServer server({answer(200, "not for us")}, served());
  net::HttpOptions options = trusting();
  options.pins = {pin_of(certificates.issue().certificate)};
  Client client(options);
  const Outcome outcome = client.get(server.url("/", "localhost"));
  EXPECT_EQ(outcome.error, errc::not_pinned);
  EXPECT_EQ(outcome.error, condition::untrusted);
  EXPECT_THAT(outcome.response.detail, HasSubstr("public keys of localhost is pinned"));
  EXPECT_TRUE(server.requests().empty());
}

TEST_F(Tls, APinnedKeyReplacesNoOtherProof) {
  CertificateWish other_name;
  other_name.host_names = {"example.com"};
  const CertificateFiles files = certificates.issue(other_name);
  ScriptedServer server({answer(200, "not for us")}, {files.certificate, files.key, {}});
  net::HttpOptions options = trusting();
  options.pins = {pin_of(files.certificate)};
  Client client(options);
  EXPECT_EQ(client.get(server.url("/", "localhost")).error, errc::bad_certificate);
  options.ca_file.clear();
  Client stranger(options);
  EXPECT_EQ(stranger.get(server.url("/", "localhost")).error, errc::bad_certificate);
}

TEST_F(Tls, NeedsPinsThatAreDigests) {
  const std::string good = pin_of(certificates.ca_file());
  for (const std::string& pin :
       {std::string(), std::string("sha256//"), "sha1//" + good.substr(8), good.substr(8),
        good + "=", good.substr(0, good.size() - 1), "sha256//" + std::string(44, '='),
        "sha256//" + std::string(42, 'A') + "==", "sha256//" + std::string(43, '*') + "="}) {
    net::HttpOptions options = trusting();
    options.pins = {good, pin};
    Client client(options);
    EXPECT_FALSE(client.has_transport()) << pin;
    EXPECT_THAT(client.problem, HasSubstr("the pinned key '" + pin + "'"));
  }
}

}  // namespace
}  // namespace larder::test
