// larder export, as its users run it.
#include <gmock/gmock.h>

#include <filesystem>
#include <string>
#include <vector>

#include "program.h"
#include "support/whole_files.h"

namespace larder::tool {
namespace {

using test::larder;
using test::number;
using test::read_file;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ExportCommand : public ::testing::Test {
 protected:
  ExportCommand() { test::write_file(path("in/src/a.js"), "hello"); }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }

  test::TempDirectory folder_;
};

TEST_F(ExportCommand, TakesTheOptionsOfVersionGenerator) {
  const auto said = larder({"export", "cocos", "-u", "http://a/", "-v", "1.2", "-s", path("in"),
                            "-d", path("out"), "--json"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(said.err, IsEmpty());
  EXPECT_EQ(number(said.objects().at(0), "files"), 1);
  EXPECT_EQ(number(said.objects().at(0), "bytes"), 5);
  EXPECT_EQ(read_file(path("out/version.manifest")),
            R"({"packageUrl":"http://a/","remoteManifestUrl":"http://a/project.manifest",)"
            R"("remoteVersionUrl":"http://a/version.manifest","version":"1.2"})");
  EXPECT_THAT(read_file(path("out/project.manifest")), HasSubstr(R"("src/a.js":{"size":5,)"));
  const auto longer = larder(
      {"export", "cocos", "--url", "http://a", "-v", "2", "-s", path("in"), "-d", path("out")});
  EXPECT_EQ(longer.status, 0);
  EXPECT_THAT(longer.out, HasSubstr("project.manifest: 1 file, 5 B\n"));
  EXPECT_THAT(longer.err, HasSubstr("warning: a slash was added"));
}

TEST_F(ExportCommand, WritesBothDialectsOfFlist) {
  auto said = larder({"export", "flist", path("in"), "--app-version", "7", "--version", "1.5", "-o",
                      path("a"), "--quiet"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(said.out + said.err, IsEmpty());
  EXPECT_THAT(read_file(path("a/flist")), HasSubstr("appVersion = 7,\n\tversion = \"1.5\",\n"));
  EXPECT_EQ(read_file(path("a/src/a.js")), "hello");
  said = larder({"export", "flist", path("in"), "--dialect", "b", "--app-version", "7", "--version",
                 "1.5", "--ios-app-version", "8", "--android-version", "1.6"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(read_file(path("in/flist")), HasSubstr("local flist = {\n\tdirPaths = {\n"));
  EXPECT_EQ(read_file(path("in/version")),
            "local version = {\n\tandroidAppVersion = 7,\n\tiosAppVersion = 8,\n"
            "\tandroidVersion = \"1.6\",\n\tiosVersion = \"1.5\",\n}\nreturn version\n");
}

TEST_F(ExportCommand, IsReadBackByGet) {
  const std::vector<std::string> cocos = {"export",   "cocos", "-u",       "http://a/", "-s",
                                          path("in"), "-d",    path("in"), "-v"};
  const std::vector<std::string> flist = {"export", "flist", path("in"), "--version"};
  for (const std::string layout : {"cocos", "flist"}) {
    std::filesystem::remove_all(path("in"));
    const auto publish = [&](const std::string& version, const std::string& content) {
      test::write_file(path("in/src/a b.js"), content);
      auto words = layout == "cocos" ? cocos : flist;
      words.push_back(version);
      ASSERT_EQ(larder(words).status, 0);
    };
    const auto get = [&](std::vector<std::string> more) {
      std::vector<std::string> words = {"get",       "--origin", path("in"),
                                        "--json",    "--store",  path(layout + "-store"),
                                        "src/a b.js"};
      words.insert(words.end(), more.begin(), more.end());
      const auto said = larder(words);
      EXPECT_EQ(said.status, 0) << said.err;
      EXPECT_THAT(said.err, IsEmpty());
      return test::text(said.objects().at(0), "source");
    };
    publish("1.0.0", "one");
    EXPECT_EQ(get({}), "origin") << "the layout is found out";
    EXPECT_EQ(get({"--layout", layout}), "store");
    publish("1.0.1", "three");
    EXPECT_EQ(get({}), "origin");
    EXPECT_EQ(get({"--offline"}), "store");
    EXPECT_EQ(larder({"get", "--origin", path("in"), "--store", path(layout + "-store"), "--cat",
                      "src/a b.js"})
                  .out,
              "three");
  }
}

TEST_F(ExportCommand, ExplainsWhatIsWrong) {
  EXPECT_EQ(larder({"export"}).status, 2);
  EXPECT_EQ(larder({"export", "zip"}).status, 2);
  EXPECT_EQ(larder({"export", "--help"}).status, 0);
  EXPECT_THAT(larder({"export", "cocos", "--help"}).out, HasSubstr("version_generator.js"));
  EXPECT_EQ(larder({"export", "cocos", "-u", "http://a/", "-v", "1", "-s", path("in")}).status, 2);
  EXPECT_EQ(larder({"export", "flist"}).status, 2);
  const auto said = larder({"export", "flist", path("in"), "--ios-version", "1"});
  EXPECT_EQ(said.status, 2);
  EXPECT_THAT(said.err, HasSubstr("--ios-version is for dialect b"));
  const auto missing = larder({"export", "flist", path("missing")});
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, HasSubstr("cannot open the directory"));
}

}  // namespace
}  // namespace larder::tool
