// Sites: what is known of each server that is asked: whether it may be asked now, and which one of
// several is the best.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <larder/stats.h>

#include "net/circuit.h"
#include "net/late_answers.h"
#include "sys/clock.h"

namespace larder::net {

/// Scheme, host and port of a URL, as written; the whole text if it has no `://`. "file://" for
/// files.
[[nodiscard]] std::string site_of(std::string_view url);

/// Threads: any.
class Sites {
 public:
  explicit Sites(const sys::Clock& clock) : clock_(clock) {}

  struct Choice {
    std::size_t index = 0;
    std::optional<Circuit::Refusal> refusal;  ///< all rest; this one for the shortest time
  };
  /// The best of `sites`, of which there is at least one (see order()), that may be asked now; if
  /// there is one, report() must follow. Now and then it is the one that was not asked for the
  /// longest time, so that the figures of all stay true.
  [[nodiscard]] Choice choose(std::span<const std::string> sites);
  /// Indexes of `sites`, the best first: quick ones that do not fail. The given order counts unless
  /// the difference is clear. Those that rest come last. Needs no report().
  [[nodiscard]] std::vector<std::size_t> order(std::span<const std::string> sites);

  /// How an attempt ended.
  struct Report {
    std::error_code error;
    std::optional<std::chrono::milliseconds> retry_after;
    std::uint64_t bytes = 0;     ///< of content that came, also if the attempt failed
    std::uint32_t requests = 1;  ///< that were sent
    std::optional<std::chrono::microseconds> latency;  ///< from the request to the answer's head
  };
  /// condition::retryable is the server's failure unless it had begun to answer, and
  /// condition::cancelled says nothing; everything else shows that it works.
  void report(const std::string& site, const Report& report);
  /// What came whole from `site` was not what it should be.
  void damaged(const std::string& site);

  /// For hedging: a body began so long after its download had been admitted, be it here or, for one
  /// that was late here, elsewhere.
  void answered_after(const std::string& site, std::chrono::microseconds time);
  /// A body that has not begun after so long is later than 95 of the last 100; empty: too few are
  /// known.
  [[nodiscard]] std::optional<std::chrono::microseconds> late_after(const std::string& site);
  /// `site` is asked because another one is late.
  void hedged(const std::string& site);

  /// Of all sites that were asked, in the order of their names.
  [[nodiscard]] std::vector<HostActivity> activity();

 private:
  using TimePoint = sys::Clock::time_point;
  struct Site {
    Circuit circuit;
    HostActivity activity;
    double failing = 0;  ///< 0 to 1, as of failed_at; fades with time
    TimePoint failed_at{};
    TimePoint asked_at{};
    LateAnswers answers;
  };

  std::vector<std::size_t> order_locked(std::span<const std::string> sites);
  static double failing(const Site& site, TimePoint now);
  static void note(Site& site, bool failed, TimePoint now);

  const sys::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Site> sites_;  ///< guarded by mutex_
  std::uint64_t choices_ = 0;          ///< guarded by mutex_
};

}  // namespace larder::net
