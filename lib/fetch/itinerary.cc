#include "fetch/itinerary.h"

#include <algorithm>
#include <utility>

#include <larder/error.h>

namespace larder::fetch {
namespace {

int weight(std::error_code error) noexcept {
  if (error == condition::damaged) return 3;
  if (error == condition::retryable) return 2;
  return error == errc::not_found ? 0 : 1;
}

/// Another mirror could not help.
bool is_our_own(std::error_code error) noexcept {
  return error.category() != error_category() || error == errc::cancelled || error == errc::io ||
         error == errc::no_space || error == errc::invalid_argument || error == errc::over_budget;
}

}  // namespace

Itinerary::Itinerary(std::vector<std::string> sites, unsigned attempts) : attempts_(attempts) {
  for (std::string& site : sites) mirrors_.push_back({std::move(site)});
}

std::variant<Itinerary::Leg, net::Circuit::Refusal> Itinerary::depart(net::Sites& sites) {
  std::optional<net::Circuit::Refusal> refusal;
  const std::size_t before = now_;
  for (unsigned asked = 0; asked < attempts_; ++asked) {
    std::vector<std::size_t> indexes;
    std::vector<std::string> names;
    for (std::size_t i = 0; i < mirrors_.size(); ++i) {
      const bool is_next = stay_ ? i == now_ : !mirrors_[i].out;
      if (!is_next || mirrors_[i].attempts != asked) continue;
      indexes.push_back(i);
      names.push_back(mirrors_[i].site);
    }
    if (indexes.empty()) continue;
    auto choice = sites.choose(names);
    if (choice.refusal) {
      if (!refusal || choice.refusal->rest < refusal->rest) refusal = choice.refusal;
      continue;
    }
    now_ = indexes[choice.index];
    ++mirrors_[now_].attempts;
    const bool failed_over = std::exchange(begun_, true) && now_ != before;
    return Leg{now_, mirrors_[now_].past_caches, failed_over};
  }
  return refusal.value_or(net::Circuit::Refusal{error_, {}, {}});
}

void Itinerary::moved_to(std::size_t mirror) {
  now_ = mirror;
  ++mirrors_[now_].attempts;
}

Itinerary::Advice Itinerary::failed(std::error_code error, bool ask_again) {
  if (!error_ || weight(error) >= weight(error_)) error_ = error;
  if (is_our_own(error)) {
    error_ = error;
    return Advice::give_up;
  }
  Mirror& mirror = mirrors_[now_];
  const bool exhausted = mirror.attempts >= attempts_;
  stay_ = ask_again && !exhausted && !mirror.past_caches;
  if (stay_) {
    mirror.past_caches = true;
    return Advice::at_once;
  }
  mirror.out = exhausted || error != condition::retryable;
  bool any = false;
  for (const Mirror& other : mirrors_) {
    if (other.out) continue;
    if (other.attempts == 0) return Advice::at_once;
    any = true;
  }
  return any ? Advice::pause : Advice::give_up;
}

void Itinerary::progressed() {
  for (Mirror& mirror : mirrors_)
    if (!mirror.out) mirror.attempts = 0;
  mirrors_[now_].attempts = 1;
}

bool Itinerary::is_last_chance() const {
  const Mirror& mirror = mirrors_[now_];
  if (!mirror.past_caches && mirror.attempts < attempts_) return false;
  return std::all_of(mirrors_.begin(), mirrors_.end(),
                     [&](const Mirror& other) { return &other == &mirror || other.out; });
}

}  // namespace larder::fetch
