// The commands that have a store keep, forget and shrink.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "program.h"
#include "support/laya_tree.h"
#include "support/temp_directory.h"
#include "support/whole_files.h"

namespace larder::test {
namespace {

using ::testing::HasSubstr;

class StoreCommands : public ::testing::Test {
 protected:
  StoreCommands() {
    for (int i = 0; i < 40; ++i)
      tree_.files["big/" + std::to_string(i)] = std::string(100'000, static_cast<char>('0' + i));
    tree_.files["ui/a.png"] = std::string(50'000, 'a');
    tree_.files["ui/b.png"] = "b";
    for (const auto& [path, content] : tree_.files) write_file(origin() + "/" + path, content);
    write_file(origin() + "/update/filetable.bin", tree_.binary_table());
    write_file(origin() + "/update/allfiles.txt", tree_.names());
    write_file(origin() + "/update/assetsid.txt", tree_.id());
  }
  [[nodiscard]] std::string origin() const { return scratch_ / "origin"; }
  [[nodiscard]] std::string store() const { return scratch_ / "store"; }
  Said run(const std::string& command, std::vector<std::string> words) {
    std::vector<std::string> all = {command, "--origin", origin(), "--store", store(), "--json"};
    all.insert(all.end(), words.begin(), words.end());
    return larder(all);
  }
  void get_all(std::vector<std::string> options = {}) {
    for (const auto& [path, content] : tree_.files) options.push_back(path);
    EXPECT_EQ(run("get", options).status, 0);
  }
  std::string source_of(const std::string& path) {
    return text(run("get", {path}).objects().front(), "source");
  }
  std::int64_t figure(const char* name) {
    return number(larder({"status", "--store", store(), "--json"}).objects().front(), name);
  }

  TempDirectory scratch_;
  LayaTree tree_;
};

TEST_F(StoreCommands, PinsSurviveWhatGcDrops) {
  get_all();
  const Said pinned = run("pin", {"ui/*"});
  EXPECT_EQ(pinned.status, 0) << pinned.err;
  EXPECT_EQ(number(pinned.objects().front(), "files"), 2);
  EXPECT_GT(figure("disk_bytes"), 4'000'000);
  const Said gc = larder({"gc", "--store", store(), "--quota", "1MiB", "--json"});
  EXPECT_EQ(gc.status, 0) << gc.err;
  EXPECT_GT(number(gc.objects().front(), "dropped_objects"), 30);
  EXPECT_GT(number(gc.objects().front(), "freed_bytes"), 3'000'000);
  EXPECT_LE(figure("disk_bytes"), 1 << 20);
  EXPECT_EQ(source_of("ui/a.png"), "store");
  EXPECT_EQ(source_of("ui/b.png"), "store");
}

TEST_F(StoreCommands, EvictForgetsButNotWhatIsPinnedUnlessForced) {
  get_all();
  EXPECT_EQ(run("pin", {"ui/a.png"}).status, 0);
  const Said evicted = run("evict", {"**/*.png"});
  EXPECT_EQ(evicted.status, 0) << evicted.err;
  EXPECT_EQ(number(evicted.objects().front(), "files"), 2);
  const auto summary = evicted.objects().back().at("summary").as_object();
  EXPECT_EQ(number(summary, "evicted"), 1) << "the other one is pinned";
  EXPECT_EQ(number(summary, "objects"), figure("objects"));
  EXPECT_EQ(source_of("ui/a.png"), "store");
  EXPECT_EQ(source_of("ui/b.png"), "origin");
  EXPECT_EQ(run("evict", {"ui/a.png", "--force"}).status, 0);
  EXPECT_EQ(source_of("ui/a.png"), "origin");
}

TEST_F(StoreCommands, ClearLeavesWhatIsPinnedUnlessForced) {
  get_all();
  EXPECT_EQ(run("pin", {"ui/a.png"}).status, 0);
  const Said cleared = larder({"clear", "--store", store(), "--json"});
  EXPECT_EQ(cleared.status, 0) << cleared.err;
  EXPECT_EQ(number(cleared.objects().front(), "objects"), 1);
  EXPECT_EQ(source_of("ui/a.png"), "store");
  EXPECT_EQ(run("unpin", {"ui/*"}).status, 0);
  EXPECT_EQ(larder({"clear", "--store", store()}).status, 0);
  EXPECT_EQ(figure("objects"), 0);
  EXPECT_EQ(figure("segments"), 0);
  get_all();
  EXPECT_EQ(run("pin", {"ui/a.png"}).status, 0);
  EXPECT_EQ(larder({"clear", "--store", store(), "--force"}).status, 0);
  EXPECT_EQ(figure("objects"), 0);
}

TEST_F(StoreCommands, GetStaysBelowItsQuota) {
  get_all({"--quota", "2MiB"});
  EXPECT_LE(figure("disk_bytes"), 2 << 20);
  EXPECT_GT(figure("objects"), 5);
  EXPECT_LT(figure("objects"), 42);
}

TEST_F(StoreCommands, SayWhatIsWrong) {
  EXPECT_EQ(larder({"gc", "--store", store(), "--quota", "much"}).status, 2);
  EXPECT_EQ(larder({"gc", "--store", store(), "--quota", "10%"}).status, 2);
  const Said none = larder({"clear", "--store", store()});
  EXPECT_EQ(none.status, 1);
  EXPECT_THAT(none.err, HasSubstr("there is no store"));
  EXPECT_EQ(larder({"pin", "--origin", origin(), "a"}).status, 2);
  const Said unlisted = run("pin", {"no/such"});
  EXPECT_EQ(unlisted.status, 1);
  EXPECT_EQ(text(unlisted.objects().front(), "error"), "not_listed");
  EXPECT_EQ(run("get", {"--quota", "0.5x", "ui/b.png"}).status, 2);
}

}  // namespace
}  // namespace larder::test
