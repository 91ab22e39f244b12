#include "trust/head.h"

#include <gtest/gtest.h>

#include "documents.h"

namespace larder::trust {
namespace {

Head full_head() {
  Head head = some_head();
  head.root_version = 3;
  head.pack = ObjectRef{digest_of(9), 777};
  head.previous = {{6, {digest_of(4), 1200, 2}, ObjectRef{digest_of(5), 55}},
                   {5, {digest_of(6), 1100, 1}, {}}};
  head.message =
      "Gr\xc3\xbc\xc3\x9f"
      "e, \"all\" of you";
  head.rollout = 25;
  head.min_app = "1.10";
  return head;
}

std::string replaced(std::string text, std::string_view what, std::string_view by) {
  const auto at = text.find(what);
  EXPECT_NE(at, std::string::npos) << what;
  return at == std::string::npos ? text : text.replace(at, what.size(), by);
}

TEST(Head, ReadsWhatItWrites) {
  for (const Head& head : {some_head(), full_head()}) {
    std::string why;
    const auto again = Head::parse(head.serialise(), &why);
    ASSERT_TRUE(again) << why << head.serialise();
    EXPECT_EQ(*again, head);
  }
}

TEST(Head, NeedNotExpire) {
  Head head = some_head();
  head.expires.reset();
  EXPECT_EQ(*Head::parse(head.serialise(), nullptr), head);
}

TEST(Head, RefusesWhatIsOutOfBounds) {
  const std::string good = full_head().serialise();
  ASSERT_TRUE(Head::parse(good, nullptr));
  const std::pair<std::string_view, std::string_view> changes[] = {
      {"larder-head", "larder-root"},
      {"\"format\":1", "\"format\":2"},
      {"\"version\":7", "\"version\":0"},
      {"\"version\":7", "\"version\":-7"},
      {"\"version\":7", "\"version\":9007199254740992"},
      {"\"version\":7", "\"version\":7,\"version\":7"},
      {"\"channel\":\"stable\"", "\"channel\":\"../stable\""},
      {"\"channel\":\"stable\"", "\"channel\":\"\""},
      {"\"name\":\"game\"", "\"name\":\"ga\\nme\""},
      {"\"name\":\"game\"", "\"name\":1"},
      {"2026-02-01T", "2025-02-01T"},
      {"2026-02-01T", "2026-02-31T"},
      {"\"bytes\":1234", "\"bytes\":0"},
      {"0707", "07"},
      {"\"rollout\":25", "\"rollout\":101"},
      {"\"min_app\":\"1.10\"", "\"min_app\":\"x\""},
      {"\"files\":3", "\"files\":3,\"colour\":\"red\""},
      {",\"files\":3", ""},
      {"\"previous\":[", "\"previous\":[1,"},
      {"\"delta\"", "\"dalta\""},
  };
  for (const auto& [what, by] : changes) {
    std::string why;
    EXPECT_FALSE(Head::parse(replaced(good, what, by), &why)) << what << " -> " << by;
    EXPECT_FALSE(why.empty()) << what << " -> " << by;
  }
  Head many = full_head();
  many.previous.resize(Head::kMaxPrevious + 1, many.previous.front());
  EXPECT_FALSE(Head::parse(many.serialise(), nullptr));
}

TEST(Head, ChannelsAreFileNames) {
  for (const std::string_view good : {"stable", "beta-2", "2026.1", "a"})
    EXPECT_TRUE(is_channel_name(good)) << good;
  for (const std::string_view bad :
       {"", ".", "..", ".hidden", "a/b", "Stable", "a b", "-x", "a\\b", "caf\xc3\xa9"})
    EXPECT_FALSE(is_channel_name(bad)) << bad;
  EXPECT_FALSE(is_channel_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace larder::trust
