#include "fetch/flights.h"

#include <algorithm>
#include <exception>
#include <span>
#include <utility>
#include <vector>

#include "digest/hash.h"
#include "fetch/flight.h"

namespace larder::fetch {
namespace {

/// Under which name requests for an entry share a flight. Development mode shares nothing: every
/// request is downloaded.
ObjectKey join_key_of(const Entry& entry) {
  if (entry.route != Route::transient) return entry.key;
  digest::Sha256 hash;
  hash.update(std::as_bytes(std::span(entry.home)));
  const std::byte separator{'?'};
  hash.update(std::span(&separator, 1));
  hash.update(std::as_bytes(std::span(entry.query)));
  return {ObjectKey::Kind::claim, hash.finish().bytes};
}

}  // namespace

Flights::~Flights() {
  cancel_all();
  settle();
}

void Flights::settle() noexcept {
  if (hashing_) hashing_->finish();
}

Ticket Flights::board(std::shared_ptr<const Release> release, const Entry& entry,
                      LandingCallback callback, Priority priority) {
  const ObjectKey key = join_key_of(entry);
  std::shared_ptr<Flight> flight;
  Ticket ticket;
  bool lead = false;
  bool follows = false;             // takes off when another one is over
  std::shared_ptr<Flight> waiting;  // in its place; dropped after the lock
  {
    std::unique_lock lock(mutex_);
    if (closed_) {
      lock.unlock();
      callback(Landing{errc::cancelled, {}, false});
      return {};
    }
    if (key.kind == ObjectKey::Kind::none) {
      lead = true;
    } else if (const auto known = joinable_.find(key); known != joinable_.end()) {
      flight = known->second;
    } else {
      lead = true;
    }
    if (lead) {
      flight =
          std::make_shared<Flight>(*this, services_, key, std::move(release),
                                   std::make_shared<const OwnedEntry>(entry), priority, ++last_id_);
      if (key.kind == ObjectKey::Kind::none)
        solitary_.push_back(flight);
      else
        joinable_.emplace(key, flight);
      if (const auto left = left_.find(key); left != left_.end()) {
        waiting = std::exchange(left->second->successor_, flight);
        follows = true;
      }
    }
    ticket = {flight, flight->next_seat_++, flight->arrival_};
    flight->passengers_.push_back({ticket.seat, !lead, std::move(callback)});
  }
  if (lead && !follows)
    flight->take_off();
  else if (!lead)
    flight->raise(priority);
  return ticket;
}

void Flights::raise(const Ticket& ticket, Priority priority) {
  if (const auto flight = ticket.flight.lock()) flight->raise(priority);
}

void Flights::set_policy(const NetworkPolicy& policy) {
  allowance_.set_policy(policy);
  runway_.set_limits({policy.flights, policy.low_flights});
}

void Flights::start(std::shared_ptr<const Release> release, const Entry& entry, Priority priority) {
  const auto ticket = board(
      std::move(release), entry, [](const Landing&) {}, priority);
  leave(ticket, errc::would_fetch, Emptied::go_on);
}

void Flights::leave(const Ticket& ticket, std::error_code why, Emptied emptied) {
  const auto flight = ticket.flight.lock();
  if (!flight) return;
  LandingCallback callback;
  bool joined = false;
  bool last = false;
  {
    std::lock_guard lock(mutex_);
    auto& passengers = flight->passengers_;
    const auto seat = std::find_if(passengers.begin(), passengers.end(),
                                   [&](const auto& p) { return p.seat == ticket.seat; });
    if (seat == passengers.end()) return;
    callback = std::move(seat->callback);
    joined = seat->joined;
    passengers.erase(seat);
    flight->goes_on_ = flight->goes_on_ || emptied == Emptied::go_on;
    last = passengers.empty() && !flight->goes_on_;
    if (last) {
      const auto known = joinable_.find(flight->join_key_);
      if (known != joinable_.end() && known->second == flight) joinable_.erase(known);
      solitary_.remove(flight);
      if (flight->join_key_.kind != ObjectKey::Kind::none)
        left_.try_emplace(flight->join_key_, flight);
    }
  }
  if (last) flight->stop();
  callback(Landing{why, {}, joined});
}

void Flights::land(Flight& flight, Landing landing) {
  std::vector<Flight::Passenger> passengers;
  std::shared_ptr<Flight> successor;
  std::shared_ptr<Flight> over;  // dropped after the lock
  {
    std::lock_guard lock(mutex_);
    successor = std::move(flight.successor_);
    if (const auto left = left_.find(flight.join_key_);
        left != left_.end() && left->second.get() == &flight) {
      over = std::move(left->second);
      left_.erase(left);
    }
    passengers.swap(flight.passengers_);
    const auto known = joinable_.find(flight.join_key_);
    if (known != joinable_.end() && known->second.get() == &flight) joinable_.erase(known);
    solitary_.remove_if([&](const auto& other) { return other.get() == &flight; });
  }
  if (successor) {
    try {
      successor->follow(flight, landing.blob);
    } catch (const std::exception&) {  // nobody may wait for ever
      land(*successor, {std::make_error_code(std::errc::not_enough_memory), {}, false});
    }
  }
  // Before anybody is told, who might ask again.
  flight.sink_.reset();
  flight.turn_.reset();
  // The cost is told once, to the first aboard: usually the leader, or who stayed when it left.
  bool told = false;
  for (auto& passenger : passengers) {
    Landing mine{landing.blob, told ? ReadReport{} : landing.cost, passenger.joined};
    told = true;
    passenger.callback(std::move(mine));
  }
}

void Flights::cancel_all() {
  std::vector<std::shared_ptr<Flight>> flights;
  std::vector<std::shared_ptr<Flight>> left;  // dropped after the lock
  std::vector<Flight::Passenger> passengers;
  {
    std::lock_guard lock(mutex_);
    closed_ = true;
    for (auto& [key, flight] : joinable_) flights.push_back(std::move(flight));
    for (auto& flight : solitary_) flights.push_back(std::move(flight));
    joinable_.clear();
    solitary_.clear();
    for (auto& [key, flight] : left_) left.push_back(std::move(flight));
    left_.clear();
    for (const auto& flight : flights) {
      for (auto& passenger : flight->passengers_) passengers.push_back(std::move(passenger));
      flight->passengers_.clear();
    }
  }
  runway_.close();
  for (const auto& flight : flights) flight->stop();
  for (auto& passenger : passengers)
    passenger.callback(Landing{errc::cancelled, {}, passenger.joined});
}

}  // namespace larder::fetch
