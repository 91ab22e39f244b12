// Runway: how many flights may be in the air, and who goes first.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <unordered_map>

#include <larder/network.h>

namespace larder::fetch {

/// Places for attempts. Who finds none waits in line: the highest priority first, then first come
/// first served. Flights are named by ids of the caller's choice.
/// Threads: any. No lock is held while a `go` runs; it may call back.
class Runway {
 public:
  struct Limits {
    unsigned all = 0;  ///< in the air at the same time; 0: no limit
    unsigned low = 0;  ///< of them with Priority::low; 0: no limit
  };

  void set_limits(Limits limits);

  /// Joins the line. `go` is called once, when there is a place: from inside this call, or later
  /// from inside another one, on its thread. It must not throw. After close(), never.
  void enter(std::uint64_t id, Priority priority, std::function<void()> go);
  /// Gives up waiting. False if `id` is not in line: it is in the air, or unknown.
  bool withdraw(std::uint64_t id);
  /// Gives back the place in the air.
  void leave(std::uint64_t id);
  /// Moves `id` up, in line or in the air.
  void raise(std::uint64_t id, Priority priority);
  /// Forgets the line; nobody takes off any more.
  void close();

 private:
  using Line = std::map<std::uint64_t, std::pair<std::uint64_t, std::function<void()>>>;
  struct Place {
    Priority priority;
    bool flying = false;
    std::uint64_t number = 0;  ///< in line
  };

  Line& line(Priority priority) { return lines_[static_cast<std::size_t>(priority)]; }
  /// Lets go whoever may go. Takes the lock over, which is held.
  void dispatch(std::unique_lock<std::mutex>& lock);
  std::function<void()> next();

  std::mutex mutex_;
  Limits limits_;                                    ///< guarded by mutex_, as all below
  std::unordered_map<std::uint64_t, Place> places_;  ///< in line and in the air
  std::array<Line, 3> lines_;                        ///< by priority: number → id, go
  std::uint64_t last_number_ = 0;
  unsigned flying_ = 0;
  unsigned flying_low_ = 0;
  bool dispatching_ = false;  ///< somebody is, and will see what changes meanwhile
  bool closed_ = false;
};

}  // namespace larder::fetch
