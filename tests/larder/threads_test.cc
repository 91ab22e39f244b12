#include "larder/threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string>
#include <vector>

namespace larder {
namespace {

using namespace std::chrono_literals;

TEST(Worker, RunsTasksInOrder) {
  std::vector<int> order;
  {
    Worker worker{Log()};
    for (int i = 0; i < 100; ++i) worker.post([&order, i] { order.push_back(i); });
  }
  ASSERT_EQ(order.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(order[static_cast<std::size_t>(i)], i);
}

TEST(Worker, FinishesWhatItsTasksPost) {
  std::atomic<int> ran{0};
  Worker worker{Log()};
  worker.post([&] {
    ++ran;
    worker.post([&] {
      ++ran;
      worker.post([&] { ++ran; });
    });
  });
  worker.finish();
  EXPECT_EQ(ran, 3);
  worker.post([&] { ++ran; });
  worker.finish();
  EXPECT_EQ(ran, 3) << "too late";
}

TEST(Worker, SurvivesATaskThatThrows) {
  std::string logged;
  bool ran = false;
  {
    Worker worker{Log([&](LogLevel, std::string_view line) { logged = line; })};
    worker.post([] { throw std::runtime_error("oops"); });
    worker.post([&] { ran = true; });
  }
  EXPECT_TRUE(ran);
  EXPECT_NE(logged.find("oops"), std::string::npos);
}

TEST(IoThread, RunsTimersAfterTheirDelay) {
  IoThread io{Log()};
  const auto start = io.now();
  std::promise<sys::Clock::time_point> fired;
  io.after(20ms, [&] { fired.set_value(io.now()); });
  EXPECT_GE(fired.get_future().get() - start, 20ms);
}

TEST(IoThread, DropsTimersWhenItStops) {
  std::atomic<bool> ran{false};
  {
    IoThread io{Log()};
    io.after(1h, [&] { ran = true; });
    io.stop();
    io.stop();
  }
  EXPECT_FALSE(ran);
}

}  // namespace
}  // namespace larder
