#include "fetch/flight.h"

#include <exception>
#include <utility>

#include "fetch/backoff.h"
#include "fetch/paced_sink.h"

namespace larder::fetch {
namespace {

/// Content of which so much came does not end on the thread that reads sockets.
constexpr std::uint64_t kLongBytes = 1u << 20;

}  // namespace

Flight::Flight(Flights& owner, const FlightServices& services, ObjectKey join_key,
               std::shared_ptr<const Release> release, std::shared_ptr<const OwnedEntry> entry,
               Priority priority, std::uint64_t id)
    : owner_(owner),
      services_(services),
      join_key_(join_key),
      release_(std::move(release)),
      entry_(std::move(entry)),
      urgency_(std::make_shared<Urgency>(priority)),
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

void Flight::follow(Flight& left, const Result<Blob>& result) {
  if (result) return land(*result);  // it was faster than who left
  if (left.sink_ && !left.validator_.empty()) {
    sink_ = std::move(left.sink_);
    sink_->serve(arrival_.get());
    arrival_->began(sink_);
    sink_keeps_ = left.sink_keeps_;
    validator_ = left.validator_;
    looked_behind_ = true;
  }
  left.sink_.reset();  // what is not gone on with is for the store, and looked for there
  take_off();
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

void Flight::stop() {
  stop_.request_stop();
  if (owner_.runway_.withdraw(id_)) owner_.land(*this, {});
}

void Flight::raise(Priority priority) {
  urgency_->raise(priority);
  owner_.runway_.raise(id_, priority);
}

void Flight::attempt() {
  if (stop_.stop_requested()) return land(errc::cancelled);
  owner_.runway_.enter(id_, urgency_->now(), [self = shared_from_this()] { self->fly(); });
  // Stopped before it was in line?
  if (stop_.stop_requested() && owner_.runway_.withdraw(id_)) owner_.land(*this, {});
}

void Flight::fly() {
  std::error_code refused = stop_.stop_requested() ? errc::cancelled : std::error_code();
  if (!refused) refused = owner_.allowance_.check(urgency_->now());
  try {
    if (!refused && waits_for_others()) return;
    if (!refused) {
      const auto leg = depart();
      if (leg && owner_.hashing_ && has_left_behind())
        owner_.hashing_->post([self = shared_from_this(), leg = *leg] { self->depart_later(leg); });
      else if (leg)
        depart_for(*leg);
      return;
    }
  } catch (const std::exception&) {
    refused = std::make_error_code(std::errc::not_enough_memory);
  }
  owner_.runway_.leave(id_);
  land(refused);
}

bool Flight::has_left_behind() const {
  return !looked_behind_ && is_stored_route() && services_.store &&
         services_.store->has_partial((*entry_)->key);
}

void Flight::depart_later(Itinerary::Leg leg) noexcept {
  try {
    return depart_for(leg);
  } catch (const std::exception&) {
  }
  owner_.runway_.leave(id_);
  land(std::make_error_code(std::errc::not_enough_memory));
}

void Flight::depart_for(Itinerary::Leg leg) {
  try {
    pour(leg);
  } catch (const std::exception&) {  // the mirror that was to be asked is told that it is not
    services_.sites->report(itinerary_->site(), {.error = errc::cancelled, .requests = 0});
    throw;
  }
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
  request.urgency = urgency_;
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
  auto sink = std::make_shared<PacedSink>(sink_, owner_.allowance_, urgency_,
                                          [self = shared_from_this()] { self->tell_progress(); });
  if (may_hedge(request)) return pour_hedged(std::move(request), std::move(sink));
  release_->origin()->pour(std::move(request), std::move(sink),
                           [self = shared_from_this()](std::error_code error, PourReply reply) {
                             self->conclude(error, std::move(reply));
                           });
}

void Flight::conclude(std::error_code error, PourReply reply) noexcept {
  try {
    return attempt_ended(error, std::move(reply));
  } catch (const std::exception&) {  // memory: nobody may wait for ever
  }
  land(std::make_error_code(std::errc::not_enough_memory));
}

void Flight::prepare_sink(PourRequest& request) {
  // Bytes that may be handed out although they are wrong must not pass through the store.
  const bool keep = is_stored_route() && services_.store &&
                    !(release_->hands_out_damaged() && itinerary_->is_last_chance());
  if (sink_ && !validator_.empty() && keep == sink_keeps_ && !request.past_caches) {
    request.resume_from = sink_->written();
    request.resume_validator = validator_;
    return arrival_->goes_on(sink_);
  }
  validator_.clear();
  sink_keeps_ = keep;
  sink_ = std::make_shared<PourSink>(**entry_, services_.max_file_bytes,
                                     keep ? services_.store : nullptr, arrival_.get(),
                                     urgency_->now(), owner_.hashing_);
  if (keep && !request.past_caches && has_left_behind()) {
    request.resume_validator = validator_ = sink_->take_up(stop_.get_token());
    request.resume_from = validator_.empty() ? 0 : sink_->written();
  }
  looked_behind_ = true;
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
  if (!owner_.hashing_ || !sink_keeps_ || sink_->written() < kLongBytes) return poured(reply);
  // The end of a long one takes a while: others' bytes are read meanwhile.
  owner_.hashing_->post([self = shared_from_this(), reply = std::move(reply)] {
    try {
      self->poured(reply);
    } catch (const std::exception&) {  // memory: nobody may wait for ever
      self->land(std::make_error_code(std::errc::not_enough_memory));
    }
  });
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

void Flight::land(Result<Blob> blob) {
  if (!blob) tell(EventKind::failed, blob.error());
  owner_.land(*this, Landing{std::move(blob), cost_, false});
}

}  // namespace larder::fetch
