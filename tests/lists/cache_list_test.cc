#include "lists/cache_list.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace larder::lists {
namespace {

using ::testing::HasSubstr;

TEST(CacheList, SaysWhatIsWhere) {
  const auto files = parse_cache_list(
      R"({"files":{"https://h/g/a.png":{"bundle":"main","url":"/data/x/gamecaches/main/15.png","lastTime":1.5},
          "https://h/g/b.json":{"url":"gamecaches/16.json"}},"version":"1.1"})");
  ASSERT_TRUE(files);
  ASSERT_EQ(files->size(), 2u);
  EXPECT_EQ((*files)[0].url, "https://h/g/a.png");
  EXPECT_EQ(place_in_cache((*files)[0].file), "main/15.png");
  EXPECT_EQ(place_in_cache((*files)[1].file), "16.json");
  EXPECT_TRUE(parse_cache_list(R"({"files":{},"version":"1.0"})")->empty());
}

TEST(CacheList, RefusesWhatIsNone) {
  const auto why_of = [](std::string_view text, errc code = errc::bad_table) {
    std::string why;
    EXPECT_EQ(parse_cache_list(text, {}, &why).error(), code) << text;
    return why;
  };
  EXPECT_THAT(why_of("{"), HasSubstr("no JSON"));
  EXPECT_THAT(why_of("[]"), HasSubstr("no object `files`"));
  EXPECT_THAT(why_of(R"({"files":[]})"), HasSubstr("no object `files`"));
  EXPECT_THAT(why_of(R"({"files":{"u":"file"}})"), HasSubstr("where it was put"));
  EXPECT_THAT(why_of(R"({"files":{"u":{"url":1}}})"), HasSubstr("where it was put"));
  EXPECT_THAT(why_of(R"({"a":)" + std::string(100, '[') + std::string(100, ']') + "}"),
              HasSubstr("no JSON"));
  ListLimits limits;
  limits.max_files = 1;
  const std::string two = R"({"files":{"a":{"url":"a"},"b":{"url":"b"}}})";
  EXPECT_EQ(parse_cache_list(two, limits).error(), errc::too_large);
  limits.max_bytes = 10;
  EXPECT_EQ(parse_cache_list(two, limits).error(), errc::too_large);
}

TEST(CacheList, LooksNowhereElse) {
  EXPECT_EQ(place_in_cache("/etc/passwd"), "");
  EXPECT_EQ(place_in_cache("../a"), "");
  EXPECT_EQ(place_in_cache("/x/gamecaches/../../a"), "");
  EXPECT_EQ(place_in_cache("C:\\gamecaches\\a"), "");
  EXPECT_EQ(place_in_cache("./a/b"), "a/b");
  EXPECT_EQ(place_in_cache(""), "");
}

}  // namespace
}  // namespace larder::lists
