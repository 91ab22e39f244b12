// Flight: one download, from the first attempt to the landing.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "fetch/flights.h"
#include "fetch/pour_sink.h"

namespace larder::fetch {

/// Attempts follow each other; at most one is under way, and each waits for a place on the runway.
/// State is touched by one attempt's callback at a time; passengers are guarded by Flights' mutex.
class Flight : public std::enable_shared_from_this<Flight> {
 public:
  Flight(Flights& owner, const FlightServices& services, ObjectKey join_key,
         std::shared_ptr<const Release> release, std::shared_ptr<const OwnedEntry> entry,
         Priority priority, std::uint64_t id);

  /// Looks once more into the local places, since the object may have landed between the caller's
  /// look and now; then makes the first attempt.
  void take_off();
  void stop() noexcept;
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
  [[nodiscard]] std::string site() const;
  bool land_locally();
  /// Waits for a place on the runway.
  void attempt();
  void fly();
  void pour();
  void attempt_ended(std::error_code error, PourReply reply, PourSink& sink);
  void poured(const PourReply& reply, PourSink& sink);
  void not_modified(const PourReply& reply);
  void damaged(const PourSink::Outcome& outcome, const PourReply& reply);
  void failed(std::error_code error, const PourReply& reply);
  /// Tries again, unless there is nothing to be hoped for until patience runs out.
  void try_again(std::error_code why, std::chrono::milliseconds pause);
  /// The circuit of the site is open.
  void wait_for(const net::Circuit::Refusal& refusal);
  [[nodiscard]] bool attempts_left() const noexcept { return attempts_made_ < services_.attempts; }
  void land(Result<Blob> blob);

  Flights& owner_;
  const FlightServices& services_;
  const ObjectKey join_key_;
  const std::shared_ptr<const Release> release_;
  const std::shared_ptr<const OwnedEntry> entry_;
  std::stop_source stop_;
  std::atomic<Priority> priority_;
  const std::uint64_t id_;  ///< distinct among the flights of one Flights
  const std::shared_ptr<Arrival> arrival_ = std::make_shared<Arrival>();

  std::optional<sys::Clock::time_point> began_;  ///< when it had a place on the runway
  unsigned attempts_made_ = 0;
  bool past_caches_ = false;
  ReadReport cost_;
  Blob revalidating_;  ///< what the attempt's validators belong to

  std::vector<Passenger> passengers_;
  std::uint64_t next_seat_ = 1;
  bool goes_on_ = false;  ///< also without passengers; guarded as they are
};

}  // namespace larder::fetch
