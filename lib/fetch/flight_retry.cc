// What a flight does after an attempt that failed.
#include <algorithm>
#include <string>
#include <utility>

#include "fetch/backoff.h"
#include "fetch/flight.h"
#include "fetch/validator.h"

namespace larder::fetch {
namespace {

/// An attempt that brings so much counts as a new beginning, if it can be continued.
constexpr std::uint64_t kProgressBytes = 64u << 10;

}  // namespace

void Flight::damaged(const PourSink::Outcome& outcome, const PourReply& reply) {
  services_.counters->add(Figure::damaged);
  services_.sites->damaged(itinerary_->site());
  DamageReport report;
  report.path = release_->full_path(**entry_);
  report.url = url();
  report.expected = digest::to_text((*entry_)->checksum);
  report.actual = digest::to_text(outcome.verdict.actual);
  report.length_bytes = outcome.verdict.size_bytes;
  report.local_id = release_->id();
  services_.log.warning(report.url + ": checksum " + report.actual + " over " +
                        std::to_string(report.length_bytes) + " bytes, but the filetable says " +
                        report.expected);
  tell(EventKind::damaged, errc::damaged);
  if (services_.on_damage) services_.on_damage(std::move(report), *release_);

  if (release_->hands_out_damaged() && outcome.blob && itinerary_->is_last_chance())
    return land(Blob(outcome.blob).labelled(Source::origin));
  failed(errc::damaged, reply);
}

void Flight::failed(std::error_code error, const PourReply& reply) {
  if (stop_.stop_requested()) {
    if (!reply.range_refused) keep_progress(reply);
    return land(errc::cancelled);
  }
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
    services_.log.warning(release_->full_path(**entry_) + ": " + what);
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

}  // namespace larder::fetch
