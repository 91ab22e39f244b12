// Where a transport lets itself be sent.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <larder/error.h>

#include "net/client.h"
#include "support/scripted_server.h"
#include "support/test_certificates.h"

namespace larder::test {
namespace {

using ::testing::HasSubstr;

net::HttpOptions with(Redirects redirects) {
  net::HttpOptions options;
  options.redirects = redirects;
  return options;
}

TEST(Redirect, IsFollowedOnTheSameOriginForEveryStatus) {
  ScriptedServer server([](const SeenRequest& r) {
    if (r.target == "/dir/end?x=1") return answer(200, "here");
    return redirect_to("end?x=1", std::stoi(r.target.substr(r.target.rfind('/') + 1)));
  });
  Client client(with(Redirects::same_origin));
  for (const char* status : {"301", "302", "303", "307", "308"}) {
    const Outcome outcome = client.get(server.url("/dir/" + std::string(status)));
    EXPECT_FALSE(outcome.error) << outcome.response.detail;
    EXPECT_EQ(outcome.body, "here");
    EXPECT_EQ(outcome.response.url, server.url("/dir/end?x=1"));
    EXPECT_EQ(outcome.response.status, 200u);
    EXPECT_EQ(outcome.response.requests, 2u);
  }
  EXPECT_EQ(server.connections(), 1u);
}

TEST(Redirect, IsNotFollowedWherePolicySaysSo) {
  ScriptedServer server({redirect_to("/there")});
  Client client(with(Redirects::refuse));
  const Outcome outcome = client.get(server.url("/here"));
  EXPECT_EQ(outcome.error, errc::refused_redirect);
  EXPECT_EQ(outcome.error, condition::untrusted);
  EXPECT_EQ(outcome.response.status, 302u);
  EXPECT_THAT(outcome.response.detail, HasSubstr(server.url("/there")));
  EXPECT_EQ(server.requests().size(), 1u);
}

TEST(Redirect, ToAnotherHostNeedsAPermissivePolicy) {
  ScriptedServer far({answer(200, "far")});
  ScriptedServer near([&](const SeenRequest&) { return redirect_to(far.url("/x")); });
  Client strict(with(Redirects::same_origin));
  EXPECT_EQ(strict.get(near.url()).error, errc::refused_redirect);
  EXPECT_EQ(far.connections(), 0u);

  Client open(with(Redirects::same_scheme));
  EXPECT_EQ(open.get(near.url()).body, "far");
}

TEST(Redirect, DoesNotCarryCredentialsToAnotherOrigin) {
  ScriptedServer far({answer(200, "far")});
  ScriptedServer near({redirect_to("/again"), redirect_to(far.url("/x"))});
  Client client(with(Redirects::same_scheme));
  net::Request request = Client::request_for(near.url());
  request.headers = {{"Authorization", "secret"}, {"Cookie", "secret"}, {"X-Other", "kept"}};
  EXPECT_FALSE(client.get(request).error);
  EXPECT_EQ(near.requests().at(1).header("Authorization"), "secret");
  const SeenRequest seen = far.requests().at(0);
  EXPECT_EQ(seen.header("Authorization"), "");
  EXPECT_EQ(seen.header("Cookie"), "");
  EXPECT_EQ(seen.header("X-Other"), "kept");
}

TEST(Redirect, NeverLeavesHttps) {
  TestCertificates certificates;
  const CertificateFiles files = certificates.issue();
  ScriptedServer plain({answer(200, "plain")});
  ScriptedServer tls([&](const SeenRequest&) { return redirect_to(plain.url("/x")); },
                     {files.certificate, files.key, {}});
  net::HttpOptions options = with(Redirects::same_scheme);
  options.ca_file = certificates.ca_file();
  Client client(options);
  const Outcome outcome = client.get(tls.url());
  EXPECT_EQ(outcome.error, errc::refused_redirect);
  EXPECT_THAT(outcome.response.detail, HasSubstr("leaves https"));
  EXPECT_EQ(plain.connections(), 0u);
}

TEST(Redirect, MayEnterHttps) {
  TestCertificates certificates;
  const CertificateFiles files = certificates.issue();
  ScriptedServer tls({answer(200, "safe")}, {files.certificate, files.key, {}});
  ScriptedServer plain([&](const SeenRequest&) { return redirect_to(tls.url("/x")); });
  net::HttpOptions options = with(Redirects::same_scheme);
  options.ca_file = certificates.ca_file();
  Client client(options);
  EXPECT_EQ(client.get(plain.url()).body, "safe");
}

TEST(Redirect, NeverReachesAFile) {
  ScriptedServer server([](const SeenRequest& r) { return redirect_to(r.target.substr(1)); });
  Client client(with(Redirects::same_scheme));
  for (const char* target : {"file:///etc/hostname", "FILE:///etc/hostname"}) {
    const Outcome outcome = client.get(server.url("/" + std::string(target)));
    EXPECT_EQ(outcome.error, errc::refused_redirect) << outcome.response.detail;
    EXPECT_EQ(outcome.body, "");
  }
}

TEST(Redirect, LoopEnds) {
  ScriptedServer server([](const SeenRequest&) { return redirect_to("/round"); });
  Client client;
  const Outcome outcome = client.get(server.url());
  EXPECT_EQ(outcome.error, errc::refused_redirect);
  EXPECT_EQ(outcome.response.requests, 6u);
  EXPECT_THAT(outcome.response.detail, HasSubstr("redirected to " + server.url("/round")));
  EXPECT_THAT(outcome.response.detail, HasSubstr("more than 5 redirects"));
}

TEST(Redirect, ThatLeadsNowhereIsABadResponse) {
  ScriptedServer server({answer(302), redirect_to("http://"), redirect_to("gopher://x/"),
                         redirect_to("http://user:pw@h/")});
  Client client(with(Redirects::same_scheme));
  for (int i = 0; i < 4; ++i) EXPECT_EQ(client.get(server.url()).error, errc::bad_response);
}

TEST(Redirect, CannotSmuggleHeadersIntoTheNextRequest) {
  ScriptedServer server(
      {redirect_to("/a\tb c\x01X-Evil: 1"), redirect_to("/a b?c=\xc3\xa4"), answer(200, "ok")});
  Client client;
  EXPECT_EQ(client.get(server.url()).error, errc::bad_response);
  EXPECT_EQ(client.get(server.url()).body, "ok");
  EXPECT_EQ(server.requests().at(2).target, "/a%20b?c=%C3%A4");
}

TEST(Redirect, WithALongPageCostsTheConnectionOnly) {
  ScriptedServer server(
      {answer(302, std::string(200000, 'p'), {"Location: /x"}), answer(200, "ok")});
  Client client;
  EXPECT_EQ(client.get(server.url()).body, "ok");
  EXPECT_EQ(server.connections(), 2u);
}

}  // namespace
}  // namespace larder::test
