#include "lists/list_writer.h"

#include <gtest/gtest.h>

#include <string>

namespace larder::lists {
namespace {

TEST(EncodeUri, EncodesAsEcmaScriptDoes) {
  EXPECT_EQ(encode_uri("src/a-b_c.d!~*'()/1"), "src/a-b_c.d!~*'()/1");
  EXPECT_EQ(encode_uri(";,/?:@&=+$#"), ";,/?:@&=+$#");
  EXPECT_EQ(encode_uri("a b%[]\"<>\\^`{|}\n\x7f"),
            "a%20b%25%5B%5D%22%3C%3E%5C%5E%60%7B%7C%7D%0A%7F");
  EXPECT_EQ(encode_uri("é中😀"), "%C3%A9%E4%B8%AD%F0%9F%98%80");
}

CocosManifest manifest() {
  CocosManifest manifest;
  manifest.package_url = "http://cdn.example/\"game\"/";
  manifest.remote_manifest_url = manifest.package_url + "project.manifest";
  manifest.remote_version_url = manifest.package_url + "version.manifest";
  manifest.version = "1.0.1";
  return manifest;
}

TEST(CocosWriter, WritesCompactJsonInTheScriptsOrder) {
  const ListedFile assets[] = {{"src/b c.js", "5d41402abc4b2a76b9719d911017c592", 5, false},
                               {"assets/a.ZIP", "x", 0, true}};
  EXPECT_EQ(write_project_manifest(manifest(), assets),
            R"({"packageUrl":"http://cdn.example/\"game\"/",)"
            R"("remoteManifestUrl":"http://cdn.example/\"game\"/project.manifest",)"
            R"("remoteVersionUrl":"http://cdn.example/\"game\"/version.manifest",)"
            R"("version":"1.0.1","assets":{)"
            R"("src/b%20c.js":{"size":5,"md5":"5d41402abc4b2a76b9719d911017c592"},)"
            R"("assets/a.ZIP":{"size":0,"md5":"x","compressed":true}},"searchPaths":[]})");
  EXPECT_EQ(write_version_manifest(manifest()),
            R"({"packageUrl":"http://cdn.example/\"game\"/",)"
            R"("remoteManifestUrl":"http://cdn.example/\"game\"/project.manifest",)"
            R"("remoteVersionUrl":"http://cdn.example/\"game\"/version.manifest",)"
            R"("version":"1.0.1"})");
}

TEST(CocosWriter, WritesWhatTheReaderReads) {
  const ListedFile assets[] = {{"a/é.png", "t", 7, false}};
  const auto read = parse_cocos_manifest(write_project_manifest(manifest(), assets));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->package_url, manifest().package_url);
  EXPECT_EQ(read->assets.find("a/%C3%A9.png")->size, 7u);
  EXPECT_FALSE(parse_cocos_manifest(write_version_manifest(manifest()))->has_assets);
}

Flist flist() {
  FileList::Builder files;
  EXPECT_EQ(files.add({"lib/framework.zip", "b3e9", 101677, false}), nullptr);
  EXPECT_EQ(files.add({"common/a.png", "5dde", 5, false}), nullptr);
  Flist flist;
  flist.directories = {"common", "common/test"};
  flist.files = files.build();
  return flist;
}

TEST(FlistWriter, WritesBothDialectsAsTheScriptsDo) {
  Flist list = flist();
  const std::string body =
      "\tdirPaths = {\n\t\t{name = \"common\"},\n\t\t{name = \"common/test\"},\n\t},\n"
      "\tfileInfoList = {\n\t\t{name = \"common/a.png\", code = \"5dde\", size = 5},\n"
      "\t\t{name = \"lib/framework.zip\", code = \"b3e9\", size = 101677},\n\t},\n}\n";
  EXPECT_EQ(write_flist(list), "local flist = {\n" + body + "return flist\n");
  list.app_version = 1;
  list.version = "1.0.1";
  EXPECT_EQ(write_flist(list), "local flist = {\n\tappVersion = 1,\n\tversion = \"1.0.1\",\n" +
                                   body + "\nreturn flist");
  EXPECT_EQ(write_flist_version({1, 2, "1.0.1", "1.0.2"}),
            "local version = {\n\tandroidAppVersion = 1,\n\tiosAppVersion = 2,\n"
            "\tandroidVersion = \"1.0.1\",\n\tiosVersion = \"1.0.2\",\n}\nreturn version\n");
}

TEST(FlistWriter, WritesWhatTheReaderReads) {
  Flist list = flist();
  list.app_version = -3;
  list.version =
      "1 \"beta\"\n\\2\x01"
      "5";
  const auto read = parse_flist(write_flist(list));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->app_version, -3);
  EXPECT_EQ(read->version, list.version);
  EXPECT_EQ(read->directories, list.directories);
  ASSERT_EQ(read->files.size(), 2u);
  EXPECT_EQ(read->files.find("lib/framework.zip")->size, 101677u);
  EXPECT_EQ(parse_flist_version(write_flist_version({1, 2, "a\"b", ""}))->android_version, "a\"b");
}

}  // namespace
}  // namespace larder::lists
