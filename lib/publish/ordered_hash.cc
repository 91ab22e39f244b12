#include "publish/ordered_hash.h"

#include <utility>

namespace larder::publish {

OrderedHash::OrderedHash(std::size_t items, Hashed hashed)
    : items_(items), hashed_(std::move(hashed)) {
  free_.reserve(kBuffers);  // so that giving a buffer back cannot fail
}

bool OrderedHash::head_is_ready() noexcept {
  if (head_ == items_) return false;
  const Slot& slot = slot_of(head_);
  return !slot.ready.empty() || slot.finished;
}

void OrderedHash::hash_ready(std::unique_lock<std::mutex>& lock) {
  hashing_ = true;
  while (!stopped_ && head_is_ready()) {
    Slot& slot = slot_of(head_);
    if (slot.ready.empty()) {
      slot.finished = false;
      ++head_;
    } else {
      BufferPtr buffer = std::move(slot.ready.front());
      slot.ready.pop_front();
      lock.unlock();
      md5_.update(std::span(buffer->bytes).first(buffer->used));
      if (hashed_) hashed_(*buffer);
      lock.lock();
      free_.push_back(std::move(buffer));
    }
    changed_.notify_all();
  }
  hashing_ = false;
  changed_.notify_all();
}

std::optional<std::size_t> OrderedHash::next_item() {
  std::unique_lock lock(mutex_);
  while (!stopped_ && head_ != items_) {
    if (!hashing_ && head_is_ready())
      hash_ready(lock);
    else if (next_ != items_ && next_ < head_ + kBuffers)
      return next_++;
    else
      changed_.wait(lock);
  }
  return std::nullopt;
}

BufferPtr OrderedHash::acquire(std::size_t item) {
  std::unique_lock lock(mutex_);
  while (!stopped_) {
    // The last buffer is for the head: everybody else waits for what the head's reader pushes.
    const std::size_t left = free_.size() + (kBuffers - allocated_);
    if (left > 1 || (left == 1 && item == head_)) break;
    if (!hashing_ && head_is_ready())
      hash_ready(lock);
    else
      changed_.wait(lock);
  }
  if (stopped_) return nullptr;
  BufferPtr buffer;
  if (free_.empty()) {
    buffer = std::make_unique_for_overwrite<ContentBuffer>();
    ++allocated_;
  } else {
    buffer = std::move(free_.back());
    free_.pop_back();
  }
  buffer->used = 0;
  buffer->files = 0;
  return buffer;
}

void OrderedHash::push(std::size_t item, BufferPtr buffer) {
  std::lock_guard lock(mutex_);
  slot_of(item).ready.push_back(std::move(buffer));
  if (item == head_ && !hashing_) changed_.notify_one();
}

void OrderedHash::finish_item(std::size_t item) {
  std::lock_guard lock(mutex_);
  slot_of(item).finished = true;
  if (item == head_ && !hashing_) changed_.notify_one();
}

void OrderedHash::stop() noexcept {
  std::lock_guard lock(mutex_);
  stopped_ = true;
  changed_.notify_all();
}

}  // namespace larder::publish
