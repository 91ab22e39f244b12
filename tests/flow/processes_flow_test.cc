// Programs that play the same game at the same time, with one store.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "flow/game.h"
#include "tools/program.h"

namespace larder {
namespace {

using test::Game;
using test::LayaTree;

TEST(ProcessesFlow, DownloadWhatAllOfThemWantOnce) {
  constexpr std::size_t kFiles = 120;
  constexpr std::size_t kPrograms = 4;
  LayaTree tree;
  for (std::size_t i = 0; i < kFiles; ++i)
    tree.files["f/" + std::to_string(i)] =
        std::string(2000 + 97 * i, static_cast<char>('a' + i % 26));
  Game game;
  game.publish(tree);
  const Options app = game.app();
  std::vector<test::Said> said(kPrograms);
  {
    std::vector<std::jthread> programs;
    for (test::Said& one : said)
      programs.emplace_back([&] {
        one = test::larder(
            {"prefetch", "--origin", game.url(), "--store", app.store, "--json", "**"});
      });
  }
  for (const test::Said& one : said) EXPECT_EQ(one.status, 0) << one.err;
  const auto fetched = game.fetched();
  EXPECT_EQ(std::set(fetched.begin(), fetched.end()).size(), kFiles);
  // A machine that stops for seconds makes one or another lose its patience. Without turns there
  // are about as many requests as there are programs for each file.
  EXPECT_LE(fetched.size(), kFiles + kFiles / 4);
  Vfs vfs = game.open();
  game.stop_server();
  for (const auto& [path, content] : tree.files)
    test::expect_content(vfs, path, content, Source::store);
}

}  // namespace
}  // namespace larder
