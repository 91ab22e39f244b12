// Arrival: what a flight has brought so far, for readers who do not wait for its landing.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

#include <larder/result.h>

namespace larder::fetch {

class PourSink;

/// Shared by one flight and any number of readers. Threads: any.
class Arrival {
 public:
  /// One reader's place. It is never given the bytes of two attempts.
  struct Reader {
    unsigned attempt = 0;           ///< that it was given bytes of; 0: none yet
    std::atomic<bool> over{false};  ///< its wait for the flight has ended; tell(), then
  };

  /// A new attempt pours into `sink`, which tells of its growth.
  void began(std::shared_ptr<PourSink> sink);
  /// As began(), with the sink of the attempt before, which it continues.
  void goes_on(std::shared_ptr<PourSink> sink);
  /// The attempt is over: its bytes are to be had after the landing, or not at all.
  void ended() noexcept;
  /// Has readers look again.
  void tell() noexcept;

  /// Copies unverified bytes from `offset` on: at least one as soon as one is there, at most 256
  /// KiB. `into` is not empty. One read at a time for one reader.
  /// errc::timed_out: nothing came until `deadline`. errc::cancelled: the reader's wait is over;
  /// the landing has the rest. errc::damaged: the attempt whose bytes this reader was given has
  /// failed.
  Result<std::size_t> read(Reader& reader, std::uint64_t offset, std::span<std::byte> into,
                           std::chrono::steady_clock::time_point deadline);
  /// The object's size, once an origin has announced it.
  [[nodiscard]] std::optional<std::uint64_t> size_bytes();
  /// What the attempt under way has brought.
  [[nodiscard]] std::uint64_t bytes_so_far();

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::shared_ptr<PourSink> sink_;  ///< of the attempt under way; guarded by mutex_
  unsigned attempt_ = 0;            ///< guarded by mutex_
};

}  // namespace larder::fetch
