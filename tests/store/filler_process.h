// The program store_filler as a child process, and what must be true of a store that it filled.
#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "digest/hash.h"
#include "store_filler.h"
#include "store_fixture.h"

extern char** environ;

namespace larder::store {

/// A process that runs store_filler until it is killed. `quota_bytes` 0: without a quota.
class Filler {
 public:
  Filler(const std::string& directory, std::uint64_t first_seed, std::uint64_t quota_bytes = 0,
         unsigned threads = 1) {
    int ends[2];
    if (::pipe(ends) != 0) std::abort();
    read_end_ = ends[0];
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    ::posix_spawn_file_actions_addclose(&actions, ends[0]);
    std::string program = LARDER_STORE_FILLER;
    std::string where = directory;
    std::string seed = std::to_string(first_seed);
    std::string quota = std::to_string(quota_bytes);
    std::string count = std::to_string(threads);
    char* const arguments[] = {program.data(), where.data(), seed.data(),
                               quota.data(),   count.data(), nullptr};
    if (::posix_spawn(&process_, program.c_str(), &actions, nullptr, arguments, environ) != 0)
      std::abort();
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
  }
  Filler(const Filler&) = delete;
  Filler& operator=(const Filler&) = delete;
  ~Filler() {
    kill();
    ::close(read_end_);
  }

  /// Returns when the first object is committed.
  [[nodiscard]] bool wait_for_first() const {
    char byte = 0;
    return ::read(read_end_, &byte, 1) == 1;
  }
  /// Whether it still runs; if it gave up, why.
  [[nodiscard]] ::testing::AssertionResult running() {
    int status = 0;
    if (process_ > 0 && ::waitpid(process_, &status, WNOHANG) == process_) {
      process_ = 0;
      return ::testing::AssertionFailure()
             << (WIFSIGNALED(status) ? "signal " : "exit ")
             << (WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
    }
    return process_ > 0 ? ::testing::AssertionSuccess()
                        : ::testing::AssertionFailure() << "not running";
  }
  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = 0;
  }

 private:
  pid_t process_ = 0;
  int read_end_ = -1;
};

/// Every object that the store names is whole; returns how many there are.
inline std::uint64_t count_and_check(Store& store) {
  std::uint64_t objects = 0;
  EXPECT_TRUE(store.visit([&](const StoredObject& object) {
    const Blob blob = store.find(ObjectKey::of(object.digest));
    EXPECT_TRUE(blob);
    EXPECT_EQ(digest::sha256(blob.bytes()), object.digest);
    ++objects;
    return true;
  }));
  EXPECT_EQ(store.figures().damaged, 0u);
  EXPECT_EQ(store.figures().objects, objects);
  return objects;
}

}  // namespace larder::store
