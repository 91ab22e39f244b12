// When and how a flight asks a second mirror.
#include <utility>

#include "fetch/flight.h"

namespace larder::fetch {

bool Flight::may_hedge(const PourRequest& request) const {
  // What is continued is large, and what is asked for past caches has been slow already.
  return services_.hedge && is_stored_route() && !release_->hands_out_damaged() &&
         !request.past_caches && request.resume_from == 0 && urgency_->now() != Priority::low &&
         release_->origin()->mirrors(**entry_) > 1 && !owner_.allowance_.is_scarce();
}

void Flight::pour_hedged(PourRequest request, std::shared_ptr<Sink> sink) {
  owner_.hedges_.earn();
  std::vector<Hedge::Mirror> others;
  for (std::size_t i = 0; i < release_->origin()->mirrors(**entry_); ++i)
    if (i != request.mirror)
      others.push_back({i, net::site_of(release_->origin()->url_of(**entry_, i))});
  auto choose = [self = shared_from_this(), others = std::move(others)] {
    return self->choose_second(others);
  };
  auto done = [self = shared_from_this()](std::error_code error, PourReply reply,
                                          const std::optional<Hedge::Mirror>& second) {
    if (second) {
      self->itinerary_->moved_to(second->number);
      self->services_.counters->add(Figure::hedges_won);
    }
    self->conclude(error, std::move(reply));
  };
  std::make_shared<Hedge>(Hedge::Terms{release_, services_.clock, services_.sites,
                                       services_.counters, itinerary_->site(), std::move(choose)},
                          std::move(request), std::move(sink), std::move(done))
      ->start();
}

// The first attempt is under way meanwhile: nothing that it may change is touched.
std::optional<Hedge::Mirror> Flight::choose_second(const std::vector<Hedge::Mirror>& others) {
  std::vector<std::string> sites;
  for (const Hedge::Mirror& other : others) sites.push_back(other.site);
  if (!owner_.hedges_.take()) return std::nullopt;
  const auto choice = services_.sites->choose(sites);
  if (choice.refusal) return std::nullopt;
  const Hedge::Mirror& second = others[choice.index];
  services_.sites->hedged(second.site);
  services_.counters->add(Figure::hedges);
  if (services_.on_event) {
    const std::string url = release_->origin()->url_of(**entry_, second.number);
    const std::string path = release_->full_path(**entry_);
    Event event;
    event.kind = EventKind::hedged;
    event.download = id_;
    event.at = services_.clock->now();
    event.path = path;
    event.url = url;
    services_.on_event(event);
  }
  return second;
}

}  // namespace larder::fetch
