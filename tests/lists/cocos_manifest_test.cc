#include "lists/cocos_manifest.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace larder::lists {
namespace {

CocosManifest manifest_of(std::string_view json, const ListLimits& limits = {}) {
  std::string why;
  auto manifest = parse_cocos_manifest(json, limits, &why);
  EXPECT_TRUE(manifest) << why;
  EXPECT_EQ(why, "");
  return manifest ? std::move(*manifest) : CocosManifest();
}

std::string refusal_of(std::string_view json, errc code = errc::bad_table,
                       const ListLimits& limits = {}) {
  std::string why;
  const auto manifest = parse_cocos_manifest(json, limits, &why);
  EXPECT_FALSE(manifest) << json;
  EXPECT_EQ(manifest.error(), code) << why;
  return why;
}

TEST(CocosManifest, SaysWhatAProjectManifestSays) {
  const auto manifest = manifest_of(R"({
    "packageUrl": "http://cdn.example/game",
    "remoteManifestUrl": "http://cdn.example/project.manifest",
    "remoteVersionUrl": "http://cdn.example/version.manifest",
    "version": "1.10.2",
    "engineVersion": "3.8",
    "groupVersions": {"1": "1.0", "2": "2.0"},
    "updating": true,
    "assets": {
      "src/main.js": {"size": 12, "md5": "5d41402abc4b2a76b9719d911017c592", "downloadState": 2},
      "assets/pack.zip": {"size": 7, "md5": "tag-7", "compressed": true},
      "key": {"path": "res/other.png"}
    },
    "searchPaths": ["res", "src"]
  })");
  EXPECT_EQ(manifest.package_url, "http://cdn.example/game/");
  EXPECT_EQ(manifest.remote_manifest_url, "http://cdn.example/project.manifest");
  EXPECT_EQ(manifest.remote_version_url, "http://cdn.example/version.manifest");
  EXPECT_EQ(manifest.version, "1.10.2");
  EXPECT_EQ(manifest.engine_version, "3.8");
  EXPECT_EQ(manifest.group_versions,
            (std::map<std::string, std::string>{{"1", "1.0"}, {"2", "2.0"}}));
  EXPECT_EQ(manifest.search_paths, (std::vector<std::string>{"res", "src"}));
  EXPECT_TRUE(manifest.updating);
  EXPECT_TRUE(manifest.has_assets);
  ASSERT_EQ(manifest.assets.size(), 3u);
  EXPECT_EQ(manifest.assets[0].path, "assets/pack.zip");
  EXPECT_EQ(manifest.assets[0].tag, "tag-7");
  EXPECT_TRUE(manifest.assets[0].archive);
  EXPECT_EQ(manifest.assets[1].path, "res/other.png");
  EXPECT_EQ(manifest.assets[1].tag, "");
  EXPECT_FALSE(manifest.assets[1].size);
  EXPECT_EQ(manifest.assets.find("src/main.js")->size, 12u);
  EXPECT_FALSE(manifest.assets.find("src/main.js")->archive);
}

TEST(CocosManifest, OfAVersionHasNoAssets) {
  const auto manifest = manifest_of(R"({"packageUrl":"http://a/","version":"1"})");
  EXPECT_EQ(manifest.package_url, "http://a/");
  EXPECT_FALSE(manifest.has_assets);
  EXPECT_FALSE(manifest.updating);
  EXPECT_EQ(manifest_of("{}").package_url, "");
  EXPECT_TRUE(manifest_of(R"({"assets":{}})").has_assets);
}

TEST(CocosManifest, PassesOverWhatItDoesNotKnow) {
  const auto manifest = manifest_of(R"({
    "version": "1", "assets": {"a": {
      "x": {"md5": "no", "path": "no", "assets": {"b": {}}}, "y": [{"size": 1}, "s", [2]],
      "md5": "yes", "path": null, "compressed": 1, "size": 3}},
    "other": {"version": "2", "assets": {"c": {}}, "searchPaths": ["no"]},
    "list": [{"version": "3"}, {"updating": true}],
    "groupVersions": [1, 2], "updating": "true", "packageUrl": 7,
    "searchPaths": ["a", 1, ["b"], {"c": "d"}, "e"]})");
  EXPECT_EQ(manifest.version, "1");
  ASSERT_EQ(manifest.assets.size(), 1u);
  EXPECT_EQ(manifest.assets[0].path, "a");
  EXPECT_EQ(manifest.assets[0].tag, "yes");
  EXPECT_EQ(manifest.assets[0].size, 3u);
  EXPECT_FALSE(manifest.assets[0].archive);
  EXPECT_TRUE(manifest.group_versions.empty());
  EXPECT_FALSE(manifest.updating);
  EXPECT_EQ(manifest.package_url, "");
  EXPECT_EQ(manifest.search_paths, (std::vector<std::string>{"a", "e"}));
}

TEST(CocosManifest, KnowsSizesThatAreUnambiguous) {
  const auto manifest = manifest_of(R"({"assets":{
    "a":{"size":12},"b":{"size":"12"},"c":{"size":12.0},"d":{"size":18446744073709551614},
    "e":{"size":-1},"f":{"size":1.5},"g":{"size":"12 "},"h":{"size":""},"i":{"size":null},
    "j":{"size":"-1"},"k":{"size":1e300},"l":{"size":"99999999999999999999"},"m":{}}})");
  for (const std::string_view path : {"a", "b", "c"})
    EXPECT_EQ(manifest.assets.find(path)->size, 12u) << path;
  EXPECT_EQ(manifest.assets.find("d")->size, 18446744073709551614u);
  for (const std::string_view path : {"e", "f", "g", "h", "i", "j", "k", "l", "m"})
    EXPECT_FALSE(manifest.assets.find(path)->size) << path;
}

TEST(CocosManifest, TakesTheLastOfEqualMembers) {
  const auto manifest = manifest_of(R"({"version":"1","version":"2",
    "searchPaths":["a"],"searchPaths":["b"],"groupVersions":{"1":"a"},"groupVersions":{"2":"b"},
    "assets":{"gone":{}},"assets":{"x":{"md5":"1","md5":"2"},"y":{},"x":{"md5":"3"}}})");
  EXPECT_EQ(manifest.version, "2");
  EXPECT_EQ(manifest.search_paths, (std::vector<std::string>{"b"}));
  EXPECT_EQ(manifest.group_versions.size(), 1u);
  ASSERT_EQ(manifest.assets.size(), 2u);
  EXPECT_EQ(manifest.assets.find("x")->tag, "3");
}

TEST(CocosManifest, ReadsEscapes) {
  const auto manifest = manifest_of(
      R"({"ver\u0073ion":"\"1\"","assets":{"a\/\u00e9\ud83d\ude00.png":{"md5":"\t"}}})");
  EXPECT_EQ(manifest.version, "\"1\"");
  ASSERT_EQ(manifest.assets.size(), 1u);
  EXPECT_EQ(manifest.assets[0].path, "a/é😀.png");
  EXPECT_EQ(manifest.assets[0].tag, "\t");
}

TEST(CocosManifest, NamesThePathThatItRefusesAndItsPlace) {
  const std::string why = refusal_of("{\"assets\":{\n  \"a\":{},\n  \"../b\":{\"size\":1}}}");
  EXPECT_EQ(why, "line 3, column 19: the asset `../b` has a component that is a dot or two");
  for (const std::string_view path : {"", "/a", "a/../../b", "c:/a", "a\\\\b", "a\\u0000"})
    EXPECT_NE(refusal_of("{\"assets\":{\"" + std::string(path) + "\":{}}}").find("the asset"),
              std::string::npos);
  EXPECT_NE(refusal_of(R"({"assets":{"a":{"path":"/etc/passwd"}}})").find("`/etc/passwd`"),
            std::string::npos);
}

TEST(CocosManifest, RefusesWhatIsNoManifest) {
  EXPECT_TRUE(refusal_of("{\"version\":\"1\",\n\"x\":}").starts_with("line 2, column 5: it is no"));
  EXPECT_EQ(refusal_of("{\"version\":\"1\""), "line 1, column 15: the manifest ends early");
  EXPECT_EQ(refusal_of(""), "line 1, column 1: the manifest ends early");
  EXPECT_NE(refusal_of("{} {}").find("something follows"), std::string::npos);
  for (const std::string_view json : {"[]", "1", "-1", "1.5", "\"a\"", "true", "null"})
    EXPECT_NE(refusal_of(json).find("no JSON object"), std::string::npos) << json;
  for (const std::string_view asset : {"[]", "1", "-1", "1.5", "\"a\"", "true", "null"})
    EXPECT_NE(refusal_of("{\"assets\":{\"a\":" + std::string(asset) + "}}").find("asset `a`"),
              std::string::npos)
        << asset;
  refusal_of("{\"version\":\"\xff\"}");
  refusal_of("<html>Not Found</html>");
  EXPECT_TRUE(parse_cocos_manifest(" \n{}\r\n "));
}

TEST(CocosManifest, HasLimits) {
  EXPECT_NE(refusal_of("{}", errc::too_large, {.max_bytes = 1}).find("2 bytes"), std::string::npos);
  const std::string_view two = R"({"assets":{"a":{},"b":{}}})";
  EXPECT_NE(refusal_of(two, errc::too_large, {.max_files = 1}).find("too many"), std::string::npos);
  manifest_of(two, {.max_files = 2});
  const std::string_view deep = R"({"x":[[[]]]})";
  EXPECT_NE(refusal_of(deep, errc::too_large, {.max_depth = 3}).find("deep"), std::string::npos);
  manifest_of(deep, {.max_depth = 4});
  const std::string_view text = R"({"x":"12345"})";
  EXPECT_NE(refusal_of(text, errc::too_large, {.max_text_bytes = 4}).find("too long"),
            std::string::npos);
  manifest_of(text, {.max_text_bytes = 5});
  refusal_of(R"({"12345":1})", errc::too_large, {.max_text_bytes = 4});
}

TEST(CocosVersions, AreComparedAsTheEngineDoes) {
  const auto less = [](std::string_view a, std::string_view b) {
    return compare_cocos_versions(a, b) < 0 && compare_cocos_versions(b, a) > 0;
  };
  const auto equal = [](std::string_view a, std::string_view b) {
    return compare_cocos_versions(a, b) == 0 && compare_cocos_versions(b, a) == 0;
  };
  EXPECT_TRUE(less("1.9", "1.10"));
  EXPECT_TRUE(less("1.0.0.1", "1.0.0.2"));
  EXPECT_TRUE(less("1", "1.0.1"));
  EXPECT_TRUE(less("99999999999", "100000000000"));
  EXPECT_TRUE(equal("1.0", "1.0.0"));
  EXPECT_TRUE(equal("1.0.0", "1.0.0-beta"));
  EXPECT_TRUE(equal("1.0-a.5", "1.0-b.6"));
  EXPECT_TRUE(equal("1.0.0.0.1", "1.0.0.0.2"));
  EXPECT_TRUE(equal("1..5", "1.0"));
  EXPECT_TRUE(less("v1.10", "v1.9"));
  EXPECT_TRUE(less("1.0", "v1.0"));
  EXPECT_TRUE(less("", "1"));
  EXPECT_TRUE(equal("", ""));
}

}  // namespace
}  // namespace larder::lists
