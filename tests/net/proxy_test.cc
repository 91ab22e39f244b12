// Which proxy is used for what.
#include "net/proxy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace larder::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using Environment = std::map<std::string, std::string>;

ProxyRules of(const Environment& environment) {
  std::string why;
  auto rules = ProxyRules::make(
      "",
      [&](const char* name) {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
      },
      &why);
  EXPECT_TRUE(rules) << why;
  return *rules;
}

Result<ProxyRules> given(const std::string& option, std::string* why = nullptr) {
  return ProxyRules::make(
      option, [](const char*) { return std::optional<std::string>("http://not-asked/"); }, why);
}

/// "direct", or the proxy's name.
std::string way_to(const std::string& url, const ProxyRules& rules) {
  const Proxy* const proxy = rules.proxy_for(*parse_url(url));
  return proxy ? proxy->name() : "direct";
}

TEST(Proxy, OfTheOptionsIsForEverything) {
  const auto rules = given("http://proxy.example:3128");
  ASSERT_TRUE(rules);
  for (const char* url : {"http://a/", "https://a/", "http://127.0.0.1/"})
    EXPECT_EQ(way_to(url, *rules), "proxy.example:3128") << url;
  EXPECT_EQ(way_to("https://a/", *given("none")), "direct");
}

TEST(Proxy, IsReadAsPeopleWriteIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"proxy", "proxy:80"},
      {"PROXY:8080", "proxy:8080"},
      {"HTTP://proxy:8080/", "proxy:8080"},
      {"http://proxy:8080/?x#y", "proxy:8080"},
      {"http://[::1]:3128", "[::1]:3128"},
      {"http://user@proxy:1", "proxy:1"},
  };
  for (const auto& [text, name] : cases) {
    const auto rules = given(text);
    ASSERT_TRUE(rules) << text;
    EXPECT_EQ(way_to("http://a/", *rules), name) << text;
  }
}

TEST(Proxy, HasItsCredentialsDecoded) {
  const auto authorization = [](const std::string& option) {
    return given(option)->proxy_for(*parse_url("http://a/"))->authorization;
  };
  EXPECT_EQ(authorization("http://proxy:1"), "");
  EXPECT_EQ(authorization("http://user:pass@proxy:1"), "Basic dXNlcjpwYXNz");
  EXPECT_EQ(authorization("http://us%65r:p%40ss%3a@proxy:1"), "Basic dXNlcjpwQHNzOg==");
  EXPECT_EQ(authorization("http://user:p@ss:@proxy:1"), "Basic dXNlcjpwQHNzOg==");
  EXPECT_EQ(authorization("user@proxy"), "Basic dXNlcjo=");
}

TEST(Proxy, ThatIsNoneIsRefusedWithoutShowingItsPassword) {
  for (const char* text :
       {"https://user:secret@proxy:1", "socks5://user:secret@proxy:1", "http://user:secret@proxy:0",
        "http://user:secret@", "http://user:secret/x@proxy:1", "http://user:secret%zz@proxy:1",
        "http://user:secret@a b", "http://secret proxy", "http://"}) {
    std::string why;
    EXPECT_EQ(given(text, &why).error(), errc::invalid_argument) << text;
    EXPECT_THAT(why, HasSubstr("the proxy of the options ")) << text;
    EXPECT_THAT(why, Not(HasSubstr("secret"))) << text;
  }
}

TEST(Proxy, OfTheEnvironmentIsForItsScheme) {
  const ProxyRules rules = of({{"http_proxy", "http://h:1"}, {"https_proxy", "http://s:2"}});
  EXPECT_EQ(way_to("http://a/", rules), "h:1");
  EXPECT_EQ(way_to("https://a/", rules), "s:2");
  EXPECT_EQ(way_to("https://a/", of({{"http_proxy", "http://h:1"}})), "direct");
  EXPECT_EQ(way_to("http://a/", of({})), "direct");
}

TEST(Proxy, OfTheEnvironmentHasLowerCaseFirst) {
  EXPECT_EQ(way_to("https://a/", of({{"https_proxy", "l:1"}, {"HTTPS_PROXY", "u:2"}})), "l:1");
  EXPECT_EQ(way_to("https://a/", of({{"HTTPS_PROXY", "u:2"}, {"all_proxy", "l:1"}})), "u:2");
  EXPECT_EQ(way_to("https://a/", of({{"all_proxy", "l:1"}, {"ALL_PROXY", "u:2"}})), "l:1");
  EXPECT_EQ(way_to("http://a/", of({{"ALL_PROXY", "u:2"}})), "u:2");
  EXPECT_EQ(way_to("http://a/", of({{"HTTP_PROXY", "u:2"}})), "direct")
      << "it may be a header of somebody's request";
  EXPECT_EQ(way_to("http://a/", of({{"http_proxy", ""}, {"all_proxy", "l:1"}})), "direct")
      << "set to nothing means none";
}

TEST(Proxy, OfTheEnvironmentThatCannotBeUsedIsToldOfByWhoNeedsIt) {
  const ProxyRules rules = of({{"http_proxy", "socks5://u:secret@h:1"}, {"https_proxy", "s:2"}});
  EXPECT_EQ(way_to("https://a/", rules), "s:2");
  const Proxy* const proxy = rules.proxy_for(*parse_url("http://a/"));
  ASSERT_NE(proxy, nullptr);
  EXPECT_THAT(proxy->problem, HasSubstr("http_proxy"));
  EXPECT_THAT(proxy->problem, Not(HasSubstr("secret")));
}

TEST(Proxy, OfTheEnvironmentIsNotForThisMachine) {
  const ProxyRules rules = of({{"all_proxy", "p:1"}});
  for (const char* url : {"http://localhost/", "http://a.localhost/", "http://127.0.0.1:81/",
                          "http://127.9.9.9/", "https://[::1]/"})
    EXPECT_EQ(way_to(url, rules), "direct") << url;
  EXPECT_EQ(way_to("http://localhost.example/", rules), "p:1");
}

TEST(NoProxy, NamesWhomToAskDirectly) {
  struct Case {
    const char* no_proxy;
    const char* url;
    bool direct;
  };
  const Case cases[] = {
      {"*", "http://a/", true},
      {"example.com", "http://example.com/", true},
      {"example.com", "http://EXAMPLE.com/", true},
      {"Example.COM", "http://cdn.example.com/", true},
      {".example.com", "http://cdn.example.com/", true},
      {".example.com", "http://example.com/", true},
      {"*.example.com", "http://cdn.example.com/", true},
      {"example.com", "http://notexample.com/", false},
      {"cdn.example.com", "http://example.com/", false},
      {"a, b c\td,", "http://c/", true},
      {"a, b c\td,", "http://d/", true},
      {"a,,b", "http://e/", false},
      {"", "http://e/", false},
      {":80,[,[]:80,.", "http://e/", false},
      {"example.com:8080", "http://example.com:8080/", true},
      {"example.com:8080", "http://example.com/", false},
      {"example.com:443", "https://example.com/", true},
      {"10.1.2.3", "http://10.1.2.3/", true},
      {"2.3", "http://10.1.2.3/", false},
      {"10.1.2.3:81", "http://10.1.2.3:81/", true},
      {"10.0.0.0/8", "http://10.1.2.3/", true},
      {"10.0.0.0/8", "http://11.1.2.3/", false},
      {"10.1.2.3/8", "http://10.9.9.9/", true},
      {"10.0.0.0/88,x/y", "http://10.1.2.3/", false},
      {"fd00::1", "http://[fd00::1]/", true},
      {"[fd00::1]", "http://[fd00::1]/", true},
      {"[fd00::1]:81", "http://[fd00::1]:81/", true},
      {"[fd00::1]:81", "http://[fd00::1]/", false},
      {"fd00::/8", "http://[fd12::1]/", true},
      {"fd00::/8", "http://10.1.2.3/", false},
      {"10.0.0.0/8", "http://[fd12::1]/", false},
  };
  for (const Case& c : cases)
    EXPECT_EQ(way_to(c.url, of({{"all_proxy", "p:1"}, {"no_proxy", c.no_proxy}})),
              c.direct ? "direct" : "p:1")
        << c.no_proxy << " " << c.url;
  EXPECT_EQ(way_to("http://a/", of({{"all_proxy", "p:1"}, {"NO_PROXY", "a"}})), "direct");
  EXPECT_EQ(way_to("http://a/", of({{"all_proxy", "p:1"}, {"no_proxy", ""}, {"NO_PROXY", "a"}})),
            "p:1");
}

}  // namespace
}  // namespace larder::net
