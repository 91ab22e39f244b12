#include "net/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include <larder/error.h>

namespace larder::net {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Url, IsReadIntoItsParts) {
  const auto url = parse_url("HTTPS://CDN.Example:8443/a/b%20c.png?v=1&w=%20#top");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "cdn.example");
  EXPECT_EQ(url->port, 8443);
  EXPECT_EQ(url->target, "/a/b%20c.png?v=1&w=%20");
  EXPECT_EQ(url->path(), "/a/b%20c.png");
  EXPECT_EQ(url->authority(), "cdn.example:8443");
  EXPECT_EQ(url->text(), "https://cdn.example:8443/a/b%20c.png?v=1&w=%20");
}

TEST(Url, HasDefaultsForPortAndPath) {
  EXPECT_EQ(parse_url("http://h")->text(), "http://h/");
  EXPECT_EQ(parse_url("http://h:80/")->text(), "http://h/");
  EXPECT_EQ(parse_url("http://h:/")->port, 80);
  EXPECT_EQ(parse_url("https://h")->port, 443);
  EXPECT_EQ(parse_url("http://h?q")->target, "/?q");
  EXPECT_EQ(parse_url("file:///a/b")->text(), "file:///a/b");
  EXPECT_EQ(parse_url("file://localhost/a")->text(), "file:///a");
}

TEST(Url, BracketsAnIpv6AddressInItsAuthorityOnly) {
  const auto url = parse_url("http://[::1]:8080/x");
  ASSERT_TRUE(url);
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->authority(), "[::1]:8080");
}

TEST(Url, IsRefusedWithASentenceThatQuotesIt) {
  const std::pair<const char*, const char*> cases[] = {
      {"", "malformed"},
      {"/a/b", "malformed"},
      {"http:///a", "no valid host name"},
      {"http://:80/a", "no valid host name"},
      {"http://ho%41st/", "no valid host name"},
      {"http://a b/", "malformed"},
      {"http://h/a b", "malformed"},
      {"http://h/a\r\nX: y", "malformed"},
      {"http://h/%zz", "malformed"},
      {"http://user:pass@h/", "user name"},
      {"http://h:0/", "valid port"},
      {"http://h:65536/", "valid port"},
      {"http://h:x/", "valid host name or port"},
      {"ftp://h/", "unknown scheme"},
      {"file://elsewhere/a", "another host"},
      {"http://[::1/", "malformed"},
      {"http://[v1.x]/", "no valid host name"},
  };
  for (const auto& [text, problem] : cases) {
    std::string why;
    const auto url = parse_url(text, &why);
    EXPECT_EQ(url.error(), errc::invalid_argument) << text;
    EXPECT_THAT(why, HasSubstr(problem)) << text;
    EXPECT_THAT(why, HasSubstr("'" + std::string(text) + "'"));
  }
}

TEST(Url, ResolvesReferencesAsRfc3986Does) {
  const auto base = parse_url("http://a/b/c/d;p?q");
  ASSERT_TRUE(base);
  const std::pair<const char*, const char*> cases[] = {
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g/"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y#s", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q"},
      {"", "http://a/b/c/d;p?q"},
      {"..", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../../../g", "http://a/g"},
      {"../../../..", "http://a/"},
      {"../../..?q", "http://a/?q"},
      {"https://x:1/y", "https://x:1/y"},
      {"a b\xc3\xa4.png", "http://a/b/c/a%20b%C3%A4.png"},
      {"100%", "http://a/b/c/100%25"},
  };
  for (const auto& [reference, expected] : cases) {
    const auto url = resolve_url(*base, reference);
    ASSERT_TRUE(url) << reference;
    EXPECT_EQ(url->text(), expected) << reference;
  }
}

TEST(Url, ResolvesNothingThatIsNotAUrl) {
  const auto base = parse_url("http://a/b");
  for (const char* reference : {"http://", "http://h:1:2/", "javascript:x", "x\r\nSet-Cookie: y",
                                "http://u@h/", "//h:99999/"})
    EXPECT_EQ(resolve_url(*base, reference).error(), errc::invalid_argument) << reference;
}

TEST(Url, KnowsItsOrigin) {
  const auto url = *parse_url("http://h/a");
  EXPECT_TRUE(url.same_origin(*parse_url("http://H:80/b")));
  EXPECT_FALSE(url.same_origin(*parse_url("https://h/a")));
  EXPECT_FALSE(url.same_origin(*parse_url("http://h:81/a")));
  EXPECT_FALSE(url.same_origin(*parse_url("http://g/a")));
}

TEST(PercentEncoding, EscapesWhatAPathCannotHold) {
  EXPECT_EQ(percent_encode_path("a/b-._~!$&'()*+,;=:@c"), "a/b-._~!$&'()*+,;=:@c");
  EXPECT_EQ(percent_encode_path("a b?c#d[e]\"<>\\^`{|}\x7f\n"),
            "a%20b%3Fc%23d%5Be%5D%22%3C%3E%5C%5E%60%7B%7C%7D%7F%0A");
  EXPECT_EQ(percent_encode_path("\xe4\xb8\xad.png"), "%E4%B8%AD.png");
}

TEST(PercentEncoding, KeepsEscapesOrEscapesThem) {
  EXPECT_EQ(percent_encode_path("a%20b%2fc"), "a%20b%2fc");
  EXPECT_EQ(percent_encode_path("100%"), "100%25");
  EXPECT_EQ(percent_encode_path("5%zz%4"), "5%25zz%254");
  EXPECT_EQ(percent_encode_path("a%20b", Percent::encode), "a%2520b");
}

TEST(PercentEncoding, IsUndoneExactly) {
  EXPECT_EQ(*percent_decode("a%20b%C3%a4+"), "a b\xc3\xa4+");
  for (const char* bad : {"%", "%1", "%zz", "a%00b"})
    EXPECT_EQ(percent_decode(bad).error(), errc::invalid_argument) << bad;
  std::string all;
  for (int c = 1; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_EQ(*percent_decode(percent_encode_path(all, Percent::encode)), all);
}

TEST(NormaliseBase, EndsInASlashWithoutQueryOrDots) {
  EXPECT_EQ(*normalise_base("http://h"), "http://h/");
  EXPECT_EQ(*normalise_base("https://H:443/game"), "https://h/game/");
  EXPECT_EQ(*normalise_base("http://h:8080/a/./b/../c/?v=1#x"), "http://h:8080/a/c/");
  EXPECT_EQ(*normalise_base("http://h/my game/"), "http://h/my%20game/");
  EXPECT_EQ(*normalise_base("file:///srv/game"), "file:///srv/game/");
  EXPECT_EQ(*normalise_base("file:///srv/a%20b/../c%25d"), "file:///srv/c%25d/");
}

TEST(NormaliseBase, TakesADirectoryAsItIs) {
  EXPECT_EQ(*normalise_base("/srv/100% real?/x/.."), "file:///srv/100%25%20real%3F/");
  const auto relative = normalise_base("some/dir");
  ASSERT_TRUE(relative);
  EXPECT_EQ(*relative, "file://" +
                           percent_encode_path(std::filesystem::current_path().generic_string()) +
                           "/some/dir/");
}

TEST(NormaliseBase, RefusesWhatNoTransportCanAsk) {
  for (const char* bad : {"", "ftp://h/", "http://", "http://u:p@h/", "file://elsewhere/x",
                          "file:///a%00b", "http://h:99999/"}) {
    std::string why;
    EXPECT_EQ(normalise_base(bad, &why).error(), errc::invalid_argument) << bad;
    EXPECT_THAT(why, StartsWith("the ")) << bad;
  }
}

}  // namespace
}  // namespace larder::net
