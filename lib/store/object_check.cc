#include "store/object_check.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <thread>
#include <utility>

#include "digest/hash.h"
#include "store/segment.h"

namespace larder::store {
namespace {

constexpr std::chrono::milliseconds kBetweenReports{100};

}  // namespace

Result<std::vector<ObjectCheck::Damage>> ObjectCheck::run(
    const std::vector<SegmentId>& segments, unsigned threads,
    const std::function<void(std::uint64_t)>& progress) {
  std::condition_variable ended;
  std::size_t running = std::max<std::size_t>(
      1, std::min<std::size_t>(threads != 0 ? threads : std::thread::hardware_concurrency(),
                               segments.size()));
  std::vector<std::jthread> workers(running);  // joined below, also when a thread cannot be made
  const auto one = [&] {
    work(segments);
    std::lock_guard lock(mutex_);
    if (--running == 0) ended.notify_one();
  };
  for (std::jthread& worker : workers) worker = std::jthread(one);
  {
    std::unique_lock lock(mutex_);
    while (!ended.wait_for(lock, kBetweenReports, [&] { return running == 0; })) {
      lock.unlock();
      progress(bytes_);
      lock.lock();
    }
  }
  workers.clear();
  progress(bytes_);
  if (error_) return error_;
  std::sort(damages_.begin(), damages_.end(),
            [](const Damage& a, const Damage& b) { return a.segment < b.segment; });
  return std::move(damages_);
}

void ObjectCheck::work(const std::vector<SegmentId>& segments) {
  for (std::size_t i = next_++; i < segments.size(); i = next_++) {
    std::error_code error;
    try {
      if (const auto done = check_segment(segments[i]); !done) error = done.error();
    } catch (const std::exception&) {
      error = std::make_error_code(std::errc::not_enough_memory);
    }
    if (!error) continue;
    next_ = segments.size();
    std::lock_guard lock(mutex_);
    error_ = error;
  }
}

Result<void> ObjectCheck::check_segment(SegmentId id) {
  Damage damage{.segment = id};
  std::vector<Found> objects;
  auto read = index_.visit_segment(id, [&](const Found& found) {
    objects.push_back(found);
    return true;
  });
  if (!read) return read;
  if (objects.empty()) return {};
  SegmentHeader header;
  const auto file = fs_.open(segment_path(directory_, id), sys::Open::read);
  if (file) {
    HeaderBytes bytes{};
    const auto size = (*file)->read_at(0, bytes);
    damage.header = size && *size == bytes.size() ? decode(bytes, header) : HeaderState::damaged;
    if (damage.header == HeaderState::good && header.id != id) damage.header = HeaderState::damaged;
  }
  for (const Found& found : objects) {
    const bool readable = file && damage.header == HeaderState::good;
    const auto whole = readable ? is_whole(**file, header, found) : Result<bool>(false);
    if (!whole) return whole.error();
    ++objects_;
    if (*whole) continue;
    const auto there = is_still_there(found);
    if (!there) return there.error();
    if (*there) damage.objects.push_back(found);
  }
  if (damage.objects.empty()) return {};
  std::lock_guard lock(mutex_);
  damages_.push_back(std::move(damage));
  return {};
}

Result<bool> ObjectCheck::is_whole(sys::File& file, const SegmentHeader& header,
                                   const Found& found) {
  digest::Sha256 sha256;
  const auto read = read_object(file, header.nonce, found.place, found.digest,
                                [&](std::span<const std::byte> piece) {
                                  sha256.update(piece);
                                  bytes_ += piece.size();
                                });
  return read && sha256.finish() == found.digest;
}

Result<bool> ObjectCheck::is_still_there(const Found& found) {
  const auto row = index_.find(ObjectKey::of(found.digest));
  if (!row) return row.error();
  return *row && (*row)->place == found.place;
}

}  // namespace larder::store
