// HashThread: hashes what large downloads bring, beside the thread that reads the sockets.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace larder::fetch {

/// Started with the first task. Threads: any.
class HashThread {
 public:
  HashThread() = default;
  HashThread(const HashThread&) = delete;
  HashThread& operator=(const HashThread&) = delete;
  ~HashThread();

  /// Whether this machine has a processor for it.
  [[nodiscard]] static bool pays() noexcept { return std::thread::hardware_concurrency() > 1; }

  /// Has `task`, which must not throw, run after those that were posted before; after finish() it
  /// runs inside this call. Throws std::bad_alloc, or std::system_error if the thread cannot be
  /// started.
  void post(std::function<void()> task);
  /// Ends the thread when everything posted has run. Idempotent. Not from a task.
  void finish() noexcept;

 private:
  void run() noexcept;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;  // guarded by mutex_
  bool finishing_ = false;                   // guarded by mutex_
  std::thread thread_;                       // guarded by mutex_ until finishing_
};

}  // namespace larder::fetch
