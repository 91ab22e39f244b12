#include "lists/flist.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace larder::lists {
namespace {

std::string refusal_of(std::string_view lua, errc code = errc::bad_table,
                       const ListLimits& limits = {}) {
  std::string why;
  const auto flist = parse_flist(lua, limits, &why);
  EXPECT_FALSE(flist) << lua;
  EXPECT_EQ(flist.error(), code) << why;
  return why;
}

TEST(Flist, OfDialectASaysItsVersions) {
  std::string why;
  const auto flist = parse_flist(R"(
local flist = {
	appVersion = 1,
	version = "1.0.1",
	dirPaths = {
		{name = "common"},
		{name = "common/test"},
	},
	fileInfoList = {
		{name = "lib/framework_precompiled.zip", code = "b3e9e9f0cf94f0b76ca6d8d2cf6bc7f0", size = 101677},
		{name = "common/test/a.png", code = "5dde879cdeb0623e018d0b67a227e67b", size = "5"},
	},
}

return flist)",
                                 {}, &why);
  ASSERT_TRUE(flist) << why;
  EXPECT_EQ(flist->app_version, 1);
  EXPECT_EQ(flist->version, "1.0.1");
  EXPECT_EQ(flist->directories, (std::vector<std::string>{"common", "common/test"}));
  ASSERT_EQ(flist->files.size(), 2u);
  const auto file = flist->files.find("lib/framework_precompiled.zip");
  ASSERT_TRUE(file);
  EXPECT_EQ(file->tag, "b3e9e9f0cf94f0b76ca6d8d2cf6bc7f0");
  EXPECT_EQ(file->size, 101677u);
  EXPECT_FALSE(file->archive);
  EXPECT_EQ(flist->files[0].size, 5u);
}

TEST(Flist, OfDialectBDoesNot) {
  const auto flist = parse_flist(R"(return {
    dirPaths = {},
    fileInfoList = {{name = "a", extra = {1, 2}}, {name = "b", code = 12, size = -1}, note = "x"},
  })");
  ASSERT_TRUE(flist);
  EXPECT_FALSE(flist->app_version);
  EXPECT_FALSE(flist->version);
  ASSERT_EQ(flist->files.size(), 2u);
  EXPECT_EQ(flist->files[0].tag, "");
  EXPECT_FALSE(flist->files[0].size);
  EXPECT_EQ(flist->files[1].tag, "12");
  EXPECT_FALSE(flist->files[1].size);
}

TEST(Flist, TakesVersionsThatAreWrittenOtherwise) {
  const auto flist = parse_flist("return {appVersion='7', version=1.10, fileInfoList={}}");
  ASSERT_TRUE(flist);
  EXPECT_EQ(flist->app_version, 7);
  EXPECT_EQ(flist->version, "1.10");
}

TEST(Flist, RefusesWhatIsNoList) {
  EXPECT_EQ(refusal_of("return 1"), "line 1, column 8: it is no table");
  EXPECT_EQ(refusal_of("return {}"), "line 1, column 8: it has no `fileInfoList`");
  EXPECT_EQ(refusal_of("return {fileInfoList=1}"), "line 1, column 22: `fileInfoList` is no table");
  EXPECT_NE(refusal_of("return {fileInfoList={'a'}}").find("no table"), std::string::npos);
  EXPECT_NE(refusal_of("return {fileInfoList={{}}}").find("no `name`"), std::string::npos);
  EXPECT_NE(refusal_of("return {fileInfoList={},dirPaths={{name=1}}}").find("no `name`"),
            std::string::npos);
  EXPECT_NE(refusal_of("return {fileInfoList={},appVersion=1.5}").find("`appVersion`"),
            std::string::npos);
  EXPECT_NE(refusal_of("return {fileInfoList={},version={}}").find("`version`"), std::string::npos);
  EXPECT_NE(refusal_of("return {fileInfoList={f()}}").find("only data"), std::string::npos);
}

TEST(Flist, NamesThePathThatItRefusesAndItsPlace) {
  EXPECT_EQ(refusal_of("return {fileInfoList={\n{name='a'},\n {name='../b'}}}"),
            "line 3, column 2: the file `../b` has a component that is a dot or two");
  EXPECT_EQ(refusal_of("return {fileInfoList={},dirPaths={{name='/a'}}}"),
            "line 1, column 35: the directory `/a` is absolute");
}

TEST(Flist, HasLimits) {
  refusal_of("return {fileInfoList={{name='a'},{name='b'}}}", errc::too_large, {.max_files = 1});
  refusal_of("return {fileInfoList={}}", errc::too_large, {.max_bytes = 10});
  refusal_of("return {fileInfoList={}}", errc::too_large, {.max_depth = 1});
}

TEST(FlistVersion, SaysEachPlatforms) {
  const auto version = parse_flist_version(
      "local version = {\n\tandroidAppVersion = 1,\n\tiosAppVersion = 2,\n"
      "\tandroidVersion = \"1.0.1\",\n\tiosVersion = \"1.0.2\",\n}\n\nreturn version");
  ASSERT_TRUE(version);
  EXPECT_EQ(version->android_app_version, 1);
  EXPECT_EQ(version->ios_app_version, 2);
  EXPECT_EQ(version->android_version, "1.0.1");
  EXPECT_EQ(version->ios_version, "1.0.2");
  const auto one = parse_flist_version("return {iosVersion = '3'}");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->ios_version, "3");
  EXPECT_EQ(one->android_version, "");
  EXPECT_EQ(one->android_app_version, 0);
}

TEST(FlistVersion, RefusesWhatIsNone) {
  for (const std::string_view lua :
       {"return {}", "return {version='1'}", "return '1'", "return {iosVersion={}}",
        "return {iosVersion='1',iosAppVersion='x'}", "return {iosVersion=f()}"}) {
    std::string why;
    const auto version = parse_flist_version(lua, {}, &why);
    EXPECT_FALSE(version) << lua;
    EXPECT_EQ(version.error(), errc::bad_table);
    EXPECT_TRUE(why.starts_with("line 1, column ")) << why;
  }
}

}  // namespace
}  // namespace larder::lists
