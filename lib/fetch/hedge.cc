#include "fetch/hedge.h"

#include <exception>

#include <larder/error.h>

namespace larder::fetch {

using std::chrono::microseconds;
using std::chrono::milliseconds;

/// One attempt's way to the sink, which opens for one of them.
class Hedge::Gate final : public Sink {
 public:
  Gate(std::shared_ptr<Hedge> hedge, Runner runner) : hedge_(std::move(hedge)), runner_(runner) {}

  void identify(std::string_view validator) noexcept override try {
    validator_ = validator;
  } catch (const std::exception&) {  // then the download cannot be continued
  }
  std::error_code expect(std::optional<std::uint64_t> size) noexcept override {
    if (!hedge_->answered(runner_)) return errc::cancelled;
    hedge_->sink_->identify(validator_);
    return hedge_->sink_->expect(size);
  }
  std::error_code write(std::span<const std::byte> bytes) noexcept override {
    return hedge_->sink_->write(bytes);
  }
  [[nodiscard]] milliseconds pause() noexcept override { return hedge_->sink_->pause(); }

 private:
  const std::shared_ptr<Hedge> hedge_;
  const Runner runner_;
  std::string validator_;
};

Hedge::Hedge(Terms terms, PourRequest request, std::shared_ptr<Sink> sink, Done done)
    : terms_(std::move(terms)),
      request_(std::move(request)),
      sink_(std::move(sink)),
      done_(std::move(done)) {}

void Hedge::start() {
  on_stop_.emplace(request_.stop, [weak = weak_from_this()] {
    const auto self = weak.lock();  // the attempts may let go of it meanwhile
    if (!self) return;
    for (Attempt& attempt : self->attempts_) attempt.stop.request_stop();
  });
  attempts_[kFirst].state = Attempt::State::running;
  attempts_[kFirst].began = terms_.clock->now();
  if (const auto late_after = terms_.sites->late_after(terms_.site))
    terms_.clock->after(std::chrono::floor<milliseconds>(*late_after) + milliseconds(1),
                        [weak = weak_from_this()] {
                          if (const auto self = weak.lock()) self->late();
                        });
  pour(kFirst, request_.mirror);
}

void Hedge::pour(Runner runner, std::size_t mirror) {
  PourRequest request = request_;
  request.mirror = mirror;
  request.stop = attempts_[runner].stop.get_token();
  terms_.release->origin()->pour(std::move(request),
                                 std::make_shared<Gate>(shared_from_this(), runner),
                                 [self = shared_from_this(), runner](auto error, PourReply reply) {
                                   self->ended(runner, error, std::move(reply));
                                 });
}

void Hedge::late() {
  const auto is_due = [this] {
    return !winner_ && attempts_[kFirst].state == Attempt::State::running &&
           !request_.stop.stop_requested();
  };
  {
    std::lock_guard lock(mutex_);
    if (!is_due()) return;
  }
  auto second = terms_.choose();
  if (!second) return;
  {
    std::unique_lock lock(mutex_);
    if (!is_due()) {
      lock.unlock();
      return terms_.sites->report(second->site, {.error = errc::cancelled, .requests = 0});
    }
    second_ = *std::move(second);
    attempts_[kSecond].state = Attempt::State::running;
    attempts_[kSecond].began = terms_.clock->now();
  }
  try {
    pour(kSecond, second_.number);
  } catch (const std::exception&) {
    ended(kSecond, make_error_code(std::errc::not_enough_memory), {});
  }
}

bool Hedge::answered(Runner runner) noexcept {
  {
    std::lock_guard lock(mutex_);
    if (over_ || winner_.value_or(runner) != runner) return false;
    if (winner_) return true;
    winner_ = runner;
  }
  const auto waited = [this](Runner who) {
    return std::chrono::duration_cast<microseconds>(terms_.clock->now() - attempts_[who].began);
  };
  terms_.sites->answered_after(terms_.site, waited(kFirst));  // or would have, even later
  if (runner == kSecond) terms_.sites->answered_after(second_.site, waited(kSecond));
  attempts_[runner == kFirst ? kSecond : kFirst].stop.request_stop();
  return true;
}

void Hedge::ended(Runner runner, std::error_code error, PourReply reply) {
  const Runner other = runner == kFirst ? kSecond : kFirst;
  std::unique_lock lock(mutex_);
  attempts_[runner].state = Attempt::State::ended;
  if (winner_ == other) {
    lock.unlock();
    return lost(runner, error, reply);
  }
  if (!winner_ && attempts_[other].state == Attempt::State::running) {
    attempts_[runner].error = error;
    attempts_[runner].reply = std::move(reply);
    return;
  }
  over_ = true;
  lock.unlock();  // nobody else is left
  if (!winner_ && runner == kSecond) {
    std::swap(error, attempts_[kFirst].error);
    std::swap(reply, attempts_[kFirst].reply);
    lost(kSecond, attempts_[kFirst].error, attempts_[kFirst].reply);
  } else if (!winner_ && attempts_[kSecond].state == Attempt::State::ended) {
    lost(kSecond, attempts_[kSecond].error, attempts_[kSecond].reply);
  }
  const auto done = std::exchange(done_, nullptr);
  done(error, std::move(reply), winner_ == kSecond ? std::optional(second_) : std::nullopt);
}

void Hedge::lost(Runner runner, std::error_code error, const PourReply& reply) {
  const bool index = (*request_.entry)->is_index;
  terms_.counters->add(index ? Figure::index_bytes : Figure::wire_bytes, reply.wire_bytes);
  terms_.counters->add(index ? Figure::index_requests : Figure::requests, reply.requests);
  terms_.sites->report(runner == kFirst ? terms_.site : second_.site,
                       {error, reply.retry_after, reply.wire_bytes, reply.requests, reply.latency});
}

}  // namespace larder::fetch
