#include "fetch/ahead_verifier.h"

#include <algorithm>
#include <utility>

namespace larder::fetch {

AheadVerifier::AheadVerifier(const Checksum& expected, std::optional<std::uint64_t> size,
                             std::uint64_t limit_bytes, std::shared_ptr<HashThread> thread)
    : thread_(std::move(thread)),
      bound_(std::min(size.value_or(limit_bytes), limit_bytes)),
      verifier_(expected, size, limit_bytes) {}

AheadVerifier::~AheadVerifier() {
  wait();
}

std::error_code AheadVerifier::update(std::span<const std::byte> bytes) {
  const bool here = !thread_ || seen_ < kInlineBytes;
  if (here || bytes.size() > bound_ - std::min(bound_, seen_)) return update_here(bytes);
  seen_ += bytes.size();
  while (!bytes.empty()) {
    filling_.reserve(kChunkBytes);
    const auto part = bytes.first(std::min(bytes.size(), kChunkBytes - filling_.size()));
    filling_.insert(filling_.end(), part.begin(), part.end());
    bytes = bytes.subspan(part.size());
    if (filling_.size() < kChunkBytes) break;
    wait();
    filling_.swap(chunk_);
    filling_.clear();
    hashing_ = true;  // nobody else looks at it now
    try {
      thread_->post([this] { hash_chunk(); });
    } catch (...) {
      hashing_ = false;
      throw;
    }
  }
  return {};
}

std::error_code AheadVerifier::update_here(std::span<const std::byte> bytes) noexcept {
  wait();
  if (const auto error = verifier_.update(std::exchange(filling_, {}))) return error;
  seen_ += bytes.size();
  return verifier_.update(bytes);
}

digest::Verifier::Verdict AheadVerifier::finish() noexcept {
  wait();
  static_cast<void>(verifier_.update(filling_));  // within the bound, see update()
  return verifier_.finish();
}

void AheadVerifier::hash_chunk() noexcept {
  static_cast<void>(verifier_.update(chunk_));
  // The waiting one may destroy this as soon as the lock is free.
  std::lock_guard lock(mutex_);
  hashing_ = false;
  hashed_.notify_one();
}

void AheadVerifier::wait() noexcept {
  std::unique_lock lock(mutex_);
  hashed_.wait(lock, [this] { return !hashing_; });
}

}  // namespace larder::fetch
