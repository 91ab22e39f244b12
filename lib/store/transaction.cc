#include "store/transaction.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/heap_blob.h"

namespace larder::store {
namespace {

// Memory of one transaction, and the size of its writes.
constexpr std::uint64_t kStageBytes = 256 * 1024;
// So much at once of an object that streams is written as it comes.
constexpr std::size_t kDirectBytes = 32 * 1024;
// What a write covers of the file's page cache becomes one piece of it, if it begins at a multiple
// of its size: a fraction of the cost of as many single pages.
constexpr std::uint64_t kPieceBytes = 32 * 1024;
// A kill loses at most so much of what can be continued.
constexpr std::uint64_t kNoteEveryBytes = 1u << 20;
// No size comes near; sums with it do not overflow.
constexpr std::uint64_t kMaxObjectBytes = std::uint64_t{1} << 60;

std::error_code no_memory() noexcept {
  return std::make_error_code(std::errc::not_enough_memory);
}

}  // namespace

ObjectTransaction::ObjectTransaction(std::shared_ptr<Core> core, std::optional<std::uint64_t> size,
                                     const About& about)
    : core_(std::move(core)),
      size_(size),
      about_(about),
      phase_(core_->writable() ? Phase::staging : Phase::in_memory),
      buffer_(kHeaderBytes) {
  if (size_) buffer_.reserve(kHeaderBytes + std::min(*size_, kStageBytes));
}

ObjectTransaction::~ObjectTransaction() {
  abandon();
}

std::uint64_t ObjectTransaction::provisional_id() const noexcept {
  if (about_.key.kind == ObjectKey::Kind::digest) return id_of(Digest{about_.key.bytes});
  if (about_.key.kind == ObjectKey::Kind::claim) return ObjectKeyHash()(about_.key);
  return reinterpret_cast<std::uintptr_t>(this) * 0x9e3779b97f4a7c15ULL;
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
  if (written_ - noted_ >= kNoteEveryBytes && can_outlast() && !write_note()) validator_.clear();
  return {};
} catch (const std::exception&) {
  abandon();
  phase_ = Phase::broken;
  return no_memory();
}

std::size_t ObjectTransaction::best_write_bytes(std::size_t most) const noexcept {
  if (phase_ != Phase::streaming) return most;
  const std::uint64_t end = extent_->offset() + kHeaderBytes + written_ + most;
  return most - static_cast<std::size_t>(std::min<std::uint64_t>(end % kPieceBytes, most - 1));
}

std::error_code ObjectTransaction::append(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    if (phase_ == Phase::in_memory) {
      buffer_.insert(buffer_.end(), bytes.begin(), bytes.end());
      return {};
    }
    if (bytes.size() >= kDirectBytes && (extent_ || size_.value_or(0) > kStageBytes)) {
      const auto written = write_directly(bytes);
      if (written) return {};
      if (const auto error = fall_back(written.error())) return error;
      continue;
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
  granted_ = size_.value_or(Appender::kGrowthBytes);
  const Newcomer newcomer{provisional_id(), granted_, about_.priority};
  if (!admit(newcomer, {&about_.key, 1})) return errc::too_large;
  auto extent = core_->reserve_for(size_);
  if (!extent) return extent.error();
  extent_.emplace(std::move(*extent));
  phase_ = Phase::streaming;
  return {};
}

bool ObjectTransaction::admit(const Newcomer& newcomer, std::span<const ObjectKey> names) {
  if (!core_->retention().admit(newcomer, names)) return false;
  newcomer_ = newcomer;
  return true;
}

Result<void> ObjectTransaction::make_growth_possible(std::uint64_t length) {
  if (length <= granted_) return {};
  const std::uint64_t granted = std::max(length, granted_ * 2);
  if (!core_->retention().enlarge(*newcomer_, granted)) return errc::too_large;
  newcomer_->size_bytes = granted;
  if (auto done = core_->enlarge(*extent_, granted); !done) return done;
  granted_ = granted;
  return {};
}

Result<void> ObjectTransaction::write_directly(std::span<const std::byte> bytes) {
  if (auto done = drain(); !done) return done;
  buffer_.shrink_to_fit();  // large pieces need no stage
  if (auto done = make_growth_possible(drained_ + bytes.size()); !done) return done;
  if (auto done = extent_->write(kHeaderBytes + drained_, bytes); !done) return done;
  drained_ += bytes.size();
  return {};
}

Result<void> ObjectTransaction::drain() {
  if (!extent_)
    if (auto opened = open_extent(); !opened) return opened;
  const auto payload = std::span<const std::byte>(buffer_).subspan(kHeaderBytes);
  if (auto done = make_growth_possible(drained_ + payload.size()); !done) return done;
  if (auto done = extent_->write(kHeaderBytes + drained_, payload); !done) return done;
  drained_ += payload.size();
  buffer_.resize(kHeaderBytes);
  return {};
}

std::error_code ObjectTransaction::fall_back(const std::error_code& why) {
  if (why == errc::too_large)
    refused_ = true;
  else
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
    auto object = store(digest, claims);
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

Result<ObjectRef> ObjectTransaction::store(const Digest& digest,
                                           std::span<const ObjectKey> claims) {
  std::vector<ObjectKey> names(claims.begin(), claims.end());
  names.push_back(about_.key);
  names.push_back(ObjectKey::of(digest));
  ObjectRef object = core_->existing(digest);
  if (!object) {
    auto fresh = write_and_publish(digest, names);
    if (!fresh) return fresh;
    object = std::move(*fresh);
  }
  if (newcomer_) {
    newcomer_->size_bytes = written_;
    core_->retention().stored(*newcomer_, digest, names);
    newcomer_.reset();
  }
  abandon();  // what is left of it, if another writer was first
  return object;
}

Result<ObjectRef> ObjectTransaction::write_and_publish(const Digest& digest,
                                                       std::span<const ObjectKey> names) {
  if (auto done = write_record(digest, names); !done) return done.error();
  auto object = core_->publish(digest, written_, fast_.value(), about_.priority, *extent_);
  if (object) core_->stored(written_);
  return object;
}

Result<void> ObjectTransaction::write_record(const Digest& digest,
                                             std::span<const ObjectKey> names) {
  if (!extent_) {
    if (!admit({id_of(digest), written_, about_.priority}, names)) return errc::too_large;
    auto extent = core_->reserve_for(written_);
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
  auto target = core_->reserve_for(written_);
  if (!target) return target.error();
  std::vector<std::byte> chunk(std::min(written_, kStageBytes));
  for (std::uint64_t done = 0; done < written_; done += chunk.size()) {
    chunk.resize(std::min<std::uint64_t>(chunk.size(), written_ - done));
    if (auto read = extent_->read(kHeaderBytes + done, chunk); !read) return read;
    if (auto written = target->write(kHeaderBytes + done, chunk); !written) return written;
  }
  give_back_extent();
  extent_.emplace(std::move(*target));
  return {};
}

Result<Blob> ObjectTransaction::pass_through() {
  core_->passed_through(refused_);
  // Part of it may come from the disk that failed.
  if (fast_checksum(std::span<const std::byte>(buffer_).subspan(kHeaderBytes)) != fast_.value())
    return errc::io;
  buffer_.erase(buffer_.begin(), buffer_.begin() + kHeaderBytes);
  return make_heap_blob(std::move(buffer_), Source::origin);
}

void ObjectTransaction::give_back_extent() noexcept {
  if (extent_ && extent_->writer()) core_->appender().abandon(std::move(*extent_));
  extent_.reset();
}

void ObjectTransaction::abandon() noexcept {
  give_back_extent();
  if (newcomer_) core_->retention().withdraw(*newcomer_);
  newcomer_.reset();
}

}  // namespace larder::store
