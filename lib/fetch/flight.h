// Flight: one download, from the first attempt to the landing.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "fetch/flights.h"
#include "fetch/hedge.h"
#include "fetch/itinerary.h"
#include "fetch/pour_sink.h"

namespace larder::fetch {

/// Attempts follow each other; at most one is under way, and each waits for a place on the runway.
/// An attempt that broke off is continued by the next one if the origin's copy can be told from
/// others.
/// State is touched by one attempt's callback at a time; passengers are guarded by Flights' mutex.
class Flight : public std::enable_shared_from_this<Flight> {
 public:
  Flight(Flights& owner, const FlightServices& services, ObjectKey join_key,
         std::shared_ptr<const Release> release, std::shared_ptr<const OwnedEntry> entry,
         Priority priority, std::uint64_t id);

  /// Looks once more into the local places, since the object may have landed between the caller's
  /// look and now; then makes the first attempt.
  void take_off();
  /// The same, with what came to a flight that everybody had left. `result`: how that one ended.
  void follow(Flight& left, const Result<Blob>& result);
  void stop();
  /// Somebody joins who is in a greater hurry. Not while Flights' mutex is held.
  void raise(Priority priority);

 private:
  friend class Flights;
  struct Passenger {
    std::uint64_t seat;
    bool joined;
    LandingCallback callback;
  };

  [[nodiscard]] bool is_stored_route() const noexcept;
  [[nodiscard]] std::string url() const;
  bool land_locally();
  /// Waits for a place on the runway.
  void attempt();
  void fly();
  /// Whether another process fetches the same: then this looks again a little later, or has landed
  /// with what that one got. Without end only as long as waiting is likely to be worth while.
  bool waits_for_others();
  /// Whether an earlier flight left something behind that is to be looked at first.
  [[nodiscard]] bool has_left_behind() const;
  /// Where to, if it is not over; the mirror has been asked for admission.
  std::optional<Itinerary::Leg> depart();
  void depart_for(Itinerary::Leg leg);
  /// As depart_for(), on the thread that hashes.
  void depart_later(Itinerary::Leg leg) noexcept;
  void pour(Itinerary::Leg leg);
  [[nodiscard]] bool may_hedge(const PourRequest& request) const;
  /// As Origin::pour(), and then attempt_ended(); a second mirror is asked if the first is late.
  void pour_hedged(PourRequest request, std::shared_ptr<Sink> sink);
  /// Where else to ask; admitted.
  std::optional<Hedge::Mirror> choose_second(const std::vector<Hedge::Mirror>& others);
  /// Makes the sink of the next attempt, unless that continues the last one.
  void prepare_sink(PourRequest& request);
  /// attempt_ended(), whatever happens.
  void conclude(std::error_code error, PourReply reply) noexcept;
  void attempt_ended(std::error_code error, PourReply reply);
  void poured(const PourReply& reply);
  void not_modified(const PourReply& reply);
  void damaged(const PourSink::Outcome& outcome, const PourReply& reply);
  void failed(std::error_code error, const PourReply& reply);
  /// Keeps of a failed attempt what the next one can continue.
  void keep_progress(const PourReply& reply);
  /// Another attempt, unless patience runs out before that.
  void try_again(std::error_code why, std::chrono::milliseconds pause);
  void give_up(std::error_code error);
  void land(Result<Blob> blob);

  void tell(EventKind kind, std::error_code error = {}, std::chrono::milliseconds delay = {});
  /// At most a few times a second.
  void tell_progress();

  Flights& owner_;
  const FlightServices& services_;
  const ObjectKey join_key_;
  const std::shared_ptr<const Release> release_;
  const std::shared_ptr<const OwnedEntry> entry_;
  std::stop_source stop_;
  const std::shared_ptr<Urgency> urgency_;
  const std::uint64_t id_;  ///< distinct among the flights of one Flights
  const std::shared_ptr<Arrival> arrival_ = std::make_shared<Arrival>();

  std::optional<Itinerary> itinerary_;      ///< once there was a place on the runway
  sys::Clock::time_point began_{};          ///< with it, or when the last progress was made
  std::unique_ptr<store::FetchTurn> turn_;  ///< from the first attempt to the landing
  std::optional<sys::Clock::time_point> waits_since_;  ///< for another process that has it
  bool in_turn_ = false;                               ///< this one has it, or waited for too long
  bool started_ = false;                               ///< the first attempt has begun
  std::shared_ptr<PourSink> sink_;  ///< of the attempt under way, or of one to be continued
  bool sink_keeps_ = false;         ///< it leads to the store
  bool looked_behind_ = false;      ///< what an earlier flight left behind was taken up
  std::string validator_;           ///< of what is in it; empty: cannot be continued
  sys::Clock::time_point told_progress_{};
  ReadReport cost_;
  Blob revalidating_;  ///< what the attempt's validators belong to

  std::vector<Passenger> passengers_;
  std::uint64_t next_seat_ = 1;
  bool goes_on_ = false;               ///< also without passengers; guarded as they are
  std::shared_ptr<Flight> successor_;  ///< follows when this one is over; guarded as they are
};

}  // namespace larder::fetch
