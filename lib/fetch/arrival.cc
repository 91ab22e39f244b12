#include "fetch/arrival.h"

#include <algorithm>
#include <utility>

#include "fetch/pour_sink.h"

namespace larder::fetch {
namespace {

// What the download may have to wait for while a reader copies.
constexpr std::size_t kMaxReadBytes = 256 * 1024;

}  // namespace

void Arrival::began(std::shared_ptr<PourSink> sink) {
  std::lock_guard lock(mutex_);
  sink_ = std::move(sink);
  ++attempt_;
  told_.notify_all();
}

void Arrival::goes_on(std::shared_ptr<PourSink> sink) {
  std::lock_guard lock(mutex_);
  sink_ = std::move(sink);
  told_.notify_all();
}

void Arrival::ended() noexcept {
  std::shared_ptr<PourSink> last;  // released after the lock
  std::lock_guard lock(mutex_);
  last.swap(sink_);
}

void Arrival::tell() noexcept {
  // Through the lock: who has just found nothing is waiting by now.
  { std::lock_guard lock(mutex_); }
  told_.notify_all();
}

Result<std::size_t> Arrival::read(Reader& reader, std::uint64_t offset, std::span<std::byte> into,
                                  std::chrono::steady_clock::time_point deadline) {
  into = into.first(std::min(into.size(), kMaxReadBytes));
  std::unique_lock lock(mutex_);
  for (;;) {
    if (reader.over.load(std::memory_order_acquire)) return errc::cancelled;
    if (reader.attempt != 0 && reader.attempt != attempt_) return errc::damaged;
    if (sink_) {
      const auto count = sink_->read_back(offset, into);
      if (!count || *count != 0) {
        reader.attempt = attempt_;
        return count;
      }
    }
    if (told_.wait_until(lock, deadline) == std::cv_status::timeout) return errc::timed_out;
  }
}

std::optional<std::uint64_t> Arrival::size_bytes() {
  std::lock_guard lock(mutex_);
  return sink_ ? sink_->announced() : std::nullopt;
}

std::uint64_t Arrival::bytes_so_far() {
  std::lock_guard lock(mutex_);
  return sink_ ? sink_->written() : 0;
}

}  // namespace larder::fetch
