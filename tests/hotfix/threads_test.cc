// Patches and threads: policies, and patches that change while functions are called.
#include <atomic>
#include <cstdlib>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "hotfix/patched.h"
#include "hotfix/sample.h"
#include "support/long_form.h"

namespace larder::test {
namespace {

using hotfix::Options;
using hotfix::Threads;

void on_another_thread(const std::function<void()>& act) {
  std::thread(act).join();
}

TEST(Owner, IsTheOnlyThreadThatRunsPatches) {
  Patched patched("hf.patch('small', function() return 9 end)");
  EXPECT_EQ(sample::small(1), 9);
  on_another_thread([] { EXPECT_EQ(sample::small(1), 1); });
  const auto active = patched.runtime.active();
  EXPECT_EQ(active[0].calls, 1u);
  EXPECT_EQ(active[0].elsewhere, 1u);
}

TEST(Owner, IsTheOnlyThreadThatChangesPatches) {
  Patched patched;
  on_another_thread([&] {
    EXPECT_EQ(patched.run("").error(), hotfix::errc::wrong_thread);
    EXPECT_EQ(patched.runtime.rollback("x").error(), hotfix::errc::wrong_thread);
    EXPECT_TRUE(patched.runtime.active().empty());
  });
}

TEST(Owner, LeavesOtherThreadsPatchesAloneDuringAnOriginal) {
  // While one thread is in an original, the function stays patched for its own recursion.
  Patched patched("hf.patch('factorial', function(n) return hf.original() + 1 end)");
  EXPECT_EQ(sample::factorial(2), 5);
  on_another_thread([] { EXPECT_EQ(sample::factorial(2), 2); });
}

TEST(Serialize, AllThreadsRunPatchesWithOneSetOfVariables) {
  Patched patched(
      "local calls = 0 hf.patch('large', function(n) calls = calls + 1 return calls end)",
      Options{.threads = Threads::serialize});
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([] {
      for (int call = 0; call < 1000; ++call) EXPECT_GT(sample::large(-1), 0);
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(sample::large(-1), 4001);
  EXPECT_EQ(patched.runtime.active()[0].calls, 4001u);
}

std::atomic<int> waiting{0};
int meet(int wanted) {
  LARDER_HOTFIX_FN(meet, wanted);
  ++waiting;
  while (waiting.load() < wanted) std::this_thread::yield();
  return wanted;
}

TEST(Serialize, HoldsNoLockWhileOriginalsRun) {
  waiting = 0;
  Patched patched("hf.patch('meet', function(n) return hf.original() + 1 end)",
                  Options{.threads = Threads::serialize});
  std::thread other([] { EXPECT_EQ(meet(2), 3); });
  EXPECT_EQ(meet(2), 3);  // would wait for ever if originals ran under the lock
  other.join();
}

TEST(PerThread, EachThreadHasItsOwnVariables) {
  Patched patched(
      "local calls = 0 hf.patch('large', function(n) calls = calls + 1 return calls end)",
      Options{.threads = Threads::per_thread});
  EXPECT_EQ(sample::large(0), 1);
  EXPECT_EQ(sample::large(0), 2);
  on_another_thread([] { EXPECT_EQ(sample::large(0), 1); });
  EXPECT_EQ(patched.runtime.active()[0].calls, 3u);
}

TEST(PerThread, EachThreadLearnsOfNewPatches) {
  Patched patched("hf.patch('large', function(n) return 1 end)",
                  Options{.threads = Threads::per_thread});
  std::atomic<int> step{0};
  std::thread other([&] {
    EXPECT_EQ(sample::large(0), 1);
    step = 1;
    while (step.load() != 2) std::this_thread::yield();
    EXPECT_EQ(sample::large(0), 2);
  });
  while (step.load() != 1) std::this_thread::yield();
  EXPECT_TRUE(patched.run("hf.patch('large', function(n) return 2 end)"));
  step = 2;
  other.join();
  ASSERT_TRUE(patched.run("hf.patch('large', nil)"));
  EXPECT_EQ(sample::large(0), 0);
}

/// Calls a patched function from several threads while its patch comes and goes; every call must
/// end with what the original or a patch says.
void storm(Threads policy, int calls, int swaps) {
  Patched patched(Options{.threads = policy, .max_errors = 1u << 30});
  std::atomic<bool> wrong{false};
  std::atomic<bool> go{false};
  const auto call_many = [&](int count) {
    while (!go.load()) std::this_thread::yield();
    for (int i = 0; i < count; ++i) {
      const auto got = sample::large(i);
      if (got != i && got != i + 1'000'000'000 && got != i + 2'000'000'000) wrong = true;
    }
  };
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(call_many, calls / 4);
  go = true;
  const char* const scripts[] = {
      "hf.patch('large', function(n) return n + 1000000000 end)",
      "hf.patch('large', function(n) return hf.original() + 2000000000 end)",
      "hf.patch('large', nil)",
      "hf.patch('large', function(n) error('broken') end)",
  };
  for (int i = 0; i < swaps; ++i) {
    EXPECT_TRUE(patched.run(scripts[i % 4]));
    call_many(calls / 4 / swaps);
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_FALSE(wrong);
}

TEST(Storm, OwnerSwapsWhileOthersCall) {
  storm(Threads::owner, 1'000'000, 1'000);
}
TEST(Storm, SerializedCallsWhilePatchesAreSwapped) {
  storm(Threads::serialize, in_long_form() ? 1'000'000 : 200'000, in_long_form() ? 1'000 : 200);
}
TEST(Storm, ThreadsWithTheirOwnMachinesWhilePatchesAreSwapped) {
  storm(Threads::per_thread, in_long_form() ? 1'000'000 : 100'000, in_long_form() ? 1'000 : 100);
}

TEST(Storm, RuntimesComeAndGoWhileFunctionsAreCalled) {
  for (const Threads policy : {Threads::owner, Threads::serialize, Threads::per_thread}) {
    std::atomic<bool> stop{false};
    std::atomic<bool> wrong{false};
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i)
      threads.emplace_back([&] {
        while (!stop.load())
          if (const int got = sample::small(1); got != 1 && got != 9) wrong = true;
      });
    for (int i = 0; i < 50; ++i) {
      Patched patched("hf.patch('small', function() return 9 end)", Options{.threads = policy});
      for (int call = 0; call < 100; ++call) sample::small(1);
    }
    stop = true;
    for (std::thread& thread : threads) thread.join();
    EXPECT_FALSE(wrong);
    EXPECT_EQ(sample::small(1), 1);
  }
}

}  // namespace
}  // namespace larder::test
