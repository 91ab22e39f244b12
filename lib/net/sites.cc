#include "net/sites.h"

#include <algorithm>
#include <cmath>

#include <larder/error.h>

namespace larder::net {
namespace {

/// Every so many choices a site is asked for the sake of its figures.
constexpr std::uint64_t kLookAround = 16;
/// How much the latest of many counts.
constexpr double kNewest = 0.2;
/// A failure counts half as much after this time.
constexpr double kFadeSeconds = 10;
/// A site that fails always is as good as one that is so many times slower.
constexpr double kFailingCosts = 10;
/// A site comes before an earlier one if it is so many times better.
constexpr double kClearly = 1.5;
/// Differences below this do not matter.
constexpr double kSlackMicroseconds = 2000;

}  // namespace

std::string site_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url);
  return std::string(url.substr(0, url.find_first_of("/?#", scheme + 3)));
}

Sites::Choice Sites::choose(std::span<const std::string> sites) {
  std::lock_guard lock(mutex_);
  const auto now = clock_.now();
  auto order = order_locked(sites);
  if (sites.size() > 1 && ++choices_ % kLookAround == 0) {
    const auto longest = std::min_element(order.begin(), order.end(), [&](auto a, auto b) {
      return sites_[sites[a]].asked_at < sites_[sites[b]].asked_at;
    });
    if (!sites_[sites[*longest]].circuit.peek(now))
      std::rotate(order.begin(), longest, longest + 1);
  }
  Choice best;
  for (const std::size_t index : order) {
    const auto refusal = sites_[sites[index]].circuit.admit(now);
    if (!refusal) {
      sites_[sites[index]].asked_at = now;
      return {index, std::nullopt};
    }
    if (!best.refusal || refusal->rest < best.refusal->rest) best = {index, refusal};
  }
  return best;
}

std::vector<std::size_t> Sites::order(std::span<const std::string> sites) {
  std::lock_guard lock(mutex_);
  return order_locked(sites);
}

std::vector<std::size_t> Sites::order_locked(std::span<const std::string> sites) {
  const auto now = clock_.now();
  // Nothing is known of a site: it is taken for as quick as the quickest.
  double quickest = HUGE_VAL;
  for (const std::string& name : sites)
    if (const auto latency = sites_[name].activity.latency.count(); latency > 0)
      quickest = std::min(quickest, static_cast<double>(latency));
  if (quickest == HUGE_VAL) quickest = 0;

  struct Place {
    std::size_t index;
    double cost;
    bool rests;
  };
  std::vector<Place> places;
  for (std::size_t i = 0; i < sites.size(); ++i) {
    const Site& site = sites_[sites[i]];
    const auto latency = static_cast<double>(site.activity.latency.count());
    const double quick = (latency > 0 ? latency : quickest) + kSlackMicroseconds;
    const Place place{i, quick * (1 + kFailingCosts * failing(site, now)),
                      site.circuit.peek(now).has_value()};
    const auto behind = std::find_if(places.begin(), places.end(), [&](const Place& other) {
      if (other.rests != place.rests) return other.rests;
      return place.cost * kClearly < other.cost;
    });
    places.insert(behind, place);
  }
  std::vector<std::size_t> order;
  for (const Place& place : places) order.push_back(place.index);
  return order;
}

double Sites::failing(const Site& site, TimePoint now) {
  const std::chrono::duration<double> age = now - site.failed_at;
  return site.failing * std::exp2(-age.count() / kFadeSeconds);
}

void Sites::note(Site& site, bool failed, TimePoint now) {
  site.failing = failing(site, now) * (1 - kNewest) + (failed ? kNewest : 0);
  site.failed_at = now;
}

void Sites::report(const std::string& name, const Report& report) {
  std::lock_guard lock(mutex_);
  const auto now = clock_.now();
  Site& site = sites_[name];
  site.activity.bytes += report.bytes;
  site.activity.requests += report.requests;
  if (report.latency) {
    const double before = static_cast<double>(site.activity.latency.count());
    const double latest = std::max(1.0, static_cast<double>(report.latency->count()));
    site.activity.latency = std::chrono::microseconds(
        std::llround(before > 0 ? before * (1 - kNewest) + latest * kNewest : latest));
  }
  if (report.error == condition::cancelled) return site.circuit.learned_nothing();
  const bool failed = report.error == condition::retryable;
  note(site, failed, now);
  if (failed) ++site.activity.failures;
  if (failed && report.bytes == 0)
    site.circuit.failed(now, report.error, report.retry_after);
  else
    site.circuit.worked();
}

void Sites::damaged(const std::string& name) {
  std::lock_guard lock(mutex_);
  Site& site = sites_[name];
  ++site.activity.damaged;
  note(site, true, clock_.now());
}

void Sites::answered_after(const std::string& name, std::chrono::microseconds time) {
  std::lock_guard lock(mutex_);
  sites_[name].answers.add(time);
}

std::optional<std::chrono::microseconds> Sites::late_after(const std::string& name) {
  std::lock_guard lock(mutex_);
  return sites_[name].answers.late_after();
}

void Sites::hedged(const std::string& name) {
  std::lock_guard lock(mutex_);
  ++sites_[name].activity.hedges;
}

std::vector<HostActivity> Sites::activity() {
  std::lock_guard lock(mutex_);
  const auto now = clock_.now();
  std::vector<HostActivity> all;
  for (const auto& [name, site] : sites_) {
    if (site.activity.requests == 0 && site.activity.failures == 0) continue;
    all.push_back(site.activity);
    all.back().host = name;
    all.back().resting = site.circuit.peek(now).has_value();
  }
  return all;
}

}  // namespace larder::net
