#include "fetch/flight.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <random>
#include <utility>

#include "fetch/paced_sink.h"

namespace larder::fetch {
namespace {

constexpr std::chrono::milliseconds kFirstBackoff{200};
constexpr std::chrono::milliseconds kLongestBackoff{5000};

std::chrono::milliseconds random_below(std::chrono::milliseconds limit) {
  thread_local std::minstd_rand engine{std::random_device{}()};
  return std::chrono::milliseconds(
      std::uniform_int_distribution<std::chrono::milliseconds::rep>(0, limit.count())(engine));
}

/// Exponential back-off with full jitter.
std::chrono::milliseconds backoff_before(unsigned attempt) {
  auto ceiling = kFirstBackoff;
  for (unsigned i = 1; i < attempt && ceiling < kLongestBackoff; ++i) ceiling *= 2;
  return random_below(std::min(ceiling, kLongestBackoff));
}

}  // namespace

Flight::Flight(Flights& owner, const FlightServices& services, ObjectKey join_key,
               std::shared_ptr<const Release> release, std::shared_ptr<const OwnedEntry> entry,
               Priority priority, std::uint64_t id)
    : owner_(owner),
      services_(services),
      join_key_(join_key),
      release_(std::move(release)),
      entry_(std::move(entry)),
      priority_(priority),
      id_(id) {}

bool Flight::is_stored_route() const noexcept {
  return (*entry_)->route == Route::listed || (*entry_)->route == Route::versioned;
}

void Flight::take_off() {
  if (!land_locally()) attempt();
}

bool Flight::land_locally() {
  if (!services_.store || !is_stored_route()) return false;
  // The reader's look has counted the miss.
  const ObjectKey& key = (*entry_)->key;
  if (!services_.store->size_of(key)) return false;
  Blob blob = services_.store->find(key);
  if (!blob) return false;
  land(std::move(blob));
  return true;
}

void Flight::stop() noexcept {
  stop_.request_stop();
  owner_.runway_.withdraw(id_);
}

void Flight::raise(Priority priority) {
  Priority now = priority_;
  while (now < priority && !priority_.compare_exchange_weak(now, priority)) {
  }
  owner_.runway_.raise(id_, priority);
}

void Flight::attempt() {
  if (stop_.stop_requested()) return land(errc::cancelled);
  owner_.runway_.enter(id_, priority_, [self = shared_from_this()] { self->fly(); });
  if (stop_.stop_requested()) owner_.runway_.withdraw(id_);  // stopped before it was in line
}

void Flight::fly() {
  if (!began_) began_ = services_.clock->now();
  std::error_code refused = stop_.stop_requested() ? errc::cancelled : std::error_code();
  if (!refused) refused = owner_.allowance_.check(priority_);
  std::optional<net::Circuit::Refusal> resting;
  try {
    if (!refused) resting = services_.sites->admit(site());
    if (!refused && !resting) return pour();
  } catch (const std::exception&) {
    refused = std::make_error_code(std::errc::not_enough_memory);
  }
  owner_.runway_.leave(id_);
  if (resting) return wait_for(*resting);
  land(refused);
}

std::string Flight::site() const {
  return net::site_of(release_->origin()->url_of(**entry_));
}

void Flight::pour() {
  if (++attempts_made_ == 1) owner_.budget_.earn();
  PourRequest request;
  request.entry = entry_;
  request.past_caches = past_caches_;
  request.stop = stop_.get_token();
  revalidating_ = Blob();
  if ((*entry_)->route == Route::transient && !past_caches_) {
    if (auto held = services_.transient->find(release_->origin()->url_of(**entry_))) {
      revalidating_ = std::move(held->blob);
      request.validators = std::move(held->validators);
    }
  }
  // Bytes that may be handed out although they are wrong must not pass through the store.
  const bool last = !attempts_left();
  const bool keep = is_stored_route() && !(services_.hand_out_damaged && last && past_caches_);
  auto sink =
      std::make_shared<PourSink>(**entry_, services_.max_file_bytes,
                                 keep ? services_.store : nullptr, arrival_.get(), priority_);
  arrival_->began(sink);
  release_->origin()->pour(
      std::move(request),
      std::make_shared<PacedSink>(sink, owner_.allowance_, shared_from_this(), priority_),
      [self = shared_from_this(), sink](std::error_code error, PourReply reply) {
        try {
          self->attempt_ended(error, std::move(reply), *sink);
        } catch (const std::exception&) {  // memory: nobody may wait for ever
          self->land(std::make_error_code(std::errc::not_enough_memory));
        }
      });
}

void Flight::attempt_ended(std::error_code error, PourReply reply, PourSink& sink) {
  arrival_->ended();
  owner_.runway_.leave(id_);
  cost_.wire_bytes += reply.wire_bytes;
  cost_.requests += reply.requests;
  const bool index = (*entry_)->is_index;
  services_.counters->add(index ? Figure::index_bytes : Figure::wire_bytes, reply.wire_bytes);
  services_.counters->add(index ? Figure::index_requests : Figure::requests, reply.requests);
  services_.sites->report(site(), {error, reply.retry_after, reply.wire_bytes});
  if (error) return failed(error, reply);
  if (reply.not_modified) return not_modified(reply);
  poured(reply, sink);
}

void Flight::not_modified(const PourReply& reply) {
  if (!revalidating_) return failed(errc::bad_response, reply);
  services_.transient->renew(release_->origin()->url_of(**entry_), reply.freshness);
  land(std::move(revalidating_).labelled(Source::origin));
}

void Flight::poured(const PourReply& reply, PourSink& sink) {
  PourSink::Outcome outcome = sink.finish((*entry_)->key);
  if (outcome.error) return failed(outcome.error, reply);
  if (!outcome.verdict.good) return damaged(outcome, reply);
  if (is_stored_route() && services_.store && !outcome.stored)
    services_.counters->add(outcome.refused ? Figure::store_refusals : Figure::store_failures);
  if ((*entry_)->route == Route::transient)
    services_.transient->put(release_->origin()->url_of(**entry_), outcome.blob, reply.freshness);
  land(std::move(outcome.blob).labelled(Source::origin));
}

void Flight::damaged(const PourSink::Outcome& outcome, const PourReply& reply) {
  services_.counters->add(Figure::damaged);
  DamageReport report;
  report.path = (*entry_)->home;
  report.url = release_->origin()->url_of(**entry_);
  report.expected = digest::to_text((*entry_)->checksum);
  report.actual = digest::to_text(outcome.verdict.actual);
  report.length_bytes = outcome.verdict.size_bytes;
  report.local_id = release_->id();
  services_.log.warning(report.url + ": checksum " + report.actual + " over " +
                        std::to_string(report.length_bytes) + " bytes, but the filetable says " +
                        report.expected);
  if (services_.on_damage) services_.on_damage(std::move(report));

  if (attempts_left()) {
    past_caches_ = true;
    return attempt();
  }
  if (services_.hand_out_damaged && outcome.blob)
    return land(Blob(outcome.blob).labelled(Source::origin));
  failed(errc::damaged, reply);
}

void Flight::failed(std::error_code error, const PourReply& reply) {
  if (stop_.stop_requested()) return land(errc::cancelled);
  const bool stale_absence =
      error == errc::not_found && (*entry_)->route == Route::listed && !past_caches_;
  if (stale_absence && attempts_left()) {
    past_caches_ = true;
    return attempt();
  }
  if (error == condition::retryable && attempts_left()) {
    services_.log.debug((reply.detail.empty() ? error.message() : reply.detail) + "; trying again");
    return try_again(error, std::max(backoff_before(attempts_made_), owner_.budget_.take()));
  }
  services_.log.warning(std::string((*entry_)->home) + ": " +
                        (reply.detail.empty() ? error.message() : reply.detail));
  land(error);
}

void Flight::try_again(std::error_code why, std::chrono::milliseconds pause) {
  if (services_.clock->now() + pause > *began_ + services_.retry_for) return land(why);
  services_.clock->after(pause, [self = shared_from_this()] { self->attempt(); });
}

void Flight::wait_for(const net::Circuit::Refusal& refusal) {
  // Whom the server let down for long already, others need not wait for it as long again.
  if (refusal.broken + refusal.rest > services_.retry_for) return land(refusal.error);
  try_again(refusal.error, refusal.rest + random_below(net::Circuit::kProbe));
}

void Flight::land(Result<Blob> blob) {
  owner_.land(*this, Landing{std::move(blob), cost_, false});
}

}  // namespace larder::fetch
