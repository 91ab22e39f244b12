// Hedge: one attempt that asks a second mirror when the first one's answer is late.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <utility>

#include "base/origin.h"
#include "base/release.h"
#include "fetch/counters.h"
#include "net/sites.h"
#include "sys/clock.h"

namespace larder::fetch {

/// Who answers first, by the beginning of a body, has the sink, and the other one is stopped: the
/// sink sees one attempt only, and no body comes twice. If nobody does, the attempt ends as the
/// first one did. Kept alive by the attempts.
/// Threads: any; no lock is held while others are called.
class Hedge : public std::enable_shared_from_this<Hedge> {
 public:
  struct Mirror {
    std::size_t number = 0;
    std::string site;
  };
  /// The pointers outlive the origin's attempts.
  struct Terms {
    std::shared_ptr<const Release> release;
    sys::Clock* clock = nullptr;
    net::Sites* sites = nullptr;
    Counters* counters = nullptr;
    std::string site;  ///< of the first mirror
    /// Called when the answer is late: where else to ask, if at all; admitted by `sites`.
    std::function<std::optional<Mirror>()> choose;
  };
  /// The attempt is over. `mirror`: the second one, if it was that which answered.
  using Done = std::function<void(std::error_code, PourReply, const std::optional<Mirror>& mirror)>;

  Hedge(Terms terms, PourRequest request, std::shared_ptr<Sink> sink, Done done);

  /// Once. `done` is called from an attempt, and whoever was asked for nothing is told of to
  /// `sites` and `counters`, maybe later.
  void start();

 private:
  class Gate;
  enum Runner : std::uint8_t { kFirst = 0, kSecond = 1 };
  struct Attempt {
    enum class State : std::uint8_t { none, running, ended };
    std::stop_source stop;
    sys::Clock::time_point began{};
    State state = State::none;  // guarded by mutex_, as all below
    std::error_code error;      // of one that ended and waits for the other
    PourReply reply;
  };

  void pour(Runner runner, std::size_t mirror);
  /// The time has come.
  void late();
  /// A body begins. False: it is not wanted any more.
  bool answered(Runner runner) noexcept;
  void ended(Runner runner, std::error_code error, PourReply reply);
  /// Whoever brought nothing and is not told of by `done`.
  void lost(Runner runner, std::error_code error, const PourReply& reply);

  const Terms terms_;
  const PourRequest request_;
  const std::shared_ptr<Sink> sink_;
  Done done_;
  Mirror second_;  // once there is one
  std::array<Attempt, 2> attempts_;

  std::mutex mutex_;
  std::optional<Runner> winner_;  // guarded by mutex_
  bool over_ = false;             // guarded by mutex_
  std::optional<std::stop_callback<std::function<void()>>> on_stop_;
};

}  // namespace larder::fetch
