#include "store/fetch_turns.h"

#include "store/record.h"

namespace larder::store {
namespace {

using sys::ByteLocks;

/// The first half of the numbers are turns, the second half those who wait for them.
constexpr std::uint64_t kWaiting = ByteLocks::kNumbers / 2;

}  // namespace

FetchTurns::FetchTurns(const std::string& directory, bool writable) {
  if (!writable) return;
  if (auto locks = ByteLocks::open(directory + "/fetching")) locks_ = std::move(*locks);
}

std::uint64_t FetchTurns::number_of(const ObjectKey& key) noexcept {
  return fast_checksum(key.bytes) % kWaiting;
}

std::optional<FetchTurns::Lock> FetchTurns::take(const ObjectKey& key) noexcept {
  const std::uint64_t number = number_of(key);
  if (locks_ && !locks_->try_lock(number, ByteLocks::Kind::exclusive).value_or(true))
    return std::nullopt;
  return Lock(*this, number);
}

void FetchTurns::wait(const ObjectKey& key) noexcept {
  if (locks_) (void)locks_->try_lock(kWaiting + number_of(key), ByteLocks::Kind::shared);
}

void FetchTurns::stop_waiting(const ObjectKey& key) noexcept {
  if (locks_) locks_->unlock(kWaiting + number_of(key));
}

bool FetchTurns::somebody_waits() const noexcept {
  return locks_ && locks_->others_hold(kWaiting, kWaiting);
}

}  // namespace larder::store
