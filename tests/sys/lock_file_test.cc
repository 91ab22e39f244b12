#include "sys/lock_file.h"

#include <gtest/gtest.h>

#include <thread>

#include "support/temp_directory.h"

namespace larder::sys {
namespace {

using namespace std::chrono_literals;

TEST(LockFile, IsMadeAndHeldUntilItIsClosed) {
  const test::TempDirectory directory;
  auto first = lock_file(FileSystem::real(), directory / "lock", 0ms);
  ASSERT_TRUE(first);
  EXPECT_EQ(lock_file(FileSystem::real(), directory / "lock", 0ms).error(), errc::busy);
  EXPECT_EQ(lock_file(FileSystem::real(), directory / "lock", 20ms).error(), errc::busy);
  first->reset();
  EXPECT_TRUE(lock_file(FileSystem::real(), directory / "lock", 0ms));
}

TEST(LockFile, IsWaitedFor) {
  const test::TempDirectory directory;
  auto first = lock_file(FileSystem::real(), directory / "lock", 0ms);
  ASSERT_TRUE(first);
  std::thread holder([&] {
    std::this_thread::sleep_for(30ms);
    first->reset();
  });
  EXPECT_TRUE(lock_file(FileSystem::real(), directory / "lock", 60s));
  holder.join();
}

TEST(LockFile, SaysWhyItCannotBeMade) {
  const test::TempDirectory directory;
  EXPECT_EQ(lock_file(FileSystem::real(), directory / "no/such/lock", 0ms).error(),
            errc::not_found);
}

}  // namespace
}  // namespace larder::sys
