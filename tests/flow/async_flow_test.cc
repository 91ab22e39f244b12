// Asynchronous reads: callbacks, timeouts, cancellation, the end of a Vfs, Asio tokens.
#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <deque>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include <larder/asio.h>

#include "flow/game.h"
#include "support/scripted_server.h"

namespace larder {
namespace {

using namespace std::chrono_literals;
using test::Game;
using test::LayaTree;

class AsyncFlow : public ::testing::Test {
 protected:
  void SetUp() override { game_.publish(tree_); }

  /// Waits for one asynchronous read.
  static Result<Blob> wait_for(Vfs& vfs, const std::string& path, ReadOptions options = {}) {
    auto promise = std::make_shared<std::promise<Result<Blob>>>();
    auto future = promise->get_future();
    vfs.read_async(path, options,
                   [promise](Result<Blob> blob) { promise->set_value(std::move(blob)); });
    return future.get();
  }

  Game game_;
  LayaTree tree_{{{"a.txt", "alpha"}, {"b.txt", "beta"}, {"c.txt", "gamma"}}};
};

TEST_F(AsyncFlow, CallsBackWithWhatItRead) {
  Vfs vfs = game_.open();
  EXPECT_EQ(wait_for(vfs, "a.txt")->text(), "alpha");
  EXPECT_EQ(wait_for(vfs, "a.txt")->source(), Source::store);
  EXPECT_EQ(wait_for(vfs, "../x").error(), errc::bad_path);
}

TEST_F(AsyncFlow, ReportsTheCost) {
  Vfs vfs = game_.open();
  ReadReport report;
  ReadOptions options;
  options.report = &report;
  ASSERT_TRUE(wait_for(vfs, "a.txt", options));
  EXPECT_EQ(report.requests, 1u);
  EXPECT_EQ(report.wire_bytes, 5u);
  ASSERT_TRUE(vfs.read("a.txt", options));
  EXPECT_EQ(report.requests, 0u);
}

TEST_F(AsyncFlow, NeverCallsBackFromInsideTheCall) {
  Vfs vfs = game_.open();
  ASSERT_TRUE(vfs.read("a.txt"));
  const auto here = std::this_thread::get_id();
  std::promise<std::thread::id> where;
  vfs.read_async("a.txt", [&](Result<Blob>) { where.set_value(std::this_thread::get_id()); });
  EXPECT_NE(where.get_future().get(), here);
}

TEST_F(AsyncFlow, PostsCallbacksWhereTheApplicationWantsThem) {
  std::mutex mutex;
  std::deque<std::function<void()>> queue;
  Options app = game_.app();
  app.post = [&](std::function<void()> task) {
    std::lock_guard lock(mutex);
    queue.push_back(std::move(task));
  };
  Vfs vfs = Game::open(app);
  std::thread::id called_on;
  vfs.read_async("a.txt", [&](Result<Blob> blob) {
    EXPECT_TRUE(blob);
    called_on = std::this_thread::get_id();
  });
  while (called_on == std::thread::id()) {  // a frame loop
    std::function<void()> task;
    {
      std::lock_guard lock(mutex);
      if (!queue.empty()) {
        task = std::move(queue.front());
        queue.pop_front();
      }
    }
    if (task)
      task();
    else
      std::this_thread::yield();
  }
  EXPECT_EQ(called_on, std::this_thread::get_id());
}

TEST_F(AsyncFlow, CallsBackEveryReadExactlyOnce) {
  Vfs vfs = game_.open();
  std::atomic<int> called{0};
  std::promise<void> all;
  for (int i = 0; i < 300; ++i)
    vfs.read_async(i % 3 == 0   ? "a.txt"
                   : i % 3 == 1 ? "b.txt"
                                : "c.txt",
                   [&](Result<Blob> blob) {
                     EXPECT_TRUE(blob);
                     if (++called == 300) all.set_value();
                   });
  all.get_future().wait();
  EXPECT_EQ(game_.fetched().size(), 3u);
}

TEST_F(AsyncFlow, AFailingCallbackHurtsNobodyElse) {
  Vfs vfs = game_.open();
  vfs.read_async("a.txt", [](Result<Blob>) { throw std::runtime_error("game bug"); });
  EXPECT_TRUE(wait_for(vfs, "b.txt"));
  EXPECT_NE(game_.log().find("game bug"), std::string::npos);
}

TEST_F(AsyncFlow, CompletesAsioTokens) {
  Vfs vfs = game_.open();
  auto future = async_read(vfs, "a.txt", boost::asio::use_future);
  EXPECT_EQ(future.get()->text(), "alpha");
  future = async_read(vfs.snapshot(), "a.txt", boost::asio::use_future);
  EXPECT_EQ(future.get()->source(), Source::store);

  boost::asio::io_context context;
  std::string text;
  boost::asio::co_spawn(
      context,
      [&]() -> boost::asio::awaitable<void> {
        const auto caller = std::this_thread::get_id();
        Result<Blob> blob = co_await async_read(vfs, "b.txt", boost::asio::use_awaitable);
        EXPECT_EQ(std::this_thread::get_id(), caller) << "resumed on its own executor";
        EXPECT_TRUE(blob);
        if (blob) text = blob->text();
      },
      boost::asio::detached);
  context.run();
  EXPECT_EQ(text, "beta");
}

/// An origin that answers for the tables and then never again.
class StallingFlow : public ::testing::Test {
 protected:
  Options app() {
    Options options;
    options.origin = server_.url();
    return options;
  }

  test::Reply serve(const test::SeenRequest& request) {
    if (request.target.starts_with("/update/assetsid.txt")) return test::answer(200, tree_.id());
    if (request.target.starts_with("/update/filetable.bin"))
      return test::answer(200, tree_.binary_table());
    return test::Reply().stall();
  }

  const LayaTree tree_{{{"a.txt", "alpha"}, {"b.txt", "beta"}}};
  test::ScriptedServer server_{[this](const test::SeenRequest& request) { return serve(request); }};
};

TEST_F(StallingFlow, EndsAReadAtItsTimeout) {
  Vfs vfs = Game::open(app());
  ReadOptions options;
  options.timeout = 50ms;
  EXPECT_EQ(vfs.read("a.txt", options).error(), errc::timed_out);
  std::promise<std::error_code> ended;
  vfs.read_async("a.txt", options, [&](Result<Blob> blob) { ended.set_value(blob.error()); });
  EXPECT_EQ(ended.get_future().get(), errc::timed_out);
}

TEST_F(StallingFlow, EndsAWithdrawnReadWithoutHurtingTheOthers) {
  Vfs vfs = Game::open(app());
  std::promise<std::error_code> withdrawn;
  std::atomic<bool> other_ended{false};
  vfs.read_async("a.txt", [&](Result<Blob>) { other_ended = true; });
  const auto cancellation =
      vfs.start_read("a.txt", {}, [&](Result<Blob> blob) { withdrawn.set_value(blob.error()); });
  cancellation.cancel();
  cancellation.cancel();
  EXPECT_EQ(withdrawn.get_future().get(), errc::cancelled);
  EXPECT_FALSE(other_ended);
}

TEST_F(StallingFlow, EndsEveryReadWhenTheVfsCloses) {
  std::atomic<int> cancelled{0};
  {
    Vfs vfs = Game::open(app());
    for (int i = 0; i < 1000; ++i)
      vfs.read_async(i % 2 ? "a.txt" : "b.txt", [&](Result<Blob> blob) {
        if (blob.error() == errc::cancelled) ++cancelled;
      });
  }
  EXPECT_EQ(cancelled, 1000) << "all called back before the Vfs was gone";
}

TEST_F(StallingFlow, FollowsTheCancellationSlotOfAnAsioHandler) {
  Vfs vfs = Game::open(app());
  boost::asio::io_context context;
  boost::asio::cancellation_signal signal;
  std::error_code ended;
  async_read(vfs, "a.txt",
             boost::asio::bind_cancellation_slot(
                 signal.slot(), boost::asio::bind_executor(
                                    context, [&](Result<Blob> blob) { ended = blob.error(); })));
  boost::asio::post(context, [&] { signal.emit(boost::asio::cancellation_type::terminal); });
  context.run();
  EXPECT_EQ(ended, errc::cancelled);
}

}  // namespace
}  // namespace larder
