#include "sys/byte_locks.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/temp_directory.h"

namespace larder::sys {
namespace {

using Kind = ByteLocks::Kind;

class ByteLocksTest : public ::testing::Test {
 protected:
  std::unique_ptr<ByteLocks> user() {
    auto locks = ByteLocks::open(directory_ / "locks");
    EXPECT_TRUE(locks);
    return locks ? std::move(*locks) : nullptr;
  }
  static bool gets(ByteLocks& locks, std::uint64_t number, Kind kind) {
    const auto got = locks.try_lock(number, kind);
    EXPECT_TRUE(got);
    return got && *got;
  }

  const test::TempDirectory directory_;
};

TEST_F(ByteLocksTest, ExcludeOtherUsersOfTheSameNumber) {
  const auto a = user();
  auto b = user();
  EXPECT_TRUE(gets(*a, 7, Kind::exclusive));
  EXPECT_TRUE(gets(*a, 7, Kind::exclusive)) << "it has it";
  EXPECT_FALSE(gets(*b, 7, Kind::exclusive));
  EXPECT_FALSE(gets(*b, 7, Kind::shared));
  EXPECT_TRUE(gets(*b, 8, Kind::exclusive));
  EXPECT_TRUE(gets(*b, ByteLocks::kNumbers - 1, Kind::exclusive));
  EXPECT_FALSE(gets(*a, ByteLocks::kNumbers - 1, Kind::exclusive));
  a->unlock(7);
  EXPECT_TRUE(gets(*b, 7, Kind::exclusive));
  b.reset();
  EXPECT_TRUE(gets(*a, 7, Kind::exclusive)) << "they go with their user";
}

TEST_F(ByteLocksTest, AreSharedAndSeenByOthers) {
  const auto a = user();
  const auto b = user();
  EXPECT_FALSE(a->others_hold(0, ByteLocks::kNumbers));
  EXPECT_TRUE(gets(*a, 100, Kind::shared));
  EXPECT_TRUE(gets(*b, 100, Kind::shared));
  EXPECT_FALSE(gets(*b, 100, Kind::exclusive));
  EXPECT_TRUE(a->others_hold(0, ByteLocks::kNumbers));
  EXPECT_TRUE(a->others_hold(100, 1));
  EXPECT_FALSE(a->others_hold(0, 100));
  EXPECT_FALSE(a->others_hold(101, 1000));
  b->unlock(100);
  EXPECT_FALSE(a->others_hold(0, ByteLocks::kNumbers)) << "its own do not count";
}

TEST_F(ByteLocksTest, GoWithTheProcess) {
  const auto here = user();
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    const auto there = ByteLocks::open(directory_ / "locks");
    const char ok = there && (*there)->try_lock(1, Kind::exclusive).value_or(false) ? 'y' : 'n';
    if (::write(ready[1], &ok, 1) != 1) ::_exit(1);
    ::pause();
    ::_exit(0);
  }
  char ok = 0;
  ASSERT_EQ(::read(ready[0], &ok, 1), 1);
  EXPECT_EQ(ok, 'y');
  EXPECT_FALSE(gets(*here, 1, Kind::exclusive));
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  EXPECT_TRUE(gets(*here, 1, Kind::exclusive));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_F(ByteLocksTest, SayWhyTheyCannotBeHad) {
  EXPECT_EQ(ByteLocks::open(directory_ / "no/such/file").error(), errc::not_found);
}

}  // namespace
}  // namespace larder::sys
