#include "publish/on_threads.h"

#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace larder::publish {
namespace {

TEST(OnThreads, AllWorkAndTheCallerIsOneOfThem) {
  std::mutex mutex;
  std::set<std::thread::id> who;
  std::atomic<int> arrived = 0;
  run_on_threads(
      3,
      [&] {
        ++arrived;
        while (arrived < 3) std::this_thread::yield();
        std::lock_guard lock(mutex);
        who.insert(std::this_thread::get_id());
      },
      [] {});
  EXPECT_EQ(who.size(), 3u);
  EXPECT_TRUE(who.contains(std::this_thread::get_id()));
}

TEST(OnThreads, AnExceptionStopsTheOthersAndIsThrownAgain) {
  std::atomic<bool> stopped = false;
  std::atomic<int> arrived = 0;
  const auto work = [&] {
    if (++arrived == 1) throw std::runtime_error("first");
    while (!stopped) std::this_thread::yield();
  };
  EXPECT_THROW(run_on_threads(2, work, [&] { stopped = true; }), std::runtime_error);
  EXPECT_EQ(arrived, 2);
}

}  // namespace
}  // namespace larder::publish
