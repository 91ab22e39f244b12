#include "larder/threads.h"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace larder {

IoThread::IoThread(Log log)
    : log_(std::move(log)),
      context_(std::make_unique<boost::asio::io_context>(1)),
      thread_([this] { run(); }) {}

IoThread::~IoThread() {
  stop();
}

void IoThread::run() noexcept {
  const auto guard = boost::asio::make_work_guard(*context_);
  for (;;) {
    try {
      context_->run();
      return;
    } catch (const std::exception& exception) {
      log_.error(std::string("I/O thread: ") + exception.what());
    } catch (...) {
      log_.error("I/O thread: unknown exception");
    }
  }
}

sys::Clock::time_point IoThread::now() const noexcept {
  return std::chrono::steady_clock::now();
}

void IoThread::after(std::chrono::milliseconds delay, std::function<void()> task) {
  auto timer = std::make_shared<boost::asio::steady_timer>(*context_, delay);
  auto& waiting = *timer;
  waiting.async_wait(
      [timer = std::move(timer), task = std::move(task)](const boost::system::error_code& error) {
        if (!error) task();
      });
}

void IoThread::stop() noexcept {
  context_->stop();
  if (thread_.joinable()) thread_.join();
}

Worker::Worker(Log log) : log_(std::move(log)), thread_([this] { run(); }) {}

Worker::~Worker() {
  finish();
}

void Worker::post(std::function<void()> task) {
  {
    std::lock_guard lock(mutex_);
    if (ended_) return;
    tasks_.push_back(std::move(task));
  }
  wake_.notify_one();
}

void Worker::finish() noexcept {
  {
    std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Worker::run() noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return finishing_ || !tasks_.empty(); });
    if (tasks_.empty()) {
      ended_ = true;
      return;
    }
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    try {
      task();
    } catch (const std::exception& exception) {
      log_.error(std::string("a callback threw: ") + exception.what());
    } catch (...) {
      log_.error("a callback threw");
    }
    task = nullptr;  // its captures end outside the lock
    lock.lock();
  }
}

Repeater::Repeater(std::chrono::milliseconds pause, std::function<void()> task, Log log)
    : pause_(pause), task_(std::move(task)), log_(std::move(log)), thread_([this] { run(); }) {}

Repeater::~Repeater() {
  {
    std::lock_guard lock(mutex_);
    ending_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Repeater::run() noexcept {
  std::unique_lock lock(mutex_);
  while (!wake_.wait_for(lock, pause_, [this] { return ending_; })) {
    lock.unlock();
    try {
      task_();
    } catch (const std::exception& exception) {
      log_.error(exception.what());
    }
    lock.lock();
  }
}

}  // namespace larder
