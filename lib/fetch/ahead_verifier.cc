#include "fetch/ahead_verifier.h"

#include <algorithm>

namespace larder::fetch {

AheadVerifier::AheadVerifier(const Checksum& expected, std::optional<std::uint64_t> size,
                             std::uint64_t limit_bytes, std::shared_ptr<HashThread> thread)
    : thread_(std::move(thread)),
      bound_(std::min(size.value_or(limit_bytes), limit_bytes)),
      verifier_(expected, size, limit_bytes) {}

AheadVerifier::~AheadVerifier() {
  wait();
}

std::error_code AheadVerifier::update(std::span<const std::byte> bytes, const Pass& pass) {
  if (bytes.size() > bound_ - std::min(bound_, seen_)) {
    wait();
    static_cast<void>(verifier_.update(filling_));
    return verifier_.update(bytes);  // refuses them, and whatever comes
  }
  if (!thread_ || seen_ < kInlineBytes) {
    if (const auto error = update_here(bytes)) return error;
    return pass(bytes);
  }
  seen_ += bytes.size();
  while (!bytes.empty()) {
    filling_.reserve(kChunkBytes);
    const auto part = bytes.first(std::min(bytes.size(), next_bytes_ - filling_.size()));
    filling_.insert(filling_.end(), part.begin(), part.end());
    bytes = bytes.subspan(part.size());
    if (filling_.size() < next_bytes_) break;
    hash_ahead();
    if (const auto error = pass(chunk_)) return error;
  }
  return {};
}

void AheadVerifier::hash_ahead() {
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

std::error_code AheadVerifier::flush(const Pass& pass) {
  if (filling_.empty()) return {};
  wait();
  static_cast<void>(verifier_.update(filling_));  // within the bound, see update()
  const auto error = pass(filling_);
  filling_.clear();
  return error;
}

std::error_code AheadVerifier::update_here(std::span<const std::byte> bytes) noexcept {
  wait();
  seen_ += bytes.size();
  return verifier_.update(bytes);
}

digest::Verifier::Verdict AheadVerifier::finish() noexcept {
  wait();
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
