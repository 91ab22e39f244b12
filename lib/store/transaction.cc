#include "store/transaction.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/heap_blob.h"

namespace larder::store {
namespace {

// Memory of one transaction, and the size of its writes.
constexpr std::uint64_t kStageBytes = 256 * 1024;
// No size comes near; sums with it do not overflow.
constexpr std::uint64_t kMaxObjectBytes = std::uint64_t{1} << 60;

std::error_code no_memory() noexcept {
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace

ObjectTransaction::ObjectTransaction(std::shared_ptr<Core> core, std::optional<std::uint64_t> size)
    : core_(std::move(core)),
      size_(size),
      phase_(core_->writable() ? Phase::staging : Phase::in_memory),
      buffer_(kHeaderBytes) {
  if (size_) buffer_.reserve(kHeaderBytes + std::min(*size_, kStageBytes));
}

ObjectTransaction::~ObjectTransaction() {
  abandon();
}

std::error_code ObjectTransaction::expect(std::optional<std::uint64_t> size) noexcept {
  if (!size) return {};
  if (size_ && *size > *size_) return errc::too_large;
  if (!size_) size_ = size;
  return {};
}

std::error_code ObjectTransaction::write(std::span<const std::byte> bytes) noexcept try {
  if (phase_ == Phase::broken) return errc::io;
  if (bytes.size() > std::min(size_.value_or(kMaxObjectBytes), kMaxObjectBytes) - written_)
    return errc::too_large;
  if (const auto error = append(bytes)) return error;
  fast_.update(bytes);
  written_ += bytes.size();
  return {};
} catch (const std::exception&) {
  abandon();
  phase_ = Phase::broken;
  return no_memory();
}

std::error_code ObjectTransaction::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (phase_ == Phase::in_memory) {
      buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
      return {};
    }
    const std::uint64_t room = kHeaderBytes + kStageBytes - buffer_.size();
    const auto part = bytes.first(std::min<std::uint64_t>(room, bytes.size()));
    buffer_.insert(buffer_.end(), part.begin(), part.end());
    bytes = bytes.subspan(part.size());
    if (bytes.empty()) return {};
    if (const auto drained = drain(); !drained)
      if (const auto error = fall_back(drained.error())) return error;
  }
  return {};
}

std::error_code ObjectTransaction::read_back(std::uint64_t offset,
                                             std::span<std::byte> into) noexcept {
  if (phase_ == Phase::broken) return errc::io;
  if (offset > written_ || written_ - offset < into.size()) return errc::invalid_argument;
  if (offset < drained_) {
    const auto on_disk = into.first(
        static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), drained_ - offset)));
    if (const auto read = extent_->read(kHeaderBytes + offset, on_disk); !read) return read.error();
    into = into.subspan(on_disk.size());
    offset = drained_;
  }
  std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(kHeaderBytes + offset - drained_),
              into.size(), into.begin());
  return {};
}

Result<void> ObjectTransaction::open_extent() {
  const bool shared = size_ && *size_ <= core_->large_object_bytes();
  auto extent = shared ? core_->appender().reserve(record_bytes(*size_))
                       : core_->appender().reserve_single(size_);
  if (!extent) return extent.error();
  extent_.emplace(std::move(*extent));
  phase_ = Phase::streaming;
  return {};
}

Result<void> ObjectTransaction::drain() {
  if (!extent_)
    if (auto opened = open_extent(); !opened) return opened;
  const auto payload = std::span<const std::byte>(buffer_).subspan(kHeaderBytes);
  if (auto done = extent_->write(kHeaderBytes + drained_, payload); !done) return done;
  drained_ += payload.size();
  buffer_.resize(kHeaderBytes);
  return {};
}

std::error_code ObjectTransaction::fall_back(const std::error_code& why) {
  core_->write_failed(why);
  std::vector<std::byte> all(kHeaderBytes + drained_);
  if (drained_ != 0) {
    const auto read = extent_->read(kHeaderBytes, std::span(all).subspan(kHeaderBytes));
    if (!read) {
      abandon();
      phase_ = Phase::broken;
      return read.error();
    }
  }
  all.insert(all.end(), buffer_.begin() + kHeaderBytes, buffer_.end());
  abandon();
  buffer_ = std::move(all);
  drained_ = 0;
  phase_ = Phase::in_memory;
  return {};
}

Result<Blob> ObjectTransaction::commit(const Digest& digest,
                                       std::span<const ObjectKey> claims) noexcept try {
  if (phase_ == Phase::broken) return errc::io;
  if (phase_ != Phase::in_memory) {
    auto object = store(digest);
    if (object) {
      stored_ = true;
      core_->add_claims(claims, digest);
      return (*object)->lend(Source::origin);
    }
    if (const auto error = fall_back(object.error())) return error;
  }
  return pass_through();
} catch (const std::exception&) {
  return no_memory();
}

Result<ObjectRef> ObjectTransaction::store(const Digest& digest) {
  if (ObjectRef object = core_->existing(digest)) {
    abandon();
    return object;
  }
  if (auto done = write_record(digest); !done) return done.error();
  auto object = core_->publish(digest, written_, fast_.value(), *extent_);
  if (!object) return object;
  abandon();  // what is left of it, if another writer was first
  core_->stored();
  return object;
}

Result<void> ObjectTransaction::write_record(const Digest& digest) {
  if (!extent_) {
    auto extent = core_->appender().reserve(record_bytes(written_));
    if (!extent) return extent.error();
    extent_.emplace(std::move(*extent));
  } else {
    if (auto done = drain(); !done) return done;
    const bool single = extent_->writer()->kind() == SegmentKind::single;
    if (single && written_ <= core_->large_object_bytes())
      if (auto done = move_to_shared(); !done) return done;
  }
  const auto header = encode({RecordType::object, written_, digest, fast_.value()},
                             extent_->writer()->nonce(), extent_->offset());
  std::copy(header.begin(), header.end(), buffer_.begin());
  return extent_->write(0, buffer_);
}

Result<void> ObjectTransaction::move_to_shared() {
  auto target = core_->appender().reserve(record_bytes(written_));
  if (!target) return target.error();
  std::vector<std::byte> chunk(std::min(written_, kStageBytes));
  for (std::uint64_t done = 0; done < written_; done += chunk.size()) {
    chunk.resize(std::min<std::uint64_t>(chunk.size(), written_ - done));
    if (auto read = extent_->read(kHeaderBytes + done, chunk); !read) return read;
    if (auto written = target->write(kHeaderBytes + done, chunk); !written) return written;
  }
  abandon();
  extent_.emplace(std::move(*target));
  return {};
}

Result<Blob> ObjectTransaction::pass_through() {
  core_->passed_through();
  // Part of it may come from the disk that failed.
  if (fast_checksum(std::span<const std::byte>(buffer_).subspan(kHeaderBytes)) != fast_.value())
    return errc::io;
  buffer_.erase(buffer_.begin(), buffer_.begin() + kHeaderBytes);
  return make_heap_blob(std::move(buffer_), Source::origin);
}

void ObjectTransaction::abandon() noexcept {
  if (extent_ && extent_->writer()) core_->appender().abandon(std::move(*extent_));
  extent_.reset();
}

}  // namespace larder::store
