#include "larder/file_impl.h"

#include <algorithm>
#include <utility>

namespace larder {
namespace {

std::size_t copy(const Blob& blob, std::uint64_t offset, std::span<std::byte> into) {
  if (offset >= blob.size()) return 0;
  const auto bytes = blob.bytes().subspan(static_cast<std::size_t>(offset));
  const std::size_t count = std::min(bytes.size(), into.size());
  std::copy_n(bytes.begin(), count, into.begin());
  return count;
}

}  // namespace

void File::Impl::set_filter(Filter filter) {
  open_parts_ = {};
  if (!filter_) {
    filter_ = std::move(filter);
    return;
  }
  filter_ = [first = std::move(filter_), second = std::move(filter)](Blob whole) -> Result<Blob> {
    auto made = first(std::move(whole));
    return made ? second(std::move(*made)) : made;
  };
}

void File::Impl::land(Result<Blob> blob) {
  std::shared_ptr<fetch::Arrival> arrival;
  {
    std::lock_guard lock(mutex_);
    landing_ = std::move(blob);
    arrival = ticket_.arrival;
  }
  landed_.notify_all();
  reader_.over.store(true, std::memory_order_release);
  if (arrival) arrival->tell();
}

void File::Impl::board(fetch::Ticket ticket) {
  std::lock_guard lock(mutex_);
  ticket_ = std::move(ticket);
}

std::optional<Result<Blob>> File::Impl::landing() {
  std::lock_guard lock(mutex_);
  if (!landing_) return std::nullopt;
  return filtered();
}

const Result<Blob>& File::Impl::filtered() {
  const auto filter = std::exchange(filter_, {});
  open_parts_ = {};
  read_part_ = {};
  if (filter && *landing_) landing_ = filter(std::move(**landing_));
  return *landing_;
}

std::optional<std::uint64_t> File::Impl::size_bytes() {
  {
    std::lock_guard lock(mutex_);
    if (open_parts_) return size_bytes_;
  }
  if (const auto ended = landing()) {
    if (*ended) return (*ended)->size();
    return size_bytes_;
  }
  if (size_bytes_ || !ticket_.arrival) return size_bytes_;
  return ticket_.arrival->size_bytes();
}

bool File::Impl::complete() {
  {
    std::lock_guard lock(mutex_);
    if (open_parts_) return landing_ && *landing_;
  }
  const auto ended = landing();
  return ended && *ended;
}

Result<std::size_t> File::Impl::read(std::uint64_t offset, std::span<std::byte> into,
                                     Deadline deadline) {
  if (options_.before_verified && !landing() && ticket_.arrival)
    return read_early(offset, into, deadline);
  {
    std::unique_lock lock(mutex_);
    if (!landed_.wait_until(lock, deadline, [this] { return landing_.has_value(); }))
      return errc::timed_out;
    if (auto part = read_part(offset, into)) return *part;
  }
  const auto blob = whole(deadline);
  if (!blob) return blob.error();
  return copy(*blob, offset, into);
}

std::optional<Result<std::size_t>> File::Impl::read_part(std::uint64_t offset,
                                                         std::span<std::byte> into) {
  if (!open_parts_ || !*landing_) return std::nullopt;
  if (!read_part_) {
    auto opened = open_parts_(**landing_);
    if (!opened) return Result<std::size_t>(opened.error());
    read_part_ = std::move(*opened);
  }
  return read_part_(offset, into);
}

Result<std::size_t> File::Impl::read_early(std::uint64_t offset, std::span<std::byte> into,
                                           Deadline deadline) {
  std::lock_guard lock(reader_mutex_);
  std::size_t done = 0;
  while (done < into.size()) {
    const auto count = ticket_.arrival->read(reader_, offset + done, into.subspan(done), deadline);
    if (count) {
      done += *count;
      continue;
    }
    if (count.error() != errc::cancelled) return count;
    // The flight has landed: the rest, or how many there are, is in the whole.
    const auto blob = whole(deadline);
    if (!blob) return blob.error();
    return done + copy(*blob, offset + done, into.subspan(done));
  }
  return done;
}

Result<Blob> File::Impl::whole(Deadline deadline) {
  std::unique_lock lock(mutex_);
  if (!landed_.wait_until(lock, deadline, [this] { return landing_.has_value(); }))
    return errc::timed_out;
  return filtered();
}

}  // namespace larder
