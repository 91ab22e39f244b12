#include "fetch/pour_sink.h"

#include <algorithm>
#include <exception>
#include <span>
#include <utility>

#include "base/heap_blob.h"
#include "fetch/arrival.h"
#include "fetch/validator.h"

namespace larder::fetch {
namespace {

/// An announced size is a promise by a stranger: no more than this is reserved on its word.
constexpr std::uint64_t kMaxReserveBytes = 16u << 20;

}  // namespace

PourSink::PourSink(const Entry& entry, std::uint64_t limit_bytes, store::Store* into,
                   Arrival* arrival, Priority priority, std::shared_ptr<HashThread> hashing)
    : arrival_(arrival),
      checksum_(entry.checksum),
      entry_size_(entry.size),
      limit_bytes_(limit_bytes),
      hashing_(std::move(hashing)),
      verifier_(std::in_place, entry.checksum, entry.size, limit_bytes, hashing_),
      size_(entry.size),
      store_(into),
      about_{entry.key, priority} {}

PourSink::~PourSink() {
  if (transaction_ && !finished_ && !failed_ && !pass_rest()) transaction_->suspend();
}

std::string PourSink::take_up(const std::stop_token& stop) noexcept try {
  std::lock_guard lock(mutex_);
  auto resumed = store_->resume(about_, [&](std::span<const std::byte> bytes) {
    return !stop.stop_requested() && !verifier_->update_here(bytes);
  });
  const bool fits = resumed && (!entry_size_ || *entry_size_ == resumed->size_bytes);
  if (!fits) {
    verifier_.emplace(checksum_, entry_size_, limit_bytes_, hashing_);
    return {};
  }
  started_ = true;
  size_ = resumed->size_bytes;
  written_ = passed_ = resumed->written_bytes;
  transaction_ = std::move(resumed->transaction);
  verifier_->next_chunk(transaction_->best_write_bytes(AheadVerifier::kChunkBytes));
  return std::move(resumed->validator);
} catch (const std::exception&) {  // the next write ends the attempt
  failed_ = true;
  return {};
}

void PourSink::identify(std::string_view validator) noexcept try {
  std::lock_guard lock(mutex_);
  validator_ = is_strong(validator) ? validator : std::string_view();
} catch (const std::exception&) {  // then it cannot be continued
}

std::error_code PourSink::expect(std::optional<std::uint64_t> size) noexcept {
  if (written() > 0)
    if (const auto error = start_over()) return error;
  std::lock_guard lock(mutex_);
  if (size && size_ && *size != *size_) return *size > *size_ ? errc::too_large : errc::damaged;
  if (size && *size > limit_bytes_) return errc::too_large;
  if (size) size_ = size;
  return start(size_);
}

std::error_code PourSink::start_over() noexcept try {
  if (arrival_) arrival_->ended();  // before the lock: readers take theirs first
  {
    std::lock_guard lock(mutex_);
    verifier_.emplace(checksum_, entry_size_, limit_bytes_, hashing_);
    size_ = entry_size_;
    started_ = failed_ = false;
    written_ = passed_ = 0;
    transaction_.reset();
    memory_.clear();
  }
  if (arrival_) arrival_->began(shared_from_this());
  return {};
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::error_code PourSink::resume(std::uint64_t from, std::optional<std::uint64_t> size) noexcept {
  std::lock_guard lock(mutex_);
  if (from != written_ || (size && size_ && *size != *size_)) return errc::interrupted;
  return {};
}

std::error_code PourSink::start(std::optional<std::uint64_t> size) noexcept try {
  started_ = true;
  if (store_) transaction_ = store_->begin(size, about_);
  if (transaction_) transaction_->identify(std::exchange(validator_, {}));
  if (!transaction_ && size)
    memory_.reserve(static_cast<std::size_t>(std::min(*size, kMaxReserveBytes)));
  return transaction_ ? transaction_->expect(size) : std::error_code();
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::error_code PourSink::write(std::span<const std::byte> bytes) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (const auto error = take(bytes)) {
      failed_ = true;
      return error;
    }
    written_ += bytes.size();
  }
  if (arrival_) arrival_->tell();
  return {};
}

std::error_code PourSink::take(std::span<const std::byte> bytes) noexcept try {
  if (!started_)
    if (const auto error = start(size_)) return error;
  return verifier_->update(bytes, [this](auto part) { return pass(part); });
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::error_code PourSink::pass_rest() noexcept try {
  return verifier_->flush([this](auto part) { return pass(part); });
} catch (const std::exception&) {
  return std::make_error_code(std::errc::not_enough_memory);
}

std::error_code PourSink::pass(std::span<const std::byte> bytes) {
  if (transaction_) {
    if (const auto error = transaction_->write(bytes)) return error;
    verifier_->next_chunk(transaction_->best_write_bytes(AheadVerifier::kChunkBytes));
  } else {
    memory_.insert(memory_.end(), bytes.begin(), bytes.end());
  }
  passed_ += bytes.size();
  return {};
}

std::optional<std::uint64_t> PourSink::announced() noexcept {
  std::lock_guard lock(mutex_);
  return size_;
}

std::uint64_t PourSink::written() noexcept {
  std::lock_guard lock(mutex_);
  return written_;
}

Result<std::size_t> PourSink::read_back(std::uint64_t offset, std::span<std::byte> into) noexcept {
  std::lock_guard lock(mutex_);
  const auto gathered = verifier_->gathered();
  const std::uint64_t end = passed_ + gathered.size();  // written_, unless the sink failed
  if (finished_ || offset >= end) return std::size_t{0};
  into = into.first(static_cast<std::size_t>(std::min<std::uint64_t>(into.size(), end - offset)));
  const auto early = into.first(static_cast<std::size_t>(
      std::min<std::uint64_t>(into.size(), passed_ - std::min(passed_, offset))));
  if (!early.empty()) {
    if (!transaction_)
      std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(offset), early.size(),
                  early.begin());
    else if (const auto error = transaction_->read_back(offset, early))
      return error;
  }
  const auto late = into.subspan(early.size());
  if (!late.empty())
    std::ranges::copy(
        gathered.subspan(static_cast<std::size_t>(offset + early.size() - passed_), late.size()),
        late.begin());
  return into.size();
}

PourSink::Outcome PourSink::finish(const ObjectKey& key) noexcept try {
  std::lock_guard lock(mutex_);
  finished_ = true;
  Outcome outcome;
  outcome.error = started_ ? pass_rest() : start(size_);  // an empty body starts here
  outcome.verdict = verifier_->finish();
  if (outcome.error) return outcome;
  if (!transaction_) {
    outcome.blob = make_heap_blob(std::move(memory_), Source::origin);
    return outcome;
  }
  if (!outcome.verdict.good) return outcome;  // the transaction is abandoned with this sink
  const bool claim = key.kind == ObjectKey::Kind::claim;
  auto blob =
      transaction_->commit(outcome.verdict.digest, std::span<const ObjectKey>(&key, claim ? 1 : 0));
  outcome.stored = transaction_->stored();
  outcome.refused = transaction_->refused();
  if (!blob) {
    outcome.error = blob.error();
    return outcome;
  }
  outcome.blob = std::move(*blob);
  return outcome;
} catch (const std::exception&) {
  Outcome outcome;
  outcome.error = std::make_error_code(std::errc::not_enough_memory);
  return outcome;
}

}  // namespace larder::fetch
