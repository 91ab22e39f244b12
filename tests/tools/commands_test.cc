// The program, run as a user runs it, on an origin that is a folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include <larder/version.h>

#include "digest/hash.h"
#include "digest/hex.h"
#include "program.h"
#include "support/laya_tree.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class Commands : public ::testing::Test {
 protected:
  Commands() {
    tree_.files = {{"a.txt", "first"},
                   {"levels/1.json", "{}"},
                   {"levels/2.json", "[2]"},
                   {"textures/hero.png", std::string(5000, 'h')}};
    for (const auto& [path, content] : tree_.files) write_file(origin() + "/" + path, content);
    write_file(origin() + "/update/filetable.bin", tree_.binary_table());
    write_file(origin() + "/update/allfiles.txt", tree_.names());
    write_file(origin() + "/update/assetsid.txt", tree_.id());
  }

  [[nodiscard]] std::string origin() const { return scratch_ / "origin"; }
  // `larder COMMAND --origin … --store … WORDS…`
  Said run(const std::string& command, std::vector<std::string> words,
           const std::string& input = {}) {
    std::vector<std::string> all = {command, "--origin", origin(), "--store", scratch_ / "store"};
    all.insert(all.end(), words.begin(), words.end());
    return larder(all, input);
  }

  TempDirectory scratch_;
  LayaTree tree_;
};

TEST_F(Commands, GetIgnoresCaseIfToldTo) {
  EXPECT_EQ(run("get", {"--ignore-case", "--cat", "Levels/2.JSON"}).out, "[2]");
  EXPECT_EQ(run("get", {"Levels/2.JSON"}).status, 1);
  tree_.files["levels/A"] = "big";
  tree_.files["levels/a"] = "small";
  for (const auto& [path, content] : tree_.files) write_file(origin() + "/" + path, content);
  write_file(origin() + "/update/filetable.bin", tree_.binary_table());
  write_file(origin() + "/update/allfiles.txt", tree_.names());
  write_file(origin() + "/update/assetsid.txt", tree_.id());
  EXPECT_EQ(run("get", {"--ignore-case", "--cat", "levels/a"}).out, "small");
  const Said said = run("get", {"--ignore-case", "LEVELS/A"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("(ambiguous)"));
  EXPECT_THAT(run("explain", {"--ignore-case", "LEVELS/A"}).out, HasSubstr("levels/A, levels/a"));
}

TEST(Program, SaysItsVersion) {
  const Said said = larder({"--version"});
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.out, "larder " LARDER_VERSION_STRING "\n");
}

TEST(Program, ListsItsCommands) {
  const Said said = larder({"--help"});
  EXPECT_EQ(said.status, 0);
  for (const char* command : {"get", "prefetch", "ls", "explain", "status", "verify", "pin",
                              "unpin", "evict", "clear", "gc", "layadcc", "serve", "demo"})
    EXPECT_THAT(said.out, HasSubstr(std::string("\n  ") + command + " "));
}

TEST(Program, ExplainsEachCommand) {
  for (const char* command : {"get", "prefetch", "ls", "explain", "status", "verify", "pin",
                              "unpin", "evict", "clear", "gc", "layadcc", "serve", "demo"}) {
    const Said said = larder({command, "--help"});
    EXPECT_EQ(said.status, 0) << command;
    EXPECT_THAT(said.out, HasSubstr(command));
    EXPECT_EQ(larder({"help", command}).out, said.out);
  }
}

TEST(Program, CallsAWrongCommandLineWrongUsage) {
  EXPECT_EQ(larder({}).status, 2);
  EXPECT_EQ(larder({"frobnicate"}).status, 2);
  EXPECT_THAT(larder({"frobnicate"}).err, HasSubstr("there is no command frobnicate"));
  for (const char* command : {"get", "prefetch", "ls", "explain", "status", "verify", "pin",
                              "unpin", "evict", "clear", "gc", "demo"})
    EXPECT_EQ(larder({command, "--no-such-option"}).status, 2) << command;
}

TEST(Program, FailsWhenItsOutputCannotBeWritten) {
  const std::string command = std::string(LARDER_PROGRAM) + " --help >/dev/full 2>/dev/null";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1);
}

TEST_F(Commands, GetSaysWhereEachFileCameFromInTheOrderAsked) {
  const Said said = run("get", {"--json", "textures/hero.png", "no/such.png", "a.txt"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, IsEmpty());
  const auto lines = said.objects();
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(text(lines[0], "path"), "textures/hero.png");
  EXPECT_EQ(text(lines[0], "source"), "origin");
  EXPECT_EQ(number(lines[0], "bytes"), 5000);
  EXPECT_EQ(number(lines[0], "wire_bytes"), 5000);
  EXPECT_EQ(number(lines[0], "requests"), 1);
  EXPECT_EQ(text(lines[0], "digest"),
            digest::to_hex(
                digest::sha256(std::as_bytes(std::span(tree_.files["textures/hero.png"]))).bytes));
  EXPECT_TRUE(lines[0].at("ms").is_number());
  EXPECT_EQ(text(lines[1], "path"), "no/such.png");
  EXPECT_TRUE(lines[1].contains("error"));
  EXPECT_TRUE(lines[1].contains("message"));
  EXPECT_EQ(text(lines[2], "path"), "a.txt");
  const auto& summary = lines[3].at("summary").as_object();
  EXPECT_EQ(number(summary, "paths"), 3);
  EXPECT_EQ(number(summary, "origin"), 2);
  EXPECT_EQ(number(summary, "failed"), 1);
  EXPECT_EQ(number(summary, "bytes"), 5005);
}

TEST_F(Commands, GetShowsDownloadsAndWhatIsThereAlready) {
  ASSERT_EQ(run("get", {"a.txt"}).status, 0);
  const Said said = run("get", {"-v", "a.txt", "levels/1.json"});
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.err, HasSubstr("found the file in the store: a.txt\n"));
  EXPECT_THAT(said.err, HasSubstr("download [ ] file://"));
  EXPECT_THAT(said.err, HasSubstr("levels/1.json"));
  EXPECT_THAT(said.err, HasSubstr("download [x] file://"));
}

TEST_F(Commands, GetCountsByServer) {
  const auto lines = run("get", {"--json", "a.txt", "levels/1.json"}).objects();
  const auto& hosts = lines.back().at("summary").as_object().at("hosts").as_array();
  ASSERT_EQ(hosts.size(), 1U);
  EXPECT_EQ(text(hosts[0].as_object(), "host"), "file://");
  EXPECT_GE(number(hosts[0].as_object(), "requests"), 2);
  EXPECT_EQ(number(hosts[0].as_object(), "failures"), 0);
}

TEST_F(Commands, GetGoesToAMirror) {
  std::filesystem::copy(origin(), scratch_ / "mirror", std::filesystem::copy_options::recursive);
  std::filesystem::remove(scratch_ / "origin/a.txt");
  EXPECT_EQ(run("get", {"a.txt"}).status, 1);
  EXPECT_EQ(run("get", {"--mirror", scratch_ / "mirror", "a.txt"}).status, 0);
}

TEST_F(Commands, GetTakesASecondReadFromTheStore) {
  ASSERT_EQ(run("get", {"a.txt", "levels/1.json"}).status, 0);
  const auto lines = run("get", {"--json", "levels/1.json", "a.txt"}).objects();
  ASSERT_EQ(lines.size(), 3U);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(text(lines[i], "source"), "store");
    EXPECT_EQ(number(lines[i], "wire_bytes"), 0);
    EXPECT_EQ(number(lines[i], "requests"), 0);
  }
  EXPECT_EQ(number(lines[2].at("summary").as_object(), "wire_bytes"), 0);
}

TEST_F(Commands, GetOfflineServesTheStoreAndNothingElse) {
  ASSERT_EQ(run("get", {"a.txt"}).status, 0);
  const Said said = run("get", {"--offline", "--json", "a.txt", "levels/1.json"});
  EXPECT_EQ(said.status, 1);
  EXPECT_EQ(text(said.objects()[0], "source"), "store");
  EXPECT_EQ(text(said.objects()[1], "error"), "offline");
}

TEST_F(Commands, GetKeepsTheOrderOfManyPathsFromStdin) {
  std::string input;
  std::vector<std::string> asked;
  for (int i = 0; i < 100; ++i)
    for (const auto& [path, content] : tree_.files) {
      asked.push_back(path);
      input += path + (i % 2 == 0 ? "\n" : "\r\n");
    }
  const Said said = run("get", {"--json", "-"}, input);
  EXPECT_EQ(said.status, 0);
  const auto lines = said.objects();
  ASSERT_EQ(lines.size(), asked.size() + 1);
  for (std::size_t i = 0; i < asked.size(); ++i) EXPECT_EQ(text(lines[i], "path"), asked[i]);
}

TEST_F(Commands, GetWritesContentToStdoutWhenAsked) {
  const Said said = run("get", {"--cat", "a.txt", "levels/2.json"});
  EXPECT_EQ(said.status, 0);
  EXPECT_EQ(said.out, "first[2]");
  EXPECT_EQ(run("get", {"--cat", "--json", "a.txt"}).status, 2);
}

TEST_F(Commands, GetWritesFilesBelowAFolder) {
  const Said said = run("get", {"-o", scratch_ / "out", "levels/1.json", "a.txt"});
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.out, HasSubstr("levels/1.json"));
  EXPECT_EQ(read_file(scratch_ / "out/levels/1.json"), "{}");
  EXPECT_EQ(read_file(scratch_ / "out/a.txt"), "first");
}

TEST_F(Commands, GetNeverWritesOutsideTheFolder) {
  const Said said = run("get", {"-o", scratch_ / "out", "../a.txt", "x/../../a.txt"});
  EXPECT_EQ(said.status, 1);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "a.txt"));
}

TEST_F(Commands, GetNamesThePathTheReasonAndAWayOut) {
  ASSERT_EQ(run("get", {"a.txt"}).status, 0);
  const Said said = run("get", {"--offline", "levels/1.json"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, StartsWith("larder get: error: levels/1.json: "));
  EXPECT_THAT(said.err, HasSubstr("(offline); "));
}

TEST_F(Commands, GetWantsSomethingToReadFromAndSomethingToRead) {
  EXPECT_EQ(larder({"get", "a.txt"}).status, 2);
  EXPECT_THAT(larder({"get", "a.txt"}).err, HasSubstr("give --origin, --bundle or both"));
  EXPECT_EQ(run("get", {}).status, 2);
  EXPECT_EQ(run("get", {"--layout", "mosaic", "a.txt"}).status, 2);
  EXPECT_EQ(run("get", {"--layout", "laya", "a.txt"}).status, 0);
}

TEST_F(Commands, GetSaysThatAnOriginIsNotThere) {
  const Said said = larder({"get", "--origin", "http://127.0.0.1:1/", "a.txt"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("http://127.0.0.1:1/"));
  EXPECT_THAT(said.err, HasSubstr("unreachable"));
}

TEST_F(Commands, PrefetchFetchesWhatTheGlobsName) {
  ASSERT_EQ(run("get", {"levels/1.json"}).status, 0);
  const Said said = run("prefetch", {"--json", "levels/*", "**/hero.png"});
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(said.err, IsEmpty());
  const auto lines = said.objects();
  ASSERT_EQ(lines.size(), 1U);
  const auto& summary = lines[0].at("summary").as_object();
  EXPECT_EQ(number(summary, "files"), 3);
  EXPECT_EQ(number(summary, "local"), 1);
  EXPECT_EQ(number(summary, "fetched"), 2);
  EXPECT_EQ(number(summary, "failed"), 0);
  EXPECT_EQ(number(summary, "wire_bytes"), 5003);
  EXPECT_EQ(run("get", {"--offline", "levels/2.json", "textures/hero.png"}).status, 0);
  EXPECT_EQ(run("get", {"--offline", "a.txt"}).status, 1) << "nothing else was fetched";
}

TEST_F(Commands, PrefetchTellsPeopleWhatItDid) {
  const Said said = run("prefetch", {"**"});
  EXPECT_EQ(said.status, 0);
  EXPECT_THAT(said.out, StartsWith("4 files in "));
  EXPECT_THAT(said.out,
              HasSubstr("0 were here, 4 fetched, 0 failed; downloaded 4.9 KiB in 4 requests"));
}

TEST_F(Commands, PrefetchNamesEachFileThatFailed) {
  const Said said = run("prefetch", {"no/such.png", "a.txt"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, StartsWith("larder prefetch: error: no/such.png: "));
  EXPECT_THAT(said.out, HasSubstr("1 fetched, 1 failed"));
  const auto lines = run("prefetch", {"--json", "no/such.png"}).objects();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(text(lines[0], "path"), "no/such.png");
  EXPECT_EQ(text(lines[0], "error"), "not_listed");
}

TEST_F(Commands, PrefetchTakesPathsFromStdinAsTheyAre) {
  EXPECT_EQ(run("prefetch", {"--literal", "-"}, "a.txt\r\nlevels/1.json\n").status, 0);
  EXPECT_EQ(run("get", {"--offline", "a.txt", "levels/1.json"}).status, 0);
  EXPECT_EQ(run("prefetch", {"--literal", "levels/*"}).status, 1);
}

TEST_F(Commands, PrefetchSaysWhyItCannotBegin) {
  EXPECT_EQ(larder({"prefetch", "--origin", origin(), "a.txt"}).status, 2);
  EXPECT_THAT(larder({"prefetch", "--origin", origin(), "a.txt"}).err, HasSubstr("--store"));
  EXPECT_EQ(run("prefetch", {}).status, 2);
  EXPECT_EQ(run("prefetch", {"--limit-rate", "fast", "a.txt"}).status, 2);
  EXPECT_EQ(run("prefetch", {"--limit-rate", "2MiB", "--flights", "3", "a.txt"}).status, 0);
  const Said nothing = run("prefetch", {"nowhere/*"});
  EXPECT_EQ(nothing.status, 1);
  EXPECT_THAT(nothing.err, StartsWith("larder prefetch: error: nowhere/*: "));
  std::filesystem::remove(origin() + "/update/allfiles.txt");
  std::filesystem::remove_all(scratch_ / "store");
  EXPECT_THAT(run("prefetch", {"levels/*"}).err,
              HasSubstr("the names of this release are not known"));
}

TEST_F(Commands, LsListsOneDirectory) {
  EXPECT_EQ(run("ls", {}).out, "a.txt\nlevels/\ntextures/\n");
  EXPECT_EQ(run("ls", {"levels"}).out, "levels/1.json\nlevels/2.json\n");
  EXPECT_EQ(run("ls", {"levels/"}).out, "levels/1.json\nlevels/2.json\n");
}

TEST_F(Commands, LsListsEverythingBelow) {
  EXPECT_EQ(run("ls", {"-R"}).out,
            "a.txt\nlevels/\nlevels/1.json\nlevels/2.json\ntextures/\ntextures/hero.png\n");
}

TEST_F(Commands, LsListsAFileAsItself) {
  EXPECT_EQ(run("ls", {"a.txt"}).out, "a.txt\n");
}

TEST_F(Commands, LsSaysWhatIsLocal) {
  ASSERT_EQ(run("get", {"levels/1.json"}).status, 0);
  const auto lines = run("ls", {"--json", "-R"}).objects();
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(text(lines[0], "type"), "file");
  EXPECT_FALSE(lines[0].at("local").as_bool());
  EXPECT_EQ(text(lines[1], "type"), "directory");
  EXPECT_EQ(text(lines[2], "path"), "levels/1.json");
  EXPECT_TRUE(lines[2].at("local").as_bool());
  EXPECT_EQ(number(lines[2], "bytes"), 2);
}

TEST_F(Commands, LsFailsOnAnUnknownDirectory) {
  const Said said = run("ls", {"nowhere"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, StartsWith("larder ls: error: nowhere: "));
}

TEST_F(Commands, ExplainSaysWhereAPathWouldComeFrom) {
  const auto before = run("explain", {"--json", "a.txt"}).objects();
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(text(before[0], "source"), "origin");
  EXPECT_FALSE(before[0].at("in_store").as_bool());
  ASSERT_EQ(run("get", {"a.txt"}).status, 0);
  const auto after = run("explain", {"--json", "a.txt"}).objects();
  EXPECT_EQ(text(after[0], "source"), "store");
  EXPECT_TRUE(after[0].at("in_store").as_bool());
  EXPECT_EQ(number(after[0], "bytes"), 5);
  const Said text = run("explain", {"a.txt"});
  EXPECT_EQ(text.status, 0);
  EXPECT_THAT(text.out, HasSubstr("source    store"));
}

TEST_F(Commands, StatusCountsWhatTheStoreHolds) {
  ASSERT_EQ(run("get", {"a.txt", "textures/hero.png"}).status, 0);
  const Said said = larder({"status", "--store", scratch_ / "store", "--json"});
  EXPECT_EQ(said.status, 0);
  const auto lines = said.objects();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(number(lines[0], "objects"), 2);
  EXPECT_EQ(number(lines[0], "object_bytes"), 5005);
  ASSERT_EQ(run("get", {"a.txt"}).status, 0);
  const auto later = larder({"status", "--store", scratch_ / "store", "--json"}).objects().at(0);
  const auto& life = later.at("life").as_object();
  EXPECT_EQ(number(life, "stored"), 2);
  EXPECT_EQ(number(life, "stored_again"), 0);
  EXPECT_EQ(number(life, "hits"), 1);
  EXPECT_GE(number(life, "misses"), 2);
  EXPECT_EQ(number(life, "damaged"), 0);
  EXPECT_GT(life.at("waited_ms").to_number<double>(), 0);
  const auto& misses = life.at("miss_latency").as_object();
  EXPECT_EQ(number(misses, "samples"), 2);
  EXPECT_LE(number(misses, "p50_ns"), number(misses, "p90_ns"));
  EXPECT_LE(number(misses, "p99_ns"), number(misses, "max_ns"));
  EXPECT_EQ(number(life.at("hit_latency").as_object(), "samples"), 1);
  const Said words = larder({"status", "--store", scratch_ / "store"});
  EXPECT_EQ(words.status, 0);
  EXPECT_THAT(words.out, HasSubstr("\nhits      1; p50 "));
  EXPECT_THAT(words.out, HasSubstr("\nstored    2, of which again 0\n"));
}

TEST_F(Commands, StatusMakesNoStoreWhereNoneIs) {
  const Said said = larder({"status", "--store", scratch_ / "nothing"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr(scratch_ / "nothing"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "nothing"));
}

}  // namespace
}  // namespace larder::test
