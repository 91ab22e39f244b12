#include <gtest/gtest.h>

#include "trust/strict_json.h"
#include "trust/time_text.h"
#include "trust/version_text.h"

namespace larder::trust {
namespace {

TEST(TimeText, IsReadAndWrittenInOneForm) {
  for (const std::string_view text : {"1970-01-01T00:00:00Z", "2026-11-22T07:08:09Z",
                                      "2024-02-29T23:59:59Z", "9999-12-31T23:59:59Z"}) {
    const auto time = parse_time(text);
    ASSERT_TRUE(time) << text;
    EXPECT_EQ(to_text(*time), text);
  }
  EXPECT_EQ(parse_time("2001-09-09T01:46:40Z")->time_since_epoch().count(), 1000000000);
}

TEST(TimeText, RefusesEverythingElse) {
  for (const std::string_view text :
       {"", "2026-11-22", "2026-11-22T07:08:09", "2026-11-22 07:08:09Z", "2026-11-22T07:08:09.5Z",
        "2026-11-22T07:08:09+00:00", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z",
        "2026-11-22T24:00:00Z", "2026-11-22T07:60:00Z", "2026-11-22T07:08:60Z",
        "1969-12-31T23:59:59Z", "+026-11-22T07:08:09Z", "2026-11-22T07:08:09Z "})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(AppVersion, IsComparedNumberByNumber) {
  const auto compare = [](std::string_view a, std::string_view b) {
    return compare_app_versions(a, b);
  };
  EXPECT_TRUE(compare("1.9", "1.10") < 0);
  EXPECT_TRUE(compare("2", "1.99.99") > 0);
  EXPECT_TRUE(compare("1.2", "1.2.0") == 0);
  EXPECT_TRUE(compare("1.2", "1.2.1") < 0);
  EXPECT_TRUE(compare("01.2", "1.02") == 0);
}

TEST(AppVersion, HasOneForm) {
  for (const std::string_view good : {"0", "1.2.3", "999999999", "1.2.3.4.5.6.7.8"})
    EXPECT_TRUE(is_app_version(good)) << good;
  for (const std::string_view bad :
       {"", ".", "1.", ".1", "1..2", "1.2b", "-1", "1000000000", "1.2.3.4.5.6.7.8.9"})
    EXPECT_FALSE(is_app_version(bad)) << bad;
}

TEST(StrictJson, RefusesMembersNamedTwiceAtAnyDepth) {
  std::string why;
  EXPECT_TRUE(parse_strictly(R"({"a":1,"b":{"a":1},"c":[{"a":1},{"a":2}]})", 100, &why)) << why;
  EXPECT_FALSE(parse_strictly(R"({"a":1,"a":1})", 100, &why));
  EXPECT_EQ(why, "it names a member twice");
  EXPECT_FALSE(parse_strictly(R"({"b":[{"a":1,"\u0061":2}]})", 100, &why));
  EXPECT_EQ(why, "it names a member twice");
}

TEST(StrictJson, IsBoundedInLengthAndDepth) {
  std::string why;
  EXPECT_TRUE(parse_strictly(R"({"a":1})", 7, &why));
  EXPECT_FALSE(parse_strictly(R"({"a":1} )", 7, &why));
  EXPECT_TRUE(parse_strictly(R"({"a":[[[[[[[]]]]]]]})", 100, &why)) << why;
  EXPECT_FALSE(parse_strictly(R"({"a":[[[[[[[[]]]]]]]]})", 100, &why));
  EXPECT_FALSE(parse_strictly("{\"a\":" + std::string(40000, '['), 65536, &why));
}

TEST(StrictJson, RefusesWhatIsNoJsonObject) {
  for (const std::string_view text : {"", "1", "[]", "null", "{", "{} {}", "{'a':1}", "{\"a\":1,}",
                                      "{\"a\":01}", "{\"a\":NaN}", "// c\n{}", "{\"a\":\"\xff\"}"})
    EXPECT_FALSE(parse_strictly(text, 100, nullptr)) << text;
}

TEST(Members, WantsEachMemberOnceAndNoOthers) {
  const auto read = [](std::string_view text) {
    const auto object = parse_strictly(text, 1000, nullptr);
    Members members(*object);
    static_cast<void>(members.number("n", 10));
    static_cast<void>(members.text("t", 3));
    return members.finish(nullptr);
  };
  EXPECT_TRUE(read(R"({"n":10,"t":"abc"})"));
  for (const std::string_view bad :
       {R"({"n":10})", R"({"n":11,"t":""})", R"({"n":-1,"t":""})", R"({"n":1.0,"t":""})",
        R"({"n":"1","t":""})", R"({"n":1,"t":"abcd"})", R"({"n":1,"t":"a\n"})",
        R"({"n":1,"t":"","x":0})", R"({"n":18446744073709551616,"t":""})"})
    EXPECT_FALSE(read(bad)) << bad;
}

}  // namespace
}  // namespace larder::trust
