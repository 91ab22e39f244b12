// --mount, as users of larder get, ls, prefetch and explain give it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "program.h"
#include "support/whole_files.h"

namespace larder::test {
namespace {

using ::testing::HasSubstr;

class MountCommand : public ::testing::Test {
 protected:
  MountCommand() {
    publish("base", {{"a.txt", "alpha"}, {"maps/1.map", "one"}});
    publish("dlc", {{"a.txt", "alpha of the dlc"}, {"maps/2.map", "two"}});
  }
  /// As origin NAME, signed with a key of its own.
  void publish(const std::string& name,
               const std::vector<std::pair<std::string, std::string>>& files) const {
    for (const auto& [path, content] : files)
      write_file(folder_ / (name + "-tree/" + path), content);
    ASSERT_EQ(larder({"keygen", "--out", key(name)}).status, 0);
    const Said said =
        larder({"publish", folder_ / (name + "-tree"), "--to", folder_ / name, "--key", key(name)});
    ASSERT_EQ(said.status, 0) << said.err;
  }
  [[nodiscard]] std::string key(const std::string& name) const { return folder_ / (name + ".key"); }
  /// `larder COMMAND`, with the base at the root and the other at dlc/, and WORDS.
  [[nodiscard]] Said run(const std::string& command, const std::vector<std::string>& words) const {
    std::vector<std::string> all = {command,
                                    "--origin",
                                    folder_ / "base",
                                    "--trust",
                                    key("base") + ".pub",
                                    "--store",
                                    folder_ / "store",
                                    "--mount",
                                    "dlc/=" + (folder_ / "dlc"),
                                    "--mount-trust",
                                    "dlc=" + key("dlc") + ".pub"};
    all.insert(all.end(), words.begin(), words.end());
    return larder(all);
  }

  TempDirectory folder_;
};

TEST_F(MountCommand, ReadsListsFetchesAndExplains) {
  const Said read = run("get", {"--cat", "a.txt", "dlc/a.txt"});
  EXPECT_EQ(read.status, 0) << read.err;
  EXPECT_EQ(read.out, "alphaalpha of the dlc");
  EXPECT_EQ(run("ls", {"-R"}).out,
            "a.txt\ndlc/\ndlc/a.txt\ndlc/maps/\ndlc/maps/2.map\nmaps/\nmaps/1.map\n");
  const auto fetched = run("prefetch", {"--json", "**/*.map"}).objects();
  ASSERT_FALSE(fetched.empty());
  EXPECT_EQ(number(fetched.back().at("summary").as_object(), "fetched"), 2);
  const auto explained = run("explain", {"--json", "dlc/maps/2.map"}).objects();
  ASSERT_EQ(explained.size(), 1u);
  EXPECT_EQ(text(explained[0], "mount"), "dlc/");
  EXPECT_EQ(text(explained[0], "source"), "store");
  EXPECT_THAT(run("explain", {"dlc/a.txt"}).out, HasSubstr("mount     dlc/"));
}

TEST_F(MountCommand, BelievesOnlyTheKeysOfTheMount) {
  const Said said = run("get", {"--mount", "more=" + (folder_ / "dlc"), "a.txt"});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("cannot mount " + (folder_ / "dlc") + " at more/"));
  EXPECT_THAT(said.err, HasSubstr("(bad_signature)"));
}

TEST_F(MountCommand, SaysWhatIsWrongWithTheArguments) {
  const Said no_equals = run("ls", {"--mount", "dlc"});
  EXPECT_EQ(no_equals.status, 2);
  EXPECT_THAT(no_equals.err, HasSubstr("--mount dlc has no `=`"));
  const Said nowhere = run("ls", {"--mount-trust", "x=" + key("dlc") + ".pub"});
  EXPECT_EQ(nowhere.status, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("nothing is mounted there"));
}

}  // namespace
}  // namespace larder::test
