// larder publish and diff, as their users run them.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <mutex>
#include <random>
#include <thread>

#include "origin_server.h"
#include "program.h"
#include "support/whole_files.h"

namespace larder::tool {
namespace {

using test::larder;
using test::number;
using test::text;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PublishCommand : public ::testing::Test {
 protected:
  PublishCommand() { std::filesystem::create_directories(tree()); }
  [[nodiscard]] std::string tree() const { return folder_ / "tree"; }
  [[nodiscard]] std::string origin() const { return folder_ / "origin"; }
  void write(const std::string& path, const std::string& content) const {
    test::write_file(tree() + "/" + path, content);
  }
  static std::string lines(unsigned seed, unsigned count) {
    std::string text;
    for (unsigned i = 0; i < count; ++i) text += std::to_string(i * seed % 10007) + " bottles\n";
    return text;
  }
  boost::json::object publish(std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"publish", tree(), "--to", origin(), "--json"};
    words.insert(words.end(), more.begin(), more.end());
    const auto said = larder(words);
    EXPECT_EQ(said.status, 0) << said.err;
    EXPECT_THAT(said.err, IsEmpty());
    return said.status == 0 ? said.objects().at(0) : boost::json::object();
  }

  test::TempDirectory folder_;
};

TEST_F(PublishCommand, PublishesAndSaysWhatItDid) {
  write("a", lines(3, 500));
  write("b/c", "short");
  const auto said = publish({"--name", "game", "--message", "first"});
  EXPECT_EQ(text(said, "channel"), "stable");
  EXPECT_EQ(number(said, "version"), 1);
  EXPECT_EQ(number(said, "files"), 2);
  EXPECT_EQ(number(said, "files_read"), 2);
  EXPECT_GT(number(said, "new_files"), 2);
  EXPECT_THAT(test::read_file(origin() + "/heads/stable.json"), HasSubstr("game"));
  const auto again = publish();
  EXPECT_EQ(number(again, "version"), 2);
  EXPECT_EQ(number(again, "new_files"), 0);
  EXPECT_EQ(text(again, "root"), text(said, "root"));
  const auto words = larder({"publish", tree(), "--to", origin()});
  EXPECT_THAT(words.out, HasSubstr("stable is at version 3: 2 files"));
}

TEST_F(PublishCommand, WrongUsageIsSaidBeforeAnythingIsDone) {
  const std::vector<std::string> cases[] = {
      {"publish"},
      {"publish", tree()},
      {"publish", "--to", origin()},
      {"publish", tree(), "--to", origin(), "--from-release", "1"},
      {"publish", tree(), "--to", origin(), "--expires", "yesterday"},
      {"publish", tree(), "--to", origin(), "--rollout", "101"},
      {"publish", tree(), "--to", origin(), "--keep-deltas", "17"},
      {"publish", tree(), "--to", origin(), "--level", "0"}};
  for (const auto& words : cases) {
    const auto said = larder(words);
    EXPECT_EQ(said.status, 2) << said.err;
    EXPECT_THAT(said.err, HasSubstr("larder publish: error: "));
    EXPECT_FALSE(std::filesystem::exists(origin()));
  }
}

TEST_F(PublishCommand, FailuresAreExplained) {
  std::filesystem::create_symlink("nowhere", tree() + "/link");
  auto said = larder({"publish", tree(), "--to", origin()});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("--follow-links"));
  EXPECT_THAT(said.err, HasSubstr("\n  link"));
  said = larder({"publish", folder_ / "missing", "--to", origin()});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("missing"));
}

TEST_F(PublishCommand, AlsoMakesALayaDccOrigin) {
  write("a.txt", lines(3, 500));
  write("b/c", "short");
  const auto said = publish({"--also-layadcc"});
  const auto& part = said.at("layadcc").as_object();
  EXPECT_EQ(number(part, "files"), 2);
  EXPECT_EQ(number(part, "changed_files"), 7);
  EXPECT_EQ(test::read_file(origin() + "/update/assetsid.txt"), text(part, "id"));
  const auto got = [&](const std::vector<std::string>& how) {
    std::vector<std::string> words{"get", "--origin", origin(), "--cat", "a.txt", "b/c"};
    words.insert(words.end(), how.begin(), how.end());
    return larder(words).out;
  };
  EXPECT_EQ(got({"--layout", "laya"}), lines(3, 500) + "short");
  EXPECT_EQ(got({"--allow-unsigned"}), lines(3, 500) + "short");
  const auto words = larder({"publish", tree(), "--to", origin(), "--also-layadcc"});
  EXPECT_THAT(words.out,
              HasSubstr("LayaDCC: 2 files, id " + text(part, "id") + "; 0 files written"));
  write("b/c", "longer");
  const auto alone = larder({"publish", tree(), "--to", origin()});
  EXPECT_EQ(alone.status, 0);
  EXPECT_THAT(alone.err, HasSubstr("stays as it was (--also-layadcc)"));
  EXPECT_EQ(got({"--layout", "laya"}), lines(3, 500) + "short");
  EXPECT_EQ(larder({"publish", "--to", origin(), "--from-release", "1", "--also-layadcc"}).status,
            2);
  write("objects/x", "x");
  const auto refused = larder({"publish", tree(), "--to", origin(), "--also-layadcc"});
  EXPECT_EQ(refused.status, 1);
  EXPECT_THAT(refused.err, HasSubstr("\n  objects/x"));
}

TEST_F(PublishCommand, MarksFilesByGlob) {
  write("start/a", "a");
  write("rest/b", "b");
  const auto plain = publish();
  EXPECT_NE(text(publish({"--bootstrap", "start/**", "--low", "**"}), "root"), text(plain, "root"));
}

TEST_F(PublishCommand, AReleaseCanBePublishedAgain) {
  write("a", "one");
  const auto first = publish();
  write("a", "two");
  publish();
  const auto said = larder({"publish", "--to", origin(), "--from-release", "1", "--json"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(number(said.objects().at(0), "version"), 3);
  EXPECT_EQ(text(said.objects().at(0), "root"), text(first, "root"));
  EXPECT_EQ(larder({"publish", "--to", origin(), "--from-release", "9"}).status, 1);
}

TEST_F(PublishCommand, DiffTellsWhatChangedAndWhatItCosts) {
  for (unsigned i = 0; i < 50; ++i) write("f" + std::to_string(i), lines(i + 1, 300));
  publish();
  write("f3", lines(4, 300) + "and one more\n");
  write("new", "new");
  std::filesystem::rename(tree() + "/f7", tree() + "/moved");
  std::filesystem::remove(tree() + "/f9");
  publish();
  const auto said = larder({"diff", origin() + "#stable@1", origin(), "--json"});
  ASSERT_EQ(said.status, 0) << said.err;
  std::map<std::string, std::string> changes;
  for (const auto& line : said.objects())
    if (line.contains("change")) changes[text(line, "path")] = text(line, "change");
  EXPECT_EQ(changes,
            (std::map<std::string, std::string>{
                {"f3", "changed"}, {"f9", "removed"}, {"moved", "moved"}, {"new", "added"}}));
  const auto sum = said.objects().back().at("summary").as_object();
  EXPECT_EQ(number(sum, "changed"), 1);
  EXPECT_EQ(number(sum, "patches"), 2);  // f3 and the only page
  EXPECT_EQ(number(sum, "objects"), 1);
  EXPECT_LT(number(sum, "download_bytes"), 600);
  EXPECT_EQ(number(sum, "download_bytes"),
            number(sum, "content_bytes") + number(sum, "index_bytes") +
                number(sum, "delta_table_bytes") + number(sum, "joint_patch_bytes"));
  EXPECT_THAT(larder({"diff", origin() + "#@1", origin()}).out, HasSubstr("M f7 -> moved\n"));
  EXPECT_THAT(larder({"diff", origin(), origin()}).out, HasSubstr("0 B to download"));
}

TEST_F(PublishCommand, DiffReadsOriginsAtUrls) {
  for (unsigned i = 0; i < 400; ++i) write("f" + std::to_string(i), lines(i + 1, 100));
  publish();
  write("f3", lines(4, 100) + "and one more\n");
  write("new", "new");
  publish();
  std::mutex mutex;
  std::vector<std::string> targets;  // guarded by mutex
  OriginServerOptions options;
  options.root = origin();
  options.on_request = [&](const ServedRequest& request) {
    std::lock_guard lock(mutex);
    targets.push_back(request.target);
  };
  OriginServer server(options);
  server.start();
  const std::string local = larder({"diff", origin() + "#@1", origin(), "--json"}).out;
  EXPECT_THAT(local, HasSubstr("\"path\":\"new\""));
  EXPECT_EQ(larder({"diff", server.url() + "#@1", server.url(), "--json"}).out, local);
  EXPECT_EQ(larder({"diff", server.url() + "#stable@1", origin(), "--json"}).out, local);
  {
    std::lock_guard lock(mutex);
    EXPECT_LT(targets.size(), 40u) << "heads, pages and a delta table, but no contents";
    for (const std::string& target : targets)
      EXPECT_TRUE(target.starts_with("/heads/") || target.starts_with("/objects/")) << target;
  }
  const auto missing = larder({"diff", server.url() + "#beta", origin()});
  EXPECT_EQ(missing.status, 1);
  EXPECT_THAT(missing.err, HasSubstr("heads/beta.json"));
  // Bytes that are not what their names say are not believed.
  for (const auto& entry : std::filesystem::recursive_directory_iterator(origin() + "/objects"))
    if (entry.is_regular_file()) test::write_file(entry.path(), "not that");
  const auto damaged = larder({"diff", server.url() + "#@1", server.url()});
  EXPECT_EQ(damaged.status, 1);
  EXPECT_THAT(damaged.err, HasSubstr("(damaged)"));
}

TEST_F(PublishCommand, DiffSaysWhichReleaseThereIsNot) {
  write("a", "a");
  publish();
  for (const std::string& name :
       {origin() + "#beta", origin() + "#@7", origin() + "#Bad", tree()}) {
    const auto said = larder({"diff", origin(), name});
    EXPECT_EQ(said.status, 1) << name;
    EXPECT_THAT(said.err, HasSubstr("larder diff: error: "));
  }
}

TEST_F(PublishCommand, AKilledPublisherLeavesAWholeReleaseAndCanBeRepeated) {
  std::mt19937 random(1);
  for (unsigned i = 0; i < 300; ++i) write("f" + std::to_string(i), lines(i + 1, 200));
  std::string id = text(publish({"--also-layadcc"}).at("layadcc").as_object(), "id");
  for (int round = 0; round < 6; ++round) {
    for (unsigned i = 0; i < 100; ++i)
      write("f" + std::to_string(i), lines(i + 2 + static_cast<unsigned>(round), 210));
    const auto before = test::read_file(origin() + "/heads/stable.json");
    const std::string words[] = {LARDER_PROGRAM, "publish", tree(),
                                 "--to",         origin(),  "--also-layadcc"};
    char* arguments[7] = {};
    for (int i = 0; i < 6; ++i) arguments[i] = const_cast<char*>(words[i].c_str());
    pid_t child = 0;
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    ASSERT_EQ(::posix_spawn(&child, LARDER_PROGRAM, &quiet, nullptr, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&quiet);
    // Anywhere in its course; how far it gets does not matter for what is asserted.
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 120));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status) && test::read_file(origin() + "/heads/stable.json") == before) {
      EXPECT_EQ(test::read_file(origin() + "/update/assetsid.txt"), id);
    }
    // Whatever is there is whole: a diff with itself reads the index, the next publisher the rest.
    EXPECT_EQ(larder({"diff", origin(), origin()}).status, 0);
    id = text(publish({"--also-layadcc"}).at("layadcc").as_object(), "id");
    EXPECT_EQ(test::read_file(origin() + "/f99"), test::read_file(tree() + "/f99"));
    EXPECT_FALSE(std::filesystem::exists(origin() + "/.larder-pack"));
    const auto got = larder({"diff", origin() + "#@1", origin(), "--json"});
    if (round == 0) {
      EXPECT_EQ(number(got.objects().back().at("summary").as_object(), "changed"), 100);
    }
  }
}

TEST(EncryptCommands, PublishBundleAndGetTakeTheKey) {
  test::TempDirectory folder;
  test::write_file(folder / "tree/a.txt", "a secret");
  const std::string key = folder / "content.key";
  const std::string origin = folder / "origin";
  const auto made = larder({"keygen", "--content", "--out", key, "--json"});
  ASSERT_EQ(made.status, 0) << made.err;
  EXPECT_EQ(text(made.objects().at(0), "id").size(), 16u);
  EXPECT_EQ(std::filesystem::status(key).permissions(),
            std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  EXPECT_EQ(larder({"keygen", "--content", "--out", key}).status, 1) << "it is not overwritten";

  ASSERT_EQ(larder({"publish", folder / "tree", "--to", origin, "--encrypt-key", key}).status, 0);
  const std::vector<std::string> get{"get",   "--origin", origin, "--allow-unsigned",
                                     "--cat", "a.txt"};
  auto with_key = get;
  with_key.insert(with_key.end(), {"--content-key", key});
  EXPECT_EQ(larder(with_key).out, "a secret");
  const auto without = larder(get);
  EXPECT_EQ(without.status, 1);
  EXPECT_THAT(without.err, HasSubstr("--content-key gives the key"));

  const std::string bundle = folder / "game.larder";
  ASSERT_EQ(larder({"bundle", folder / "tree", "-o", bundle, "--encrypt-key", key, "--release",
                    origin, "--allow-unsigned"})
                .status,
            0);
  EXPECT_EQ(larder({"get", "--bundle", bundle, "--content-key", key, "--cat", "a.txt"}).out,
            "a secret");
  test::write_file(folder / "no.key", "abc");
  EXPECT_EQ(larder({"publish", folder / "tree", "--to", origin, "--encrypt-key", folder / "no.key"})
                .status,
            1);
  EXPECT_EQ(larder({"publish", folder / "tree", "--to", folder / "both", "--also-layadcc",
                    "--encrypt-key", key})
                .status,
            1);
}

}  // namespace
}  // namespace larder::tool
