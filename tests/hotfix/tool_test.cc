// larder hotfix list, lint, sign.
#include <larder/hotfix/runtime.h>

#include <gmock/gmock.h>

#include "hotfix/manifest.h"
#include "hotfix/point_table.h"
#include "hotfix/sign.h"
#include "hotfix/test_keys.h"
#include "support/whole_files.h"
#include "tools/program.h"

namespace larder::test {
namespace {

using testing::HasSubstr;

/// A table of this program's points, a script, and a key.
class HotfixTool : public testing::Test {
 protected:
  HotfixTool() {
    write_file(path("points.json"), hotfix::points_json());
    write_file(path("key"), kPrivateKey);
    script("hf.patch('small', function(n) return n end)");
  }
  void script(const std::string& body) {
    write_file(path("patches/fix.lua"), "local hf = require 'larder.hotfix'\n" + body);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] Said lint() const {
    return larder({"hotfix", "lint", path("patches/fix.lua"), "--points", path("points.json")});
  }
  Said sign(std::vector<std::string> more) const {
    std::vector<std::string> words = {"hotfix",   "sign",  "--key", path("key"),          "--app",
                                      "game",     "--id",  "fix",   "--sequence",         "3",
                                      "--builds", "10-19", "-o",    path("manifest.json")};
    words.insert(words.end(), more.begin(), more.end());
    return larder(words);
  }

  TempDirectory folder_;
};

TEST_F(HotfixTool, ListsThePointsOfAProgram) {
  const Said said = larder({"hotfix", "list", path("points.json")});
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(said.out, HasSubstr("int sample::Enemy.damage(int)  "));
  const auto objects = larder({"hotfix", "list", path("points.json"), "--json"}).objects();
  ASSERT_EQ(objects.size(), hotfix::points().size());
  EXPECT_EQ(text(objects[0], "name"), hotfix::points()[0].name);
  EXPECT_EQ(text(objects[0], "signature"), hotfix::points()[0].signature_hash);
}

TEST_F(HotfixTool, RefusesWhatIsNoTable) {
  for (const char* table :
       {"", "{}", "[]", "{\"points\": [{}]}", "{\"points\": [{\"name\": 1}]}"}) {
    write_file(path("points.json"), table);
    const Said said = larder({"hotfix", "list", path("points.json")});
    EXPECT_EQ(said.status, 1);
    EXPECT_THAT(said.err, HasSubstr("is no table of hotfix points"));
  }
  EXPECT_EQ(larder({"hotfix", "list", path("missing")}).status, 1);
}

TEST_F(HotfixTool, LintSaysWhatIsPatched) {
  const Said said = lint();
  EXPECT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(said.out, "patches small(unsigned char)\n");
  EXPECT_EQ(said.err, "");
}

TEST_F(HotfixTool, LintFindsEveryNameThatIsWrong) {
  script("hf.patch('smal', print) hf.patch('price', print) hf.patch('large', print)");
  const Said said = lint();
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("'smal' is no hotfix point; near it are small(unsigned char)"));
  EXPECT_THAT(said.err, HasSubstr("'price' may mean price(double"));
  EXPECT_EQ(said.out, "patches large(long)\n");
}

TEST_F(HotfixTool, LintFindsWhatTheSandboxForbids) {
  script("os.execute('true')");
  const Said said = lint();
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("attempt to index a nil value (global 'os')"));
  script("syntax error");
  EXPECT_EQ(lint().status, 1);
  script("while true do end");
  EXPECT_EQ(lint().status, 1);
}

TEST_F(HotfixTool, SignsASet) {
  const Said said =
      sign({"--points", path("points.json"), "--root", folder_.path(), path("patches/fix.lua")});
  ASSERT_EQ(said.status, 0) << said.err;
  const auto text = hotfix::open_seal(read_file(path("manifest.json")), {kPublicKey});
  ASSERT_TRUE(text);
  std::string why;
  const auto manifest = hotfix::read_manifest(*text, why);
  ASSERT_TRUE(manifest) << why;
  EXPECT_EQ(manifest->app, "game");
  EXPECT_EQ(manifest->id, "fix");
  EXPECT_EQ(manifest->sequence, 3u);
  EXPECT_EQ(manifest->first_build, 10u);
  EXPECT_EQ(manifest->last_build, 19u);
  ASSERT_EQ(manifest->scripts.size(), 1u);
  EXPECT_EQ(manifest->scripts[0].path, "patches/fix.lua");
  EXPECT_EQ(manifest->scripts[0].sha256, hotfix::sha256_hex(read_file(path("patches/fix.lua"))));
  ASSERT_EQ(manifest->points.size(), 1u);
  EXPECT_EQ(manifest->points[0].name, "small(unsigned char)");
}

TEST_F(HotfixTool, SignsWithKeysOfKeygen) {
  write_file(path("phrase"), "open sesame");
  const std::vector<std::string> phrase = {"--passphrase-file", path("phrase")};
  ASSERT_EQ(larder({"keygen", "--out", path("own"), phrase[0], phrase[1]}).status, 0);
  std::filesystem::remove(path("key"));
  std::filesystem::rename(path("own"), path("key"));
  ASSERT_EQ(sign({"--kill", phrase[0], phrase[1]}).status, 0);
  const std::string file = read_file(path("manifest.json"));
  EXPECT_TRUE(hotfix::open_seal(file, {read_file(path("own.pub"))}));
  EXPECT_FALSE(hotfix::open_seal(file, {kPublicKey}));
}

TEST_F(HotfixTool, SignsAKillSwitch) {
  ASSERT_EQ(sign({"--kill"}).status, 0);
  const auto text = hotfix::open_seal(read_file(path("manifest.json")), {kPublicKey});
  ASSERT_TRUE(text);
  std::string why;
  const auto manifest = hotfix::read_manifest(*text, why);
  ASSERT_TRUE(manifest) << why;
  EXPECT_TRUE(manifest->kill);
}

TEST_F(HotfixTool, SignsNothingThatIsWrong) {
  const std::vector<std::string> good = {"--points", path("points.json"), "--root", folder_.path(),
                                         path("patches/fix.lua")};
  script("hf.patch('smal', print)");
  EXPECT_EQ(sign(good).status, 1);
  script("hf.patch('small', print)");
  EXPECT_EQ(sign({}).status, 2) << "neither scripts nor --kill";
  EXPECT_EQ(sign({"--kill", path("patches/fix.lua"), "--points", path("points.json")}).status, 2);
  EXPECT_EQ(sign({"--kill", "--builds", "9-3"}).status, 2);
  EXPECT_EQ(
      sign({"--points", path("points.json"), "--root", path("other"), path("patches/fix.lua")})
          .status,
      1)
      << "the program could not read the script";
  write_file(path("key"), kPublicKey);
  const Said said = sign(good);
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr(path("key")));
  EXPECT_FALSE(std::filesystem::exists(path("manifest.json")));
}

TEST_F(HotfixTool, SaysWhatItCanDo) {
  EXPECT_EQ(larder({"hotfix", "--help"}).status, 0);
  EXPECT_EQ(larder({"hotfix"}).status, 2);
  EXPECT_EQ(larder({"hotfix", "heal"}).status, 2);
  EXPECT_THAT(larder({"--help"}).out, HasSubstr("hotfix"));
}

}  // namespace
}  // namespace larder::test
