// OrderedHash: many threads read, one MD5 over everything in order.
#pragma once

#include <array>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "digest/hash.h"

namespace larder::publish {

/// A stretch of content on its way from a reader to the hash.
struct ContentBuffer {
  static constexpr std::size_t kBytes = std::size_t{256}
                                        << 10;  // reader and hash meet in the cache
  std::array<std::byte, kBytes> bytes;
  std::size_t used = 0;
  std::uint64_t files = 0;  ///< files that end in this buffer

  [[nodiscard]] std::span<std::byte> free_space() noexcept {
    return std::span(bytes).subspan(used);
  }
};
using BufferPtr = std::unique_ptr<ContentBuffer>;

/// Hashing is serial, reading is not, and which of them is the slow one depends on the tree. So no
/// thread has a fixed part: each reads the next item, and whoever comes by while content is ready
/// and nobody hashes, hashes. Memory is bounded by the number of buffers.
///
/// A thread calls next_item() until it is empty; for each item it acquires and pushes any number of
/// buffers, in order, and then calls finish_item(). Threads: any number.
class OrderedHash {
 public:
  /// Called after each hashed buffer, by one thread at a time.
  using Hashed = std::function<void(const ContentBuffer&)>;

  OrderedHash(std::size_t items, Hashed hashed);

  /// The next item to read; empty when everything is hashed or stop() was called.
  std::optional<std::size_t> next_item();
  /// An empty buffer; null after stop(). Throws std::bad_alloc.
  BufferPtr acquire(std::size_t item);
  void push(std::size_t item, BufferPtr buffer);
  void finish_item(std::size_t item);
  /// Gives up: whoever waits returns with nothing.
  void stop() noexcept;

  /// The MD5 of all that was pushed. Call once, after the last thread has ended.
  [[nodiscard]] digest::Md5::Value finish() noexcept { return md5_.finish(); }

 private:
  static constexpr std::size_t kBuffers = 32;  // 8 MiB

  struct Slot {
    std::deque<BufferPtr> ready;
    bool finished = false;
  };

  Slot& slot_of(std::size_t item) noexcept { return slots_[item % kBuffers]; }
  [[nodiscard]] bool head_is_ready() noexcept;
  void hash_ready(std::unique_lock<std::mutex>& lock);

  const std::size_t items_;
  const Hashed hashed_;
  std::mutex mutex_;
  std::condition_variable changed_;
  // All below is guarded by mutex_; md5_ by hashing_, which one thread at a time sets.
  std::array<Slot, kBuffers> slots_;  ///< items head_ to head_ + kBuffers - 1
  std::vector<BufferPtr> free_;
  std::size_t allocated_ = 0;
  std::size_t head_ = 0;  ///< the item that is being hashed
  std::size_t next_ = 0;  ///< the item that nobody reads yet
  bool hashing_ = false;
  bool stopped_ = false;
  digest::Md5 md5_;
};

}  // namespace larder::publish
