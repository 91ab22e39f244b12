// larder xxtea, as its users run it.
#include <gmock/gmock.h>

#include <filesystem>

#include "program.h"
#include "support/whole_files.h"

namespace larder::tool {
namespace {

using test::larder;
using test::read_file;
using test::write_file;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kKey = "ilovecocos2dx";

class XxteaCommand : public ::testing::Test {
 protected:
  [[nodiscard]] std::string path(const std::string& name) const { return folder_ / name; }
  [[nodiscard]] test::Said xxtea(const std::string& action, const std::string& from,
                                 const std::string& to, std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"xxtea", action, path(from), path(to)};
    words.insert(words.end(), more.begin(), more.end());
    return larder(words);
  }

  test::TempDirectory folder_;
};

TEST_F(XxteaCommand, EncryptsAFileAsTheEnginesDo) {
  write_file(path("plain"), "hello");
  const auto said = xxtea("encrypt", "plain", "envelope", {"--key", kKey});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_THAT(said.out + said.err, IsEmpty());
  const std::string envelope = read_file(path("envelope"));
  EXPECT_EQ(envelope,
            "XXTEA" + std::string("\x5b\x93\x00\x81\x22\x7c\x71\x44\x1e\x28\x39\x1a", 12));

  write_file(path("key"), std::string(kKey) + "\r\n");
  ASSERT_EQ(xxtea("decrypt", "envelope", "envelope", {"--key-file", path("key")}).status, 0);
  EXPECT_EQ(read_file(path("envelope")), "hello");
}

TEST_F(XxteaCommand, KnowsTheRawAndGzippedForm) {
  const std::string script(5000, 'x');
  write_file(path("main.js"), script);
  const std::vector<std::string> options{"--key", kKey, "--raw", "--gzip"};
  ASSERT_EQ(xxtea("encrypt", "main.js", "main.jsc", options).status, 0);
  EXPECT_LT(read_file(path("main.jsc")).size(), 100u);
  ASSERT_EQ(xxtea("decrypt", "main.jsc", "back.js", options).status, 0);
  EXPECT_EQ(read_file(path("back.js")), script);
  ASSERT_EQ(xxtea("encrypt", "main.js", "plain.jsc", {"--key", kKey, "--raw"}).status, 0);
  EXPECT_EQ(read_file(path("plain.jsc")).size(), 5004u);
  ASSERT_EQ(xxtea("decrypt", "plain.jsc", "back.js", options).status, 0);
  EXPECT_EQ(read_file(path("back.js")), script);
}

TEST_F(XxteaCommand, ConvertsWholeTrees) {
  write_file(path("in/a.lua"), "return 1");
  write_file(path("in/sub/b.png"), std::string(100000, 'b'));
  write_file(path("in/sub/empty"), "");
  auto said = xxtea("encrypt", "in", "out", {"--key", kKey, "--sign", "my game"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(said.out, "2 files encrypted, 1 file copied as they are\n");
  EXPECT_THAT(read_file(path("out/sub/b.png")), ::testing::StartsWith("my game"));
  EXPECT_EQ(read_file(path("out/sub/empty")), "");
  EXPECT_EQ(read_file(path("in/a.lua")), "return 1");

  write_file(path("out/c.txt"), "never encrypted");
  said = xxtea("decrypt", "out", "out", {"--key", kKey, "--sign", "my game"});
  ASSERT_EQ(said.status, 0) << said.err;
  EXPECT_EQ(read_file(path("out/a.lua")), "return 1");
  EXPECT_EQ(read_file(path("out/sub/b.png")), std::string(100000, 'b'));
  EXPECT_EQ(read_file(path("out/c.txt")), "never encrypted");
}

TEST_F(XxteaCommand, ChangesNothingOfATreeIfAFileFails) {
  write_file(path("in/a"), "a");
  write_file(path("in/z"), "XXTEAnope");
  write_file(path("out/a"), "as before");
  auto said = xxtea("decrypt", "in", "out", {"--key", kKey});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("z: it cannot be decrypted"));
  said = xxtea("encrypt", "in", "out", {"--key", kKey});
  EXPECT_EQ(said.status, 1);
  EXPECT_THAT(said.err, HasSubstr("z: it is encrypted already"));
  EXPECT_EQ(read_file(path("out/a")), "as before");
  EXPECT_FALSE(std::filesystem::exists(path("out/z")));
  std::filesystem::create_symlink("a", path("in/link"));
  EXPECT_THAT(xxtea("encrypt", "in", "out", {"--key", kKey}).err, HasSubstr("symbolic link"));
}

TEST_F(XxteaCommand, ExplainsWhatIsWrong) {
  write_file(path("plain"), "hello");
  write_file(path("empty"), "");
  EXPECT_EQ(xxtea("encrypt", "plain", "out").status, 2);
  EXPECT_EQ(xxtea("encrypt", "plain", "out", {"--key", "k", "--sign", ""}).status, 2);
  EXPECT_EQ(xxtea("encrypt", "plain", "out", {"--key", "k", "--sign", "s", "--raw"}).status, 2);
  EXPECT_EQ(xxtea("scramble", "plain", "out", {"--key", "k"}).status, 2);
  EXPECT_EQ(xxtea("encrypt", "missing", "out", {"--key", "k"}).status, 1);
  EXPECT_EQ(xxtea("encrypt", "plain", "out", {"--key-file", path("missing")}).status, 1);
  EXPECT_THAT(xxtea("decrypt", "plain", "out", {"--key", "k"}).err, HasSubstr("the sign XXTEA"));
  EXPECT_THAT(xxtea("encrypt", "empty", "out", {"--key", "k", "--raw"}).err, HasSubstr("is empty"));
  EXPECT_FALSE(std::filesystem::exists(path("out")));
}

}  // namespace
}  // namespace larder::tool
