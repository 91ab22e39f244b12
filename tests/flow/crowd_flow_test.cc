// Many at once: thousands of reads from many threads, and a Vfs that closes in the middle of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <latch>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "flow/game.h"

namespace larder {
namespace {

using namespace std::chrono_literals;
using test::Game;
using test::Gate;
using test::LayaTree;
using test::Reply;
using test::ScriptedServer;

class CrowdFlow : public ::testing::Test {
 protected:
  /// A tree of so many files. Every request for one of them waits for the gate.
  void publish(int files) {
    for (int i = 0; i < files; ++i)
      tree_.files[path_of(i)] = "the content of number " + std::to_string(i);
    game_.publish(tree_);
    game_.follow([this](const std::string& path) -> std::optional<Reply> {
      if (gate_.is_open()) return std::nullopt;
      const std::string& body = tree_.files.at(path);
      return Reply().wait_for(gate_).send(
          "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    });
  }
  static std::string path_of(int number) {
    char name[16];
    std::snprintf(name, sizeof name, "f/%04d", number);
    return name;
  }

  LayaTree tree_;
  Gate gate_;
  Game game_;
};

TEST_F(CrowdFlow, FetchesEachObjectOnceForTenThousandReadsFromEightThreads) {
  constexpr int kFiles = 400;
  constexpr int kThreads = 8;
  constexpr int kReads = 10'000 / kThreads;
  publish(kFiles);
  Vfs vfs = game_.open();
  std::atomic<int> right{0};
  std::latch asked(kThreads);
  std::latch ended(kThreads * kReads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      const auto check = [&](const std::string& path, const Result<Blob>& blob) {
        if (blob && blob->text() == tree_.files.at(path)) ++right;
        ended.count_down();
      };
      for (int i = 0; i + 1 < kReads; ++i) {
        const std::string path = path_of((i * 7 + t) % kFiles);
        vfs.read_async(path, [path, check](Result<Blob> blob) { check(path, blob); });
      }
      asked.count_down();
      const std::string path = path_of(t % 2);
      check(path, vfs.read(path));  // one that blocks
    });
  asked.wait();
  gate_.open();
  ended.wait();
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(right, kThreads * kReads);
  const auto fetched = game_.fetched();
  EXPECT_EQ(fetched.size(), static_cast<std::size_t>(kFiles));
  EXPECT_EQ(std::adjacent_find(fetched.begin(), fetched.end()), fetched.end()) << "fetched twice";
  EXPECT_EQ(vfs.stats().requests, static_cast<std::uint64_t>(kFiles));
}

TEST_F(CrowdFlow, ClosesSoonWithAThousandDownloadsUnderWay) {
  constexpr int kFiles = 1000;
  publish(kFiles);
  std::optional<Vfs> vfs = game_.open();
  ASSERT_TRUE(vfs->list("f"));  // later, names would wait in line behind a thousand files
  std::atomic<int> cancelled{0};
  for (int i = 0; i < kFiles; ++i)
    vfs->read_async(path_of(i), [&](Result<Blob> blob) {
      if (blob.error() == errc::cancelled) ++cancelled;
    });
  auto file = vfs->open_file(path_of(1));
  auto job = vfs->prefetch({"f/**"});
  ASSERT_TRUE(file && job);
  ASSERT_TRUE(ScriptedServer::eventually([&] { return game_.connections() >= 16; }));
  const auto began = std::chrono::steady_clock::now();
  vfs.reset();
  const auto took = std::chrono::steady_clock::now() - began;
  EXPECT_EQ(cancelled, kFiles);
  EXPECT_EQ(file->whole().error(), errc::cancelled);
  EXPECT_EQ(job->wait().error(), errc::cancelled);
  // It is a matter of milliseconds; a machine under load and a sanitizer get their share.
  EXPECT_LT(took, 2s);
  RecordProperty(
      "milliseconds",
      static_cast<int>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count()));
}

}  // namespace
}  // namespace larder
