// ObjectTransaction: what of a large object outlasts its transaction, and how one goes on with it.
#include <algorithm>
#include <exception>
#include <utility>

#include "store/transaction.h"

namespace larder::store {
namespace {

constexpr std::size_t kReadBytes = 256u << 10;
// Less is not worth a question.
constexpr std::uint64_t kLeastBytes = 1u << 20;

}  // namespace

void ObjectTransaction::identify(std::string_view validator) noexcept try {
  if (validator.size() <= kMostValidatorBytes && about_.key.kind != ObjectKey::Kind::none)
    validator_ = validator;
} catch (const std::exception&) {  // then it does not outlast
}

bool ObjectTransaction::can_outlast() const noexcept {
  return !validator_.empty() && size_ && phase_ == Phase::streaming &&
         extent_->writer()->kind() == SegmentKind::single;
}

bool ObjectTransaction::write_note() {
  if (!drain()) return false;
  const PartialNote note{about_.key, *size_, written_, fast_.value(), seconds_now(), validator_};
  if (!extent_->writer()->write_note(note)) return false;
  noted_ = written_;
  return true;
}

void ObjectTransaction::suspend() noexcept try {
  const bool keeps = can_outlast() && written_ >= kLeastBytes && write_note();
  if (keeps) {
    const SegmentId id = extent_->writer()->id();
    extent_.reset();  // and with it the lock
    core_->partials().add(id, {about_.key, *size_, written_, 0, seconds_now(), validator_});
  }
  phase_ = Phase::broken;
  abandon();
} catch (const std::exception&) {
  phase_ = Phase::broken;
  abandon();
}

std::optional<Resumed> ObjectTransaction::continue_one(
    std::shared_ptr<Core> core, const About& about,
    const std::function<bool(std::span<const std::byte>)>& each) {
  if (!core->writable()) return std::nullopt;
  auto taken = core->partials().take(about.key);
  if (!taken) return std::nullopt;
  auto transaction = std::make_unique<ObjectTransaction>(std::move(core), std::nullopt, about);
  if (!transaction->take_up(std::move(*taken), each)) return std::nullopt;
  Resumed resumed;
  resumed.size_bytes = *transaction->size_;
  resumed.written_bytes = transaction->written_;
  resumed.validator = transaction->validator_;
  resumed.transaction = std::move(transaction);
  return resumed;
}

bool ObjectTransaction::take_up(Partials::Taken taken,
                                const std::function<bool(std::span<const std::byte>)>& each) {
  const PartialNote& note = taken.note;
  size_ = granted_ = note.size_bytes;
  extent_.emplace(taken.writer->reserve_all());
  phase_ = Phase::streaming;
  if (!admit({provisional_id(), note.size_bytes, about_.priority}, {&about_.key, 1})) return false;
  std::vector<std::byte> chunk(kReadBytes);
  while (written_ < note.written_bytes) {
    chunk.resize(std::min<std::uint64_t>(kReadBytes, note.written_bytes - written_));
    if (!extent_->read(kHeaderBytes + written_, chunk)) return false;
    if (!each(chunk)) {  // it stays as it was
      const SegmentId id = taken.writer->id();
      extent_.reset();
      taken.writer.reset();
      core_->partials().add(id, note);
      phase_ = Phase::broken;
      return false;
    }
    fast_.update(chunk);
    written_ += chunk.size();
  }
  drained_ = noted_ = written_;
  validator_ = note.validator;
  return fast_.value() == note.fast;
}

}  // namespace larder::store
