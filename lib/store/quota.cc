#include "store/quota.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "store/disk_usage.h"

namespace larder::store {
namespace {

constexpr std::uint64_t kSegmentShare = 64;
constexpr std::uint64_t kLeastSegmentBytes = 16u << 10;
constexpr std::uint64_t kLogShare = 64;
constexpr std::uint64_t kLeastLogBytes = 32u << 10;
constexpr std::uint64_t kMostLogBytes = 4u << 20;

// Index, headers and padding seldom take more than this share; within it the room for content does
// not depend on the number of objects.
constexpr std::uint64_t kOverheadShare = 16;
constexpr std::uint64_t kBytesOfASingle = kFirstRecord + 2048;  // and half a page at its end

// Segments of a process that are being filled, on average, and one to clean into.
constexpr std::uint64_t kPartlyFilled = 3;

}  // namespace

Quota::Quota(sys::FileSystem& fs, std::string directory, std::uint64_t quota_bytes) noexcept
    : fs_(fs), directory_(std::move(directory)), bytes_(quota_bytes) {}

std::uint64_t Quota::segment_bytes(std::uint64_t quota_bytes, std::uint64_t wanted_bytes) noexcept {
  if (quota_bytes == 0) return wanted_bytes;
  const std::uint64_t share = std::max(kLeastSegmentBytes, quota_bytes / kSegmentShare);
  return std::min(wanted_bytes, share / kAlignBytes * kAlignBytes);
}

std::uint64_t Quota::log_bytes(std::uint64_t quota_bytes) noexcept {
  return std::clamp(quota_bytes / kLogShare, kLeastLogBytes, kMostLogBytes);
}

std::uint64_t Quota::size(const char* suffix) const {
  const auto status = fs_.status(index_path(directory_) + suffix);
  return status ? std::max(status->size_bytes, status->allocated_bytes) : 0;
}

// One transaction may write the whole index to the log before it is written back, and others may
// follow while somebody reads.
std::uint64_t Quota::around_index(std::uint64_t index_bytes) const {
  return size("-shm") + std::max(size("-wal"), index_bytes + 3 * log_bytes(bytes_));
}

std::uint64_t Quota::for_segments() const {
  if (!limited()) return std::numeric_limits<std::int64_t>::max();
  const std::uint64_t index = size("") + around_index(size(""));
  return bytes_ > index ? bytes_ - index : 0;
}

std::uint64_t Quota::for_content(const IndexFigures& figures, std::uint64_t segment_bytes,
                                 std::uint64_t slack_permille) const {
  // Free pages of the index are filled again, or returned when they are many.
  const std::uint64_t index = figures.index_bytes + around_index(figures.index_bytes);
  const std::uint64_t overhead =
      index + figures.objects * kRecordOverheadBytes + figures.singles * kBytesOfASingle;
  const std::uint64_t taken =
      kPartlyFilled * segment_bytes + std::max(bytes_ / kOverheadShare, overhead);
  return bytes_ > taken ? (bytes_ - taken) / 1000 * (1000 - slack_permille) : 0;
}

}  // namespace larder::store
