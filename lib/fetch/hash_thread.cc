#include "fetch/hash_thread.h"

#include <utility>

namespace larder::fetch {

HashThread::~HashThread() {
  finish();
}

void HashThread::post(std::function<void()> task) {
  std::unique_lock lock(mutex_);
  if (finishing_) {
    lock.unlock();
    return task();
  }
  if (!thread_.joinable()) thread_ = std::thread([this] { run(); });
  tasks_.push_back(std::move(task));
  lock.unlock();
  wake_.notify_one();
}

void HashThread::finish() noexcept {
  {
    std::lock_guard lock(mutex_);
    finishing_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void HashThread::run() noexcept {
  std::unique_lock lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return finishing_ || !tasks_.empty(); });
    if (tasks_.empty()) return;
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    lock.unlock();
    task();
    task = nullptr;  // its captures end outside the lock
    lock.lock();
  }
}

}  // namespace larder::fetch
