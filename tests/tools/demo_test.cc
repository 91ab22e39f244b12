// The demo on trees of the test's own, so that what it must find is known.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "program.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::test {
namespace {

using ::testing::HasSubstr;

class DemoCommand : public ::testing::Test {
 protected:
  DemoCommand() {
    for (int i = 0; i < 50; ++i) {
      const std::string name = "folder" + std::to_string(i % 5) + "/" + std::to_string(i) + ".txt";
      write(name, "content of " + name, "content of " + name);
    }
  }
  void write(const std::string& name, const std::string& before, const std::string& after) {
    write_file(scratch_ / "old/" + name, before);
    write_file(scratch_ / "new/" + name, after);
  }
  Said demo(std::vector<std::string> words = {}) {
    words.insert(words.begin(), {"demo", "--old", scratch_ / "old", "--new", scratch_ / "new"});
    return larder(words);
  }

  TempDirectory scratch_;
};

TEST_F(DemoCommand, DownloadsInTheThirdRunWhatChanged) {
  for (int i = 0; i < 20; ++i) {
    const std::string number = std::to_string(i);
    write("changing/" + number, "old text " + number, "newer text " + number);
  }
  const Said said = demo({"--json"});
  EXPECT_EQ(said.status, 0) << said.err;
  const auto lines = said.objects();
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_GT(number(lines[0], "origin"), 0);
  EXPECT_EQ(number(lines[1], "origin"), 0);
  EXPECT_EQ(number(lines[1], "wire_bytes"), 0);
  const auto& summary = lines[3].at("summary").as_object();
  EXPECT_EQ(number(summary, "files"), 70);
  EXPECT_EQ(number(summary, "changed"), 20);
  EXPECT_GT(number(summary, "changed_and_read"), 0);
  EXPECT_EQ(number(lines[2], "origin"), number(summary, "changed_and_read"));
}

TEST_F(DemoCommand, ReadsTheChangedFilesWhenItsSampleHasNone) {
  write("the-only-one.txt", "old text", "newer text");
  const Said said = demo({"--json"});
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(number(said.objects()[2], "origin"), 1);
}

TEST_F(DemoCommand, TakesTheBundleForWhatItHolds) {
  const auto none = demo({"--json", "--share", "0"}).objects();
  EXPECT_EQ(number(none.at(0), "bundle"), 0);
  const auto all = demo({"--json", "--share", "1"}).objects();
  EXPECT_EQ(number(all.at(0), "origin"), 0);
}

TEST_F(DemoCommand, MissesNoChangeThatAWeakChecksumWould) {
  // The same edit eight bytes apart cancels in LayaDCC's checksum.
  write("missed.txt", "AAAAAAAAAAAAAAAA", "BAAAAAAABAAAAAAA");
  const Said said = demo({"--json"});
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(number(said.objects()[2], "origin"), 1);
}

TEST_F(DemoCommand, DownloadsContentThatFilesShareOnce) {
  for (int i = 0; i < 20; ++i) write("copies/" + std::to_string(i), "the old one", "the new one");
  const Said said = demo({"--json", "--share", "0"});
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(number(said.objects()[2], "requests"), 1);
}

TEST_F(DemoCommand, LeavesTheTreesAsTheyAre) {
  ASSERT_EQ(demo().status, 0);
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "old/heads"));
  EXPECT_FALSE(std::filesystem::exists(scratch_ / "old/.larder"));
}

TEST_F(DemoCommand, PrintsATableForPeople) {
  const Said said = demo();
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("1 first start"));
  EXPECT_THAT(said.out, HasSubstr("3 after the update"));
  EXPECT_THAT(said.out, HasSubstr("Checked: every byte"));
}

TEST_F(DemoCommand, WantsBothTreesOrNone) {
  EXPECT_EQ(larder({"demo", "--old", scratch_ / "old"}).status, 2);
  EXPECT_EQ(larder({"demo", "--old", scratch_ / "nothing", "--new", scratch_ / "new"}).status, 2);
}

}  // namespace
}  // namespace larder::test
