// larder import, as its users run it.
#include <gmock/gmock.h>

#include <filesystem>

#include "program.h"
#include "support/whole_files.h"

namespace larder::tool {
namespace {

using test::larder;
using test::number;
using test::text;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ImportCommand : public ::testing::Test {
 protected:
  ImportCommand() {
    write("a.txt", "alpha");
    write("res/with space.json", "{}");
    const auto packed = larder({"layadcc", tree(), "-esc", "--no-notes", "--quiet"});
    EXPECT_EQ(packed.status, 0) << packed.err;
  }
  [[nodiscard]] std::string tree() const { return folder_ / "tree"; }
  [[nodiscard]] std::string origin() const { return folder_ / "origin"; }
  void write(const std::string& path, const std::string& content) const {
    test::write_file(tree() + "/" + path, content);
  }
  [[nodiscard]] test::Said import_from(const std::string& source,
                                       std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"import", "layadcc", source, "--to", origin()};
    words.insert(words.end(), more.begin(), more.end());
    return larder(words);
  }
  [[nodiscard]] std::string content() const {
    return larder({"get", "--origin", origin(), "--allow-unsigned", "--cat", "a.txt",
                   "res/with space.json"})
        .out;
  }

  test::TempDirectory folder_;
};

TEST_F(ImportCommand, PublishesADirectory) {
  const auto said = import_from(tree(), {"--json", "--name", "game"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(said.err, IsEmpty());
  const auto result = said.objects().at(0);
  EXPECT_EQ(number(result, "files"), 2);
  EXPECT_EQ(number(result, "left_out"), 0);
  EXPECT_EQ(text(result, "layadcc_id"), test::read_file(tree() + "/update/assetsid.txt"));
  EXPECT_EQ(content(), "alpha{}");
}

TEST_F(ImportCommand, PublishesWhatAnotherServerHas) {
  const auto said = import_from("file://" + tree() + "/");
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("stable is at version 1: 2 files"));
  EXPECT_EQ(content(), "alpha{}");
  EXPECT_FALSE(std::filesystem::exists(origin() + "/.larder/import"));

  write("a.txt", "damaged");
  const auto failed = import_from("file://" + tree() + "/");
  EXPECT_EQ(failed.status, 1);
  EXPECT_THAT(failed.err, HasSubstr("a.txt: "));
  EXPECT_EQ(content(), "alpha{}");
  const auto skipped = import_from("file://" + tree() + "/", {"--skip-damaged"});
  EXPECT_EQ(skipped.status, 0) << skipped.err;
  EXPECT_THAT(skipped.err, HasSubstr("1 file left out:\n  a.txt"));
  EXPECT_EQ(content(), "{}");
}

TEST_F(ImportCommand, PublishesWhatOtherEnginesUpdatersHave) {
  const std::string lists = folder_ / "lists";
  ASSERT_EQ(larder({"export", "cocos", "-u", "http://a/", "-v", "1.2", "-s", tree(), "-d", lists,
                    "--folder", "res"})
                .status,
            0);
  auto said = larder({"import", "cocos", tree(), "--to", origin(), "--list",
                      lists + "/project.manifest", "--json"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(number(said.objects().at(0), "files"), 1);
  EXPECT_EQ(text(said.objects().at(0), "listed_version"), "1.2");
  EXPECT_THAT(said.err, HasSubstr("since the list does not list what is there:\n  a.txt"));
  EXPECT_EQ(
      larder({"get", "--origin", origin(), "--allow-unsigned", "--cat", "res/with space.json"}).out,
      "{}");

  ASSERT_EQ(larder({"export", "flist", tree(), "--quiet"}).status, 0);
  said = larder({"import", "flist", tree(), "--to", origin()});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(content(), "alpha{}");
  write("a.txt", "damaged");
  said = larder({"import", "flist", tree(), "--to", origin()});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("a.txt: its size is not the one of the list"));
  EXPECT_EQ(content(), "alpha{}");
  EXPECT_EQ(import_from(tree(), {"--list", "x"}).status, 2);
}

TEST_F(ImportCommand, ExplainsWhatIsWrong) {
  write("a.txt", "damaged");
  const auto said = import_from(tree());
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("\n  a.txt: its checksum is not the table's"));
  EXPECT_FALSE(std::filesystem::exists(origin() + "/heads"));
  EXPECT_EQ(import_from(folder_ / "missing").status, 1);
  EXPECT_EQ(import_from("file://" + (folder_ / "missing")).status, 1);
  EXPECT_EQ(larder({"import", "zip", tree(), "--to", origin()}).status, 2);
  EXPECT_EQ(larder({"import", "layadcc", tree()}).status, 2);
}

TEST(ImportCacheCommand, MovesWhatAnOldClientHasDownloaded) {
  test::TempDirectory folder;
  const std::string origin = folder / "origin";
  test::write_file(folder / "build/src/main.js", "code");
  test::write_file(folder / "build/assets/a.png", "picture");
  ASSERT_EQ(larder({"export", "cocos", "-u", "http://127.0.0.1:1/", "-v", "1.0", "-s",
                    folder / "build", "-d", folder / "build"})
                .status,
            0);
  test::write_file(folder / "gamecaches/main/1.png", "picture");
  test::write_file(folder / "gamecaches/2.js", "other code");
  test::write_file(
      folder / "gamecaches/cacheList.json",
      R"({"files":{"https://cdn.example/g/assets/a.png":{"bundle":"main","url":)"
      R"("/data/app/gamecaches/main/1.png","lastTime":1},"https://cdn.example/g/src/main.js":)"
      R"({"url":"2.js"},"https://cdn.example/x":{"url":"/etc/passwd"}},"version":"1.1"})");
  const std::vector<std::string> from{"--origin", folder / "build", "--store", folder / "store"};
  std::vector<std::string> words{"import", "cachelist", folder / "gamecaches/cacheList.json"};
  words.insert(words.end(), from.begin(), from.end());
  words.insert(words.end(), {"--base", "https://cdn.example/g/", "--move", "--json"});
  const auto said = larder(words);
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(said.err, HasSubstr("https://cdn.example/x: its file /etc/passwd lies elsewhere"));
  EXPECT_EQ(number(said.objects().at(0), "taken"), 1);
  EXPECT_EQ(number(said.objects().at(0), "different"), 1);
  EXPECT_FALSE(std::filesystem::exists(folder / "gamecaches/main/1.png"));
  EXPECT_TRUE(std::filesystem::exists(folder / "gamecaches/2.js"));

  words = {"import", "storage", folder / "build"};
  words.insert(words.end(), from.begin(), from.end());
  const auto stored = larder(words);
  EXPECT_EQ(stored.status, 0) << stored.err;
  EXPECT_THAT(stored.out, HasSubstr("4 files: 1 taken over (4 B), 1 were here"));
  EXPECT_EQ(larder({"import", "storage", folder / "build", "--origin", origin}).status, 2);
  EXPECT_EQ(larder({"import", "cachelist", folder / "build/src/main.js", "--origin",
                    folder / "build", "--store", folder / "store"})
                .status,
            1);
}

}  // namespace
}  // namespace larder::tool
