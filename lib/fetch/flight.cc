#include "fetch/flight.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "fetch/backoff.h"
#include "fetch/paced_sink.h"

namespace larder::fetch {
namespace {

/// An attempt that brings so much counts as a new beginning, if it can be continued.
constexpr std::uint64_t kProgressBytes = 64u << 10;

bool is_strong(const std::string& etag) noexcept {
  return etag.size() > 2 && etag.front() == '"' && etag.back() == '"';
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

std::string Flight::url() const {
  return release_->origin()->url_of(**entry_, itinerary_ ? itinerary_->mirror() : 0);
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
  std::error_code refused = stop_.stop_requested() ? errc::cancelled : std::error_code();
  if (!refused) refused = owner_.allowance_.check(priority_);
  try {
    if (!refused) {
      if (const auto leg = depart()) pour(*leg);
      return;
    }
  } catch (const std::exception&) {
    refused = std::make_error_code(std::errc::not_enough_memory);
  }
  owner_.runway_.leave(id_);
  land(refused);
}

std::optional<Itinerary::Leg> Flight::depart() {
  if (!itinerary_) {
    std::vector<std::string> sites;
    for (std::size_t i = 0; i < release_->origin()->mirrors(**entry_); ++i)
      sites.push_back(net::site_of(release_->origin()->url_of(**entry_, i)));
    itinerary_.emplace(std::move(sites), services_.attempts);
    began_ = services_.clock->now();
  }
  const auto next = itinerary_->depart(*services_.sites);
  if (const auto* leg = std::get_if<Itinerary::Leg>(&next)) return *leg;
  owner_.runway_.leave(id_);
  const auto& refusal = std::get<net::Circuit::Refusal>(next);
  // Whom the server let down for long already, others need not wait for it as long again.
  if (refusal.broken + refusal.rest > services_.retry_for)
    give_up(refusal.error);
  else
    try_again(refusal.error, refusal.rest + random_below(net::Circuit::kProbe));
  return std::nullopt;
}

void Flight::pour(Itinerary::Leg leg) {
  PourRequest request;
  request.entry = entry_;
  request.mirror = leg.mirror;
  request.past_caches = leg.past_caches;
  request.stop = stop_.get_token();
  revalidating_ = Blob();
  if ((*entry_)->route == Route::transient && !leg.past_caches) {
    if (auto held = services_.transient->find(release_->origin()->url_of(**entry_))) {
      revalidating_ = std::move(held->blob);
      request.validators = std::move(held->validators);
    }
  }
  prepare_sink(request);
  if (!std::exchange(started_, true)) {
    owner_.budget_.earn();
    tell(EventKind::started);
  } else if (leg.failed_over) {
    tell(EventKind::failed_over);
  }
  release_->origin()->pour(std::move(request),
                           std::make_shared<PacedSink>(sink_, owner_.allowance_, shared_from_this(),
                                                       priority_, [this] { tell_progress(); }),
                           [self = shared_from_this()](std::error_code error, PourReply reply) {
                             try {
                               self->attempt_ended(error, std::move(reply));
                             } catch (const std::exception&) {  // memory: nobody may wait for ever
                               self->land(std::make_error_code(std::errc::not_enough_memory));
                             }
                           });
}

void Flight::prepare_sink(PourRequest& request) {
  // Bytes that may be handed out although they are wrong must not pass through the store.
  const bool keep = is_stored_route() && services_.store &&
                    !(services_.hand_out_damaged && itinerary_->is_last_chance());
  if (sink_ && !validator_.empty() && keep == sink_keeps_ && !request.past_caches) {
    request.resume_from = sink_->written();
    request.resume_validator = validator_;
    return arrival_->goes_on(sink_);
  }
  validator_.clear();
  sink_keeps_ = keep;
  sink_ = std::make_shared<PourSink>(**entry_, services_.max_file_bytes,
                                     keep ? services_.store : nullptr, arrival_.get(), priority_);
  arrival_->began(sink_);
}

void Flight::attempt_ended(std::error_code error, PourReply reply) {
  arrival_->ended();
  owner_.runway_.leave(id_);
  cost_.wire_bytes += reply.wire_bytes;
  cost_.requests += reply.requests;
  const bool index = (*entry_)->is_index;
  services_.counters->add(index ? Figure::index_bytes : Figure::wire_bytes, reply.wire_bytes);
  services_.counters->add(index ? Figure::index_requests : Figure::requests, reply.requests);
  services_.sites->report(itinerary_->site(), {error, reply.retry_after, reply.wire_bytes,
                                               reply.requests, reply.latency});
  if (error) return failed(error, reply);
  if (reply.not_modified) return not_modified(reply);
  poured(reply);
}

void Flight::not_modified(const PourReply& reply) {
  if (!revalidating_) return failed(errc::bad_response, reply);
  services_.transient->renew(release_->origin()->url_of(**entry_), reply.freshness);
  land(std::move(revalidating_).labelled(Source::origin));
}

void Flight::poured(const PourReply& reply) {
  PourSink::Outcome outcome = sink_->finish((*entry_)->key);
  if (outcome.error) return failed(outcome.error, reply);
  if (!outcome.verdict.good) return damaged(outcome, reply);
  tell(EventKind::verified);
  if (outcome.stored)
    tell(EventKind::stored);
  else if (is_stored_route() && services_.store)
    services_.counters->add(outcome.refused ? Figure::store_refusals : Figure::store_failures);
  if ((*entry_)->route == Route::transient)
    services_.transient->put(release_->origin()->url_of(**entry_), outcome.blob, reply.freshness);
  land(std::move(outcome.blob).labelled(Source::origin));
}

void Flight::damaged(const PourSink::Outcome& outcome, const PourReply& reply) {
  services_.counters->add(Figure::damaged);
  services_.sites->damaged(itinerary_->site());
  DamageReport report;
  report.path = (*entry_)->home;
  report.url = url();
  report.expected = digest::to_text((*entry_)->checksum);
  report.actual = digest::to_text(outcome.verdict.actual);
  report.length_bytes = outcome.verdict.size_bytes;
  report.local_id = release_->id();
  services_.log.warning(report.url + ": checksum " + report.actual + " over " +
                        std::to_string(report.length_bytes) + " bytes, but the filetable says " +
                        report.expected);
  tell(EventKind::damaged, errc::damaged);
  if (services_.on_damage) services_.on_damage(std::move(report));

  if (services_.hand_out_damaged && outcome.blob && itinerary_->is_last_chance())
    return land(Blob(outcome.blob).labelled(Source::origin));
  failed(errc::damaged, reply);
}

void Flight::failed(std::error_code error, const PourReply& reply) {
  if (stop_.stop_requested()) return land(errc::cancelled);
  // An edge may have kept wrong bytes, or that there is nothing, from the past.
  const bool may_be_stale = error == condition::damaged ||
                            (error == errc::not_found && (*entry_)->route == Route::listed);
  if (error == condition::retryable && !reply.range_refused)
    keep_progress(reply);
  else
    sink_.reset();
  const auto advice = itinerary_->failed(error, may_be_stale);
  const std::string what = reply.detail.empty() ? error.message() : reply.detail;
  if (advice == Itinerary::Advice::give_up) {
    services_.log.warning(std::string((*entry_)->home) + ": " + what);
    return give_up(error);
  }
  services_.log.debug(what + "; trying again");
  auto pause = std::chrono::milliseconds(0);
  if (advice == Itinerary::Advice::pause)
    pause = std::max(backoff_before(itinerary_->attempts()), owner_.budget_.take());
  tell(EventKind::retried, error, pause);
  if (advice == Itinerary::Advice::at_once) return attempt();
  try_again(error, pause);
}

void Flight::keep_progress(const PourReply& reply) {
  if (!sink_) return;
  if (reply.wire_bytes > 0)
    validator_ = is_strong(reply.freshness.etag) ? reply.freshness.etag : "";
  if (validator_.empty() || sink_->written() == 0) return sink_.reset();
  if (reply.wire_bytes < kProgressBytes) return;
  itinerary_->progressed();
  began_ = services_.clock->now();
}

void Flight::try_again(std::error_code why, std::chrono::milliseconds pause) {
  if (services_.clock->now() + pause > began_ + services_.retry_for) return give_up(why);
  services_.clock->after(pause, [self = shared_from_this()] { self->attempt(); });
}

void Flight::give_up(std::error_code error) {
  const std::error_code worst = itinerary_->error();
  land(worst ? worst : error);
}

void Flight::land(Result<Blob> blob) {
  if (!blob) tell(EventKind::failed, blob.error());
  sink_.reset();
  owner_.land(*this, Landing{std::move(blob), cost_, false});
}

}  // namespace larder::fetch
