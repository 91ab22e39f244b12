// Flights: downloads in progress. Whoever wants the same object joins; nobody fetches it twice.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <system_error>
#include <unordered_map>

#include <larder/event.h>
#include <larder/options.h>
#include <larder/result.h>

#include "base/log.h"
#include "base/release.h"
#include "fetch/allowance.h"
#include "fetch/arrival.h"
#include "fetch/counters.h"
#include "fetch/hash_thread.h"
#include "fetch/hedge_budget.h"
#include "fetch/retry_budget.h"
#include "fetch/runway.h"
#include "fetch/transient_cache.h"
#include "net/sites.h"
#include "store/store.h"
#include "sys/clock.h"

namespace larder::fetch {

/// What flights work with. The pointers outlive every flight.
struct FlightServices {
  store::Store* store = nullptr;  ///< null: nothing is kept
  sys::Clock* clock = nullptr;
  Counters* counters = nullptr;
  TransientCache* transient = nullptr;
  net::Sites* sites = nullptr;
  unsigned attempts = 3;
  /// No attempt begins later than that after the first.
  std::chrono::milliseconds retry_for{30'000};
  std::uint64_t max_file_bytes = 0;
  bool hedge = false;  ///< as Options::hedge
  /// Of content of that release; may be empty.
  std::function<void(DamageReport, const Release&)> on_damage;
  std::function<void(const Event&)> on_event;  ///< may be empty
  Log log;
};

/// How a wait for a flight ended.
struct Landing {
  Result<Blob> blob = errc::cancelled;
  ReadReport cost;  ///< of the flight, for the one who led it; zero for those who joined
  bool joined = false;
};
using LandingCallback = std::function<void(Landing)>;

class Flight;

/// A place on a flight.
struct Ticket {
  std::weak_ptr<Flight> flight;
  std::uint64_t seat = 0;
  /// What has come so far; null if nothing will. Valid after the landing, too.
  std::shared_ptr<Arrival> arrival;
};

/// Threads: any. No lock is held while a callback or the origin is called.
class Flights {
 public:
  explicit Flights(FlightServices services)
      : services_(std::move(services)), allowance_(*services_.clock), budget_(*services_.clock) {}
  ~Flights();

  /// Joins the flight for `entry`, or leads a new one. `callback` is called exactly once, on an I/O
  /// thread, on one of this object, or from inside this call.
  /// `priority`: the download's place in line, and the class of what is stored; that of the highest
  /// aboard counts.
  Ticket board(std::shared_ptr<const Release> release, const Entry& entry, LandingCallback callback,
               Priority priority = Priority::normal);
  /// Has the flight for `entry` under way, for whoever asks later. Nobody is told of the landing.
  void start(std::shared_ptr<const Release> release, const Entry& entry, Priority priority);
  /// The passenger is in a greater hurry now.
  void raise(const Ticket& ticket, Priority priority);

  /// Gives up the seat: its callback gets `why`, from inside this call. Does nothing if the landing
  /// was faster. The last one to leave stops the flight, or has it go on for who comes later.
  enum class Emptied { stop, go_on };
  void leave(const Ticket& ticket, std::error_code why, Emptied emptied = Emptied::stop);

  /// Everybody gets errc::cancelled; so does who boards later.
  void cancel_all();
  /// Waits for what is under way on a thread of its own: after that no flight asks an origin for
  /// anything. After cancel_all().
  void settle() noexcept;

  void set_policy(const NetworkPolicy& policy);

 private:
  friend class Flight;

  /// The flight ends: its passengers get `landing`; who follows it takes off.
  void land(Flight& flight, Landing landing);

  FlightServices services_;
  Allowance allowance_;
  RetryBudget budget_;
  HedgeBudget hedges_;
  Runway runway_;
  /// Null: it would not pay.
  const std::shared_ptr<HashThread> hashing_ =
      HashThread::pays() ? std::make_shared<HashThread>() : nullptr;
  std::mutex mutex_;
  bool closed_ = false;  ///< guarded by mutex_
  /// Flights that everybody has left, until they are over: who wants the same then follows with
  /// what they have, rather than fetch it beside them. Guarded by mutex_.
  std::unordered_map<ObjectKey, std::shared_ptr<Flight>, ObjectKeyHash> left_;
  /// Flights that can be joined. Guarded by mutex_, as are the passengers of every flight.
  std::unordered_map<ObjectKey, std::shared_ptr<Flight>, ObjectKeyHash> joinable_;
  std::uint64_t last_id_ = 0;  ///< guarded by mutex_
  /// Flights that nobody can join (no key). Guarded by mutex_.
  std::list<std::shared_ptr<Flight>> solitary_;
};

}  // namespace larder::fetch
