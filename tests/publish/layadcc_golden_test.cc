// The original's own output, byte for byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "publish/layadcc.h"
#include "support/golden_data.h"
#include "tree_fixture.h"

namespace larder::publish {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

class LayadccGolden : public TreeFixture {
 protected:
  LayadccGolden() {
    const std::string command =
        "tar -xf '" + test::golden_path("layadcc/tree.tar") + "' -C '" + tree() + "'";
    EXPECT_EQ(std::system(command.c_str()), 0);
    options_.directory = tree();
  }
  LayadccResult pack() {
    std::string why;
    auto result = pack_layadcc(options_, &why);
    if (!result) throw std::runtime_error(why);
    return std::move(*result);
  }
  static Files golden(const std::string& name) {
    return files_below(test::golden_path("layadcc/" + name));
  }

  LayadccOptions options_;
};

TEST_F(LayadccGolden, WithoutOptions) {
  const auto result = pack();
  EXPECT_EQ(result.output_directory, tree() + "/update");
  EXPECT_EQ(result.files, 13u);
  EXPECT_EQ(result.id, "f2f9529c60260156507968d551eb77c2");
  auto written = files_below(result.output_directory);
  EXPECT_EQ(written.extract("old.txt").mapped(), "upd");  // the tree's own, left alone
  EXPECT_EQ(written, golden("plain"));
}

TEST_F(LayadccGolden, CountsExtensionsAsTheOriginalDoes) {
  EXPECT_THAT(pack().extensions,
              ElementsAre(Pair("", 1), Pair(".txt", 4), Pair(".TXT", 1), Pair(".bin", 2),
                          Pair(".html", 1), Pair(".PNGZ", 1), Pair(".pngz", 1), Pair(".mp3", 1),
                          Pair(".js", 1), Pair(".json", 1)));
}

TEST_F(LayadccGolden, InLowerCaseWithEscapedSpaces) {
  options_.lower_case = true;
  options_.escape_spaces = true;
  auto written = files_below(pack().output_directory);
  written.erase("old.txt");
  EXPECT_EQ(written, golden("lwr-esc"));
}

TEST_F(LayadccGolden, WithACacheForAUrl) {
  options_.cache = true;
  options_.url = "https://www.game.com:8080/x/y/index.html?q=1";
  options_.output = beside("OUT");
  const auto result = pack();
  EXPECT_EQ(result.output_directory, beside("OUT") + "/cache/https.__www.game.com.8080_x_y");
  EXPECT_EQ(result.relative_output, "");
  EXPECT_EQ(files_below(beside("OUT")), golden("cache"));
  EXPECT_EQ(files_below(tree() + "/update"), (Files{{"old.txt", "upd"}}));
}

TEST_F(LayadccGolden, TwiceIsTheSame) {
  options_.cache = true;
  pack();
  const auto first = files_below(tree());
  pack();
  EXPECT_EQ(files_below(tree()), first);
}

TEST_F(LayadccGolden, WithAnyNumberOfThreads) {
  for (const unsigned threads : {1u, 2u, 7u}) {
    options_.threads = threads;
    auto written = files_below(pack().output_directory);
    written.erase("old.txt");
    EXPECT_EQ(written, golden("plain"));
  }
}

}  // namespace
}  // namespace larder::publish
