// The threads of a Vfs: one for I/O, one for callbacks and look-ups on behalf of async reads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "base/log.h"
#include "sys/clock.h"

namespace boost::asio {
class io_context;
}

namespace larder {

/// Runs an io_context until it is stopped. Also the clock: timers run on this thread.
class IoThread final : public sys::Clock {
 public:
  explicit IoThread(Log log);
  ~IoThread() override;

  [[nodiscard]] boost::asio::io_context& context() noexcept { return *context_; }

  [[nodiscard]] time_point now() const noexcept override;
  void after(std::chrono::milliseconds delay, std::function<void()> task) override;

  /// Drops everything that has not run yet and waits for what runs. Idempotent.
  void stop() noexcept;

 private:
  void run() noexcept;

  Log log_;
  std::unique_ptr<boost::asio::io_context> context_;
  std::thread thread_;
};

/// Runs tasks one after the other.
class Worker {
 public:
  explicit Worker(Log log);
  ~Worker();

  /// From any thread. Throws std::bad_alloc.
  void post(std::function<void()> task);
  /// Runs what was posted before, and what that posts, then ends. Later tasks are dropped.
  /// Idempotent. Not from a task.
  void finish() noexcept;

 private:
  void run() noexcept;

  Log log_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> tasks_;  ///< guarded by mutex_
  bool finishing_ = false;                   ///< guarded by mutex_
  bool ended_ = false;                       ///< guarded by mutex_
  std::thread thread_;
};

/// Runs a task again and again on a thread of its own, first after one pause.
class Repeater {
 public:
  Repeater(std::chrono::milliseconds pause, std::function<void()> task, Log log);
  /// Waits for the task if it runs.
  ~Repeater();

 private:
  void run() noexcept;

  const std::chrono::milliseconds pause_;
  const std::function<void()> task_;
  Log log_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool ending_ = false;  ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace larder
