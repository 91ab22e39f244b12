// Prefetching, and what else the network policy decides, over real sockets.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <future>
#include <mutex>
#include <string>
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
using Paths = std::vector<std::string>;

class PrefetchFlow : public ::testing::Test {
 protected:
  PrefetchFlow() {
    for (int i = 0; i < 40; ++i)
      tree_.files["levels/1/" + std::to_string(i)] = "tile " + std::to_string(i);
    tree_.files["levels/2/a.txt"] = "alpha";
    tree_.files["music/boss.ogg"] = "boom";
    tree_.files["music/calm.ogg"] = "la la";
  }
  void SetUp() override { game_.publish(tree_); }

  static PrefetchProgress finish(Result<Prefetch>& job) {
    if (!job) throw std::runtime_error(job.error().message());
    auto done = job->wait(30s);
    if (!done) throw std::runtime_error(done.error().message());
    return *done;
  }
  /// Has every request for content wait for the gate.
  void hold(Gate gate) {
    game_.follow([this, gate](const std::string& path) -> std::optional<Reply> {
      if (gate.is_open()) return std::nullopt;
      const std::string& body = tree_.files.at(path);
      const std::string head =
          "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
      return Reply().wait_for(gate).send(head + body);
    });
  }

  LayaTree tree_;
  Game game_;
};

TEST_F(PrefetchFlow, FetchesWhatTheGlobsNameAndNothingElse) {
  Vfs vfs = game_.open();
  ASSERT_TRUE(vfs.read("music/boss.ogg"));
  game_.fetched();
  auto job = vfs.prefetch({"levels/1/**", "*/b*.ogg", "levels/?/a.txt", "/music/calm.*"});
  const PrefetchProgress done = finish(job);
  EXPECT_EQ(done.files, 43u);
  EXPECT_EQ(done.local, 1u);
  EXPECT_EQ(done.fetched, 42u);
  EXPECT_EQ(done.failed, 0u);
  EXPECT_TRUE(done.over);
  EXPECT_EQ(game_.fetched().size(), 42u);
  for (const auto& [path, content] : tree_.files) {
    const auto blob = vfs.try_read(path);
    ASSERT_TRUE(blob) << path;
    EXPECT_EQ(blob->text(), content);
  }
}

TEST_F(PrefetchFlow, TellsHowFarItIs) {
  Vfs vfs = game_.open();
  std::mutex mutex;
  std::vector<PrefetchProgress> told;
  std::promise<void> over;
  PrefetchOptions options;
  options.on_progress = [&](const PrefetchProgress& progress) {
    std::lock_guard lock(mutex);
    told.push_back(progress);
    if (progress.over) over.set_value();
  };
  auto job = vfs.prefetch({"levels/1/*"}, options);
  over.get_future().wait();
  std::lock_guard lock(mutex);
  EXPECT_EQ(told.back().fetched, 40u);
  std::uint64_t bytes = 0;
  for (const auto& [path, content] : tree_.files)
    if (path.starts_with("levels/1/")) bytes += content.size();
  EXPECT_EQ(told.back().bytes, bytes);
}

TEST_F(PrefetchFlow, NeedsNoNamesForPaths) {
  std::filesystem::remove(game_.root() / "update/allfiles.txt");
  Vfs vfs = game_.open();
  EXPECT_EQ(vfs.prefetch({"levels/**"}).error(), errc::unsupported);
  auto job = vfs.prefetch({"levels/2/a.txt", "music/boss.ogg"});
  EXPECT_EQ(finish(job).fetched, 2u);
}

TEST_F(PrefetchFlow, RefusesAGlobThatNamesNothingAndAStoreThatIsNotThere) {
  Vfs vfs = game_.open();
  EXPECT_EQ(vfs.prefetch({"levels/**", "no/such/*"}).error(), errc::not_listed);
  Options without = game_.app();
  without.store.clear();
  EXPECT_EQ(Game::open(without).prefetch({"levels/**"}).error(), errc::invalid_argument);
  auto nothing = vfs.prefetch({});
  EXPECT_EQ(finish(nothing).files, 0u);
}

TEST_F(PrefetchFlow, SaysWhichFilesItCouldNotGetAndGoesOn) {
  std::filesystem::remove(game_.root() / "levels/1/7");
  Vfs vfs = game_.open();
  std::mutex mutex;
  std::vector<std::pair<std::string, std::error_code>> failures;
  PrefetchOptions options;
  options.literal = true;
  options.on_failure = [&](std::string_view path, std::error_code error) {
    std::lock_guard lock(mutex);
    failures.emplace_back(path, error);
  };
  auto job =
      vfs.prefetch({"levels/1/7", "not/listed", "../x", "levels/*", "music/boss.ogg"}, options);
  EXPECT_EQ(finish(job).failed, 4u);
  EXPECT_EQ(job->progress().fetched, 1u);
  ASSERT_TRUE(ScriptedServer::eventually([&] {
    std::lock_guard lock(mutex);
    return failures.size() == 4;
  }));
  std::sort(failures.begin(), failures.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  EXPECT_EQ(failures[0].second, errc::bad_path);
  EXPECT_EQ(failures[1].second, errc::not_listed) << "a star is a character like others";
  EXPECT_EQ(failures[2].second, errc::not_found);
  EXPECT_EQ(failures[3].second, errc::not_listed) << "it would not be kept";
}

TEST_F(PrefetchFlow, LeavesConnectionsToForegroundReads) {
  Gate gate;
  hold(gate);
  Options app = game_.app();
  app.connections_per_host = 4;
  Vfs vfs = Game::open(app);
  auto job = vfs.prefetch({"levels/1/*"});
  ASSERT_TRUE(job);
  Paths ahead;
  ASSERT_TRUE(ScriptedServer::eventually([&] {
    const Paths more = game_.fetched();
    ahead.insert(ahead.end(), more.begin(), more.end());
    return ahead.size() == 3;
  })) << "three quarters of the connections";
  std::promise<void> read;
  vfs.read_async("music/calm.ogg", [&](Result<Blob> blob) {
    EXPECT_TRUE(blob);
    read.set_value();
  });
  Paths now;
  ASSERT_TRUE(ScriptedServer::eventually([&] { return !(now = game_.fetched()).empty(); }));
  EXPECT_EQ(now, Paths{"music/calm.ogg"});
  gate.open();
  read.get_future().wait();
  EXPECT_EQ(finish(job).fetched, 40u);
}

TEST_F(PrefetchFlow, IsOvertakenByReadsInsideAConnection) {
  Gate gate;
  hold(gate);
  Options app = game_.app();
  app.connections_per_host = 1;
  Vfs vfs = Game::open(app);
  game_.targets();
  Paths paths;
  for (int i = 0; i < 40; ++i) paths.push_back("levels/1/" + std::to_string(i));
  auto job = vfs.prefetch(paths);
  ASSERT_TRUE(job);
  Paths order;
  const auto note = [&] {
    const Paths more = game_.targets();
    for (const std::string& target : more) order.push_back(target.substr(0, target.find('?')));
    return !order.empty();
  };
  ASSERT_TRUE(ScriptedServer::eventually(note));
  // What nobody fetches yet, what waits for a connection, and what waits to become a download.
  for (const char* path : {"music/calm.ogg", "levels/1/6", "levels/1/39"})
    EXPECT_EQ(vfs.try_read(path, {.start_fetching = true}).error(), errc::would_fetch);
  gate.open();
  const PrefetchProgress done = finish(job);
  EXPECT_EQ(done.done(), 40u);
  EXPECT_EQ(done.failed, 0u);
  EXPECT_TRUE(vfs.read("music/calm.ogg"));
  note();
  const auto place_of = [&](const char* target) {
    return std::find(order.begin(), order.end(), target) - order.begin();
  };
  for (const char* target : {"/music/calm.ogg", "/levels/1/6", "/levels/1/39"})
    EXPECT_LT(place_of(target), place_of("/levels/1/5")) << target;
}

TEST_F(PrefetchFlow, PausesAndGoesOn) {
  Gate gate;
  hold(gate);
  Options app = game_.app();
  app.connections_per_host = 1;
  Vfs vfs = Game::open(app);
  auto job = vfs.prefetch({"**"});
  ASSERT_TRUE(job);
  job->pause();
  EXPECT_TRUE(job->progress().paused);
  EXPECT_EQ(job->wait(30ms).error(), errc::timed_out);
  gate.open();
  job->resume();
  EXPECT_EQ(finish(job).fetched, 43u);
}

TEST_F(PrefetchFlow, StopsItsDownloadsWhenItIsCancelled) {
  Gate gate;
  hold(gate);
  Options app = game_.app();
  app.connections_per_host = 3;
  Vfs vfs = Game::open(app);
  auto job = vfs.prefetch({"levels/1/*"});
  ASSERT_TRUE(job);
  Paths begun;
  ASSERT_TRUE(ScriptedServer::eventually([&] {
    const Paths more = game_.fetched();
    begun.insert(begun.end(), more.begin(), more.end());
    return begun.size() == 3;
  })) << "one on each connection: in a row they are sent later";
  job->cancel();
  job->cancel();
  EXPECT_EQ(job->wait().error(), errc::cancelled);
  EXPECT_TRUE(job->progress().over);
  gate.open();
  EXPECT_TRUE(vfs.read("music/calm.ogg"));
  EXPECT_EQ(game_.fetched(), Paths{"music/calm.ogg"}) << "nothing new began";
  for (const auto& path : begun) EXPECT_FALSE(vfs.try_read(path)) << path;
}

TEST_F(PrefetchFlow, EndsWithItsHandleUnlessItWasDetached) {
  Gate gate;
  hold(gate);
  Vfs vfs = game_.open();
  static_cast<void>(vfs.prefetch({"levels/1/*"}));
  gate.open();
  ASSERT_TRUE(vfs.read("levels/2/a.txt"));
  for (int i = 0; i < 40; ++i) EXPECT_FALSE(vfs.try_read("levels/1/" + std::to_string(i))) << i;
  std::promise<PrefetchProgress> over;
  PrefetchOptions options;
  options.on_progress = [&](const PrefetchProgress& progress) {
    if (progress.over) over.set_value(progress);
  };
  {
    auto job = vfs.prefetch({"music/*"}, options);
    ASSERT_TRUE(job);
    job->detach();
  }
  EXPECT_EQ(over.get_future().get().done(), 2u);
}

TEST_F(PrefetchFlow, OutlivesItsVfsAsCancelled) {
  Gate gate;
  hold(gate);
  std::optional<Vfs> vfs = game_.open();
  auto job = vfs->prefetch({"levels/1/*"});
  ASSERT_TRUE(job);
  vfs.reset();
  EXPECT_EQ(job->wait().error(), errc::cancelled);
  job->resume();
  job->set_priority(Priority::high);
  EXPECT_TRUE(job->progress().over);
}

TEST_F(PrefetchFlow, HasNothingToDoOfflineButForWhatIsHere) {
  { ASSERT_TRUE(game_.open().read("music/boss.ogg")); }
  Options app = game_.app();
  app.offline = true;
  Vfs vfs = Game::open(app);
  auto job = vfs.prefetch({"music/boss.ogg", "music/calm.ogg"});
  const PrefetchProgress done = finish(job);
  EXPECT_EQ(done.local, 1u);
  EXPECT_EQ(done.failed, 1u);
}

TEST_F(PrefetchFlow, HoldsTheBandwidthLimit) {
  tree_.files["big"] = std::string(300'000, 'b');
  game_.publish(tree_);
  Options app = game_.app();
  app.network.bytes_per_second = 500'000;
  Vfs vfs = Game::open(app);
  const auto began = std::chrono::steady_clock::now();
  ASSERT_TRUE(vfs.read("big"));
  // Less than a tenth of a second was saved up, and the last piece is not waited for.
  EXPECT_GE(std::chrono::steady_clock::now() - began, 300ms);
}

TEST_F(PrefetchFlow, FollowsAPolicyThatChanges) {
  Vfs vfs = game_.open();
  vfs.set_network_policy({.least = Priority::high});
  EXPECT_EQ(vfs.read("levels/1/1").error(), errc::over_budget);
  EXPECT_EQ(vfs.read("levels/1/1").error(), condition::absent);
  auto job = vfs.prefetch({"music/*"});
  EXPECT_EQ(finish(job).failed, 2u);
  ReadOptions urgent;
  urgent.priority = Priority::high;
  EXPECT_TRUE(vfs.read("levels/1/1", urgent));
  vfs.set_network_policy({});
  EXPECT_TRUE(vfs.read("levels/1/2"));
}

TEST_F(PrefetchFlow, GoesOnAfterATimeoutIfAskedTo) {
  Gate gate;
  hold(gate);
  Vfs vfs = game_.open();
  ReadOptions options;
  options.timeout = 20ms;
  options.keep_fetching = true;
  EXPECT_EQ(vfs.read("music/boss.ogg", options).error(), errc::timed_out);
  std::promise<std::error_code> ended;
  vfs.read_async("music/calm.ogg", options,
                 [&](Result<Blob> blob) { ended.set_value(blob.error()); });
  EXPECT_EQ(ended.get_future().get(), errc::timed_out);
  gate.open();
  EXPECT_TRUE(ScriptedServer::eventually(
      [&] { return vfs.try_read("music/boss.ogg") && vfs.try_read("music/calm.ogg"); }));
  EXPECT_EQ(game_.fetched().size(), 2u);
}

TEST_F(PrefetchFlow, TryingCanBeginTheDownload) {
  Vfs vfs = game_.open();
  EXPECT_EQ(vfs.try_read("music/boss.ogg").error(), errc::would_fetch);
  EXPECT_TRUE(game_.fetched().empty());
  EXPECT_EQ(vfs.try_read("music/boss.ogg", {.start_fetching = true}).error(), errc::would_fetch);
  EXPECT_TRUE(ScriptedServer::eventually(
      [&] { return vfs.try_read("music/boss.ogg", {.start_fetching = true}).has_value(); }));
  EXPECT_EQ(game_.fetched(), Paths{"music/boss.ogg"});
}

}  // namespace
}  // namespace larder
