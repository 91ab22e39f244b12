#include "ordered_reads.h"

#include <chrono>
#include <optional>
#include <utility>

namespace larder::tool {

struct OrderedReads::Read {
  using Clock = std::chrono::steady_clock;
  std::string path;
  ReadReport report;  // written by the Vfs before its callback
  Clock::time_point began = Clock::now();
  Clock::time_point ended;
  std::optional<Result<Blob>> blob;  // guarded by Shared::mutex until it is set
};

void OrderedReads::start(std::string path) {
  auto read = std::make_shared<Read>();
  read->path = std::move(path);
  reads_.push_back(read);
  ReadOptions options;
  options.report = &read->report;
  vfs_.read_async(read->path, options, [read, shared = shared_](Result<Blob> blob) {
    const std::lock_guard lock(shared->mutex);
    read->ended = Read::Clock::now();
    read->blob = std::move(blob);
    shared->ended.notify_one();
  });
}

Outcome OrderedReads::take(const std::function<void()>& tick) {
  const std::shared_ptr<Read> read = std::move(reads_.front());
  reads_.pop_front();
  std::unique_lock lock(shared_->mutex);
  while (!shared_->ended.wait_for(lock, std::chrono::milliseconds(100),
                                  [&] { return read->blob.has_value(); }))
    tick();
  return {std::move(read->path), std::move(*read->blob), read->report, read->ended - read->began};
}

void read_in_order(Vfs& vfs, std::size_t count,
                   const std::function<std::string(std::size_t)>& path_of,
                   const std::function<void(Outcome)>& use, const std::function<void()>& tick) {
  OrderedReads reads(vfs);
  for (std::size_t next = 0; next < count || !reads.empty();) {
    if (next < count && !reads.full())
      reads.start(path_of(next++));
    else
      use(reads.take(tick));
  }
}

}  // namespace larder::tool
