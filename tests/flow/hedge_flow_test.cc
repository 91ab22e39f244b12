// Second requests over real sockets, while readers come, go and end.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "flow/game.h"

namespace larder {
namespace {

using namespace std::chrono_literals;
using test::Game;
using test::Reply;

class HedgeFlow : public ::testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < kFiles; ++i) tree_.files[path_of(i)] = "content " + std::to_string(i);
    first_.publish(tree_);
    second_.publish(tree_);
  }
  static std::string path_of(int number) { return "f/" + std::to_string(number); }
  Options app() {
    Options options = first_.app();
    options.mirrors = {second_.url()};
    options.hedge = true;
    options.idle_timeout = 1s;
    options.on_event = [this](const Event& event) {
      if (event.kind == EventKind::hedged) ++hedged_;
    };
    return options;
  }
  /// Has each server answer one of `in` requests only when it has no more time.
  void be_late_sometimes(int in) {
    for (Game* game : {&first_, &second_})
      game->follow([in, count = 0](const std::string&) mutable -> std::optional<Reply> {
        if (++count % in != 0) return std::nullopt;
        return Reply().stall();
      });
  }

  static constexpr int kFiles = 400;
  test::LayaTree tree_;
  Game first_, second_;
  std::atomic<int> hedged_{0};
};

TEST_F(HedgeFlow, AnAnswerThatNeverComesIsGotElsewhere) {
  Vfs vfs = Game::open(app());
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(vfs.read(path_of(i)));
  first_.follow([](const std::string&) { return Reply().stall(); });
  const std::uint64_t before = vfs.stats().hedges_won;
  for (int i = 100; i < 200 && vfs.stats().hedges_won == before; ++i) {
    const auto blob = vfs.read(path_of(i));  // one of them is asked for there
    ASSERT_TRUE(blob) << blob.error().message();
    EXPECT_EQ(blob->text(), tree_.files.at(path_of(i)));
  }
  EXPECT_EQ(vfs.stats().hedges_won, before + 1);
  EXPECT_GE(hedged_, 1);
  std::uint64_t sent = 0;
  for (const HostActivity& host : vfs.hosts()) sent += host.hedges;
  EXPECT_EQ(sent, vfs.stats().hedges);
}

TEST_F(HedgeFlow, ReadersComeGoAndEndMeanwhile) {
  for (int round = 0; round < 4; ++round) {
    Vfs vfs = Game::open(app());
    for (int i = 0; i < 40; ++i) ASSERT_TRUE(vfs.read(path_of(i)));
    be_late_sometimes(10);
    std::atomic<int> ended{0};
    std::vector<std::thread> readers;
    for (int reader = 0; reader < 8; ++reader)
      readers.emplace_back([&, reader] {
        for (int i = 40 + reader; i < kFiles - 60; i += 4) {
          const auto blob = vfs.read(path_of(i), {.timeout = 30ms});
          if (blob)
            EXPECT_EQ(blob->text(), tree_.files.at(path_of(i)));
          else
            EXPECT_EQ(blob.error(), errc::timed_out);
        }
      });
    for (std::thread& reader : readers) reader.join();
    for (int i = kFiles - 60; i < kFiles; ++i)
      vfs.read_async(path_of(i), [&ended](const Result<Blob>&) { ++ended; });
    { const Vfs ends = std::move(vfs); }
    EXPECT_EQ(ended, 60) << "everybody is told, once";
    first_.follow({});
    second_.follow({});
    EXPECT_TRUE(Game::open(app()).clear());
  }
}

}  // namespace
}  // namespace larder
