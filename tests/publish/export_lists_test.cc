// Trees for other engines' updaters.
#include "publish/export_lists.h"

#include <gmock/gmock.h>

#include <atomic>
#include <filesystem>
#include <string>
#include <vector>

#include "support/faulty_file_system.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::publish {
namespace {

namespace fs = std::filesystem;
using test::read_file;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class Export : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  void write(const std::string& name, const std::string& content) const {
    test::write_file(path(name), content);
  }
  [[nodiscard]] bool exists(const std::string& name) const { return fs::exists(path(name)); }

  test::TempDirectory folder_;
  std::string why_;
};

class CocosExportTest : public Export {
 protected:
  CocosExportTest() {
    what_.url = "http://cdn.example/game/";
    what_.version = "1.0.1";
    what_.source = path("in");
    what_.destination = path("out/lists");
  }
  std::string manifest() {
    const auto result = export_cocos(what_, &why_);
    EXPECT_TRUE(result) << why_;
    warnings_ = result ? result->warnings : std::vector<std::string>();
    return result ? read_file(path("out/lists/project.manifest")) : "";
  }

  CocosExport what_;
  std::vector<std::string> warnings_;
};

constexpr const char* kHello = R"({"size":5,"md5":"5d41402abc4b2a76b9719d911017c592"})";

TEST_F(CocosExportTest, WritesWhatTheScriptWrites) {
  write("in/src/z.js", "hello");
  write("in/src/b/é ü.js", "hello");
  write("in/src/b-a", "hello");
  write("in/src/.hidden/x", "hello");
  write("in/assets/Pack.ZIP", "hello");
  write("in/assets/empty", "");
  write("in/assets/.hidden", "hello");
  write("in/jsb-adapter/x", "hello");
  write("in/other/x", "hello");
  const std::string head =
      R"({"packageUrl":"http://cdn.example/game/",)"
      R"("remoteManifestUrl":"http://cdn.example/game/project.manifest",)"
      R"("remoteVersionUrl":"http://cdn.example/game/version.manifest","version":"1.0.1")";
  const std::string hello = kHello;
  // Names of a directory are in byte order, so that `b` and all below it come before `b-a`.
  EXPECT_EQ(manifest(),
            head + R"(,"assets":{"src/b/%C3%A9%20%C3%BC.js":)" + hello + R"(,"src/b-a":)" + hello +
                R"(,"src/z.js":)" + hello +
                R"(,"assets/Pack.ZIP":{"size":5,"md5":"5d41402abc4b2a76b9719d911017c592",)"
                R"("compressed":true},"assets/empty":{"size":0,)"
                R"("md5":"d41d8cd98f00b204e9800998ecf8427e"},"jsb-adapter/x":)" +
                hello + R"(},"searchPaths":[]})");
  EXPECT_EQ(read_file(path("out/lists/version.manifest")), head + "}");
  EXPECT_THAT(warnings_, IsEmpty());
}

TEST_F(CocosExportTest, TakesTheFoldersOfOlderEnginesAndThoseThatAreAskedFor) {
  write("in/src/a", "hello");
  write("in/res/b", "hello");
  EXPECT_THAT(manifest(), HasSubstr(R"("src/a":)" + std::string(kHello) + R"(,"res/b":)"));
  what_.folders = {"res"};
  EXPECT_THAT(manifest(), HasSubstr(R"("assets":{"res/b":)" + std::string(kHello) + "}"));
}

TEST_F(CocosExportTest, WarnsOfWhatClientsCannotFetch) {
  write("in/src/a#b", "hello");
  what_.url = "http://cdn.example/game";
  EXPECT_THAT(manifest(), HasSubstr(R"("remoteVersionUrl":"http://cdn.example/game/version.man)"));
  EXPECT_THAT(warnings_, ElementsAre(HasSubstr("src/a#b"), HasSubstr("slash")));
}

TEST_F(CocosExportTest, ExplainsWhatIsWrong) {
  EXPECT_EQ(export_cocos(what_, &why_).error(), errc::invalid_argument);
  EXPECT_THAT(why_, HasSubstr("neither src, assets nor res"));
  what_.folders = {"missing"};
  EXPECT_EQ(export_cocos(what_, &why_).error(), errc::io);
  EXPECT_THAT(why_, HasSubstr("in/missing"));
  what_.folders = {};
  fs::create_directories(path("in/src"));
  EXPECT_EQ(export_cocos(what_, &why_).error(), errc::invalid_argument);
  EXPECT_THAT(why_, HasSubstr("no files"));
  write("in/src/back\\slash", "x");
  fs::create_symlink("nowhere", path("in/src/link"));
  fs::create_symlink("nowhere", path("in/src/.link"));
  EXPECT_EQ(export_cocos(what_, &why_).error(), errc::invalid_argument);
  EXPECT_THAT(why_, HasSubstr("src/back\\slash: has a backslash"));
  EXPECT_THAT(why_, HasSubstr("src/link: the link leads nowhere"));
  EXPECT_THAT(why_, Not(HasSubstr(".link")));
  EXPECT_FALSE(exists("out"));
}

TEST_F(CocosExportTest, KeepsTheOldListsWhenItFailsOrIsStopped) {
  write("in/src/a", "hello");
  manifest();
  const std::string before = read_file(path("out/lists/version.manifest"));
  what_.version = "2";
  const std::atomic<bool> stop = true;
  what_.run.stop = &stop;
  EXPECT_EQ(export_cocos(what_, &why_).error(), errc::cancelled);
  EXPECT_EQ(read_file(path("out/lists/version.manifest")), before);
  what_.run.stop = nullptr;
  bool done = false;
  for (unsigned fail_at = 0; !done; ++fail_at) {
    ASSERT_LT(fail_at, 100u);
    test::FaultyFileSystem faulty;
    faulty.fail_at(fail_at);
    what_.run.file_system = &faulty;
    done = export_cocos(what_, &why_).has_value() && !faulty.failed();
    const std::string project = read_file(path("out/lists/project.manifest"));
    const std::string version = read_file(path("out/lists/version.manifest"));
    EXPECT_TRUE(project.ends_with("}"));
    // The new version is only there to be seen when the list is.
    EXPECT_TRUE(version == before || project.find(R"("version":"2")") != project.npos);
  }
}

TEST_F(CocosExportTest, TellsOfItsProgress) {
  write("in/src/a", std::string(1'000'000, 'a'));
  write("in/src/b", std::string(500'000, 'b'));
  std::uint64_t last = 0;
  what_.run.progress = [&](std::uint64_t done, std::uint64_t total) {
    EXPECT_GT(done, last);
    EXPECT_EQ(total, 1'500'000u);
    last = done;
  };
  manifest();
  EXPECT_EQ(last, 1'500'000u);
}

class FlistExportTest : public Export {
 protected:
  FlistExportTest() {
    what_.directory = path("in");
    what_.version = "1.0.2";
    write("in/lib/game.zip", "hello");
    write("in/lib/launcher.zip", "launcher");
    write("in/common-x/a", "");
    write("in/common/test/b", "hello");
    write("in/.DS_Store", "x");
    write("in/version", "old");
    write("in/flist", "old");
    fs::create_directories(path("in/empty"));
  }
  ExportResult must_export() {
    const auto result = export_flist(what_, &why_);
    EXPECT_TRUE(result) << why_;
    return result ? *result : ExportResult();
  }

  FlistExport what_;
};

// Entries are in order of whole paths: "common-x/a" comes before "common/test/b".
constexpr const char* kFiles =
    "\tdirPaths = {\n\t\t{name = \"common\"},\n\t\t{name = \"common-x\"},\n"
    "\t\t{name = \"common/test\"},\n\t\t{name = \"empty\"},\n\t\t{name = \"lib\"},\n\t},\n"
    "\tfileInfoList = {\n"
    "\t\t{name = \"common-x/a\", code = \"d41d8cd98f00b204e9800998ecf8427e\", size = 0},\n"
    "\t\t{name = \"common/test/b\", code = \"5dde879cdeb0623e018d0b67a227e67b\", size = 5},\n"
    "\t\t{name = \"lib/game.zip\", code = \"5dde879cdeb0623e018d0b67a227e67b\", size = 5},\n";

TEST_F(FlistExportTest, WritesDialectAIntoTheTree) {
  fs::remove(path("in/version"));
  const auto result = must_export();
  EXPECT_EQ(read_file(path("in/flist")),
            "local flist = {\n\tappVersion = 1,\n\tversion = \"1.0.2\",\n" + std::string(kFiles) +
                "\t},\n}\n\nreturn flist");
  EXPECT_EQ(result.files, 3u);
  EXPECT_EQ(result.bytes, 10u);
  EXPECT_THAT(result.lists, ElementsAre(path("in/flist")));
  EXPECT_FALSE(exists("in/version"));
  EXPECT_FALSE(exists("in/.larder-pack"));
}

TEST_F(FlistExportTest, WritesDialectBWithItsVersionFile) {
  what_.version_file = lists::FlistVersion{3, 4, "1.0.2", "1.0.3"};
  const auto result = must_export();
  EXPECT_EQ(read_file(path("in/flist")),
            "local flist = {\n" + std::string(kFiles) + "\t},\n}\nreturn flist\n");
  EXPECT_EQ(read_file(path("in/version")),
            "local version = {\n\tandroidAppVersion = 3,\n\tiosAppVersion = 4,\n"
            "\tandroidVersion = \"1.0.2\",\n\tiosVersion = \"1.0.3\",\n}\nreturn version\n");
  EXPECT_THAT(result.lists, ElementsAre(path("in/flist"), path("in/version")));
}

TEST_F(FlistExportTest, CopiesTheTreeToItsDestination) {
  what_.destination = path("in/out");  // inside the tree, of which it is no part
  what_.version_file = lists::FlistVersion{};
  for (int run = 0; run < 2; ++run) must_export();
  EXPECT_EQ(read_file(path("in/out/common/test/b")), "hello");
  EXPECT_EQ(read_file(path("in/out/lib/launcher.zip")), "launcher");
  EXPECT_THAT(read_file(path("in/out/flist")), Not(HasSubstr("out")));
  EXPECT_FALSE(exists("in/out/.DS_Store"));
  EXPECT_FALSE(exists("in/out/out"));
  EXPECT_EQ(read_file(path("in/flist")), "old");
  EXPECT_NE(read_file(path("in/out/version")), "old");
}

TEST_F(FlistExportTest, ChangesListsLast) {
  what_.destination = path("out");
  what_.version_file = lists::FlistVersion{1, 1, "1", "1"};
  must_export();
  write("in/lib/game.zip", "world!");
  what_.version_file->android_version = "2";
  bool done = false;
  for (unsigned fail_at = 0; !done; ++fail_at) {
    ASSERT_LT(fail_at, 200u);
    test::FaultyFileSystem faulty;
    faulty.fail_at(fail_at);
    what_.run.file_system = &faulty;
    done = export_flist(what_, &why_).has_value() && !faulty.failed();
    const bool new_version =
        read_file(path("out/version")).find("androidVersion = \"2\"") != std::string::npos;
    const bool new_list = read_file(path("out/flist")).find("size = 6") != std::string::npos;
    const bool new_file = read_file(path("out/lib/game.zip")) == "world!";
    EXPECT_TRUE((!new_version || new_list) && (!new_list || new_file)) << fail_at;
  }
  EXPECT_THAT(read_file(path("out/flist")), HasSubstr("size = 6"));
}

TEST_F(FlistExportTest, ExplainsWhatIsWrong) {
  write("in/back\\slash", "x");
  EXPECT_EQ(export_flist(what_, &why_).error(), errc::invalid_argument);
  EXPECT_THAT(why_, HasSubstr("back\\slash: has a backslash"));
  what_.directory = path("missing");
  EXPECT_EQ(export_flist(what_, &why_).error(), errc::io);
  EXPECT_EQ(read_file(path("in/flist")), "old");
}

}  // namespace
}  // namespace larder::publish
