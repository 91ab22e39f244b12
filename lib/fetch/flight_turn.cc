// What a flight does while another process that uses the same store fetches the same object.
#include <algorithm>
#include <chrono>
#include <cstdint>

#include "fetch/flight.h"

namespace larder::fetch {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kBetweenLooks{10};
// For longer than this nobody waits: the other one may be stopped, or on a worse line.
constexpr milliseconds kLongest{30'000};

/// How long what is wanted with that priority waits for another process to fetch so many bytes.
milliseconds patience(Priority priority, std::uint64_t bytes) noexcept {
  const bool low = priority == Priority::low;
  const std::uint64_t bytes_per_ms = low ? 512 : 4096;
  const milliseconds least{low ? 3000 : 500};
  const auto cap = static_cast<std::uint64_t>(kLongest.count());
  return std::min(kLongest, least + milliseconds(std::min(cap, bytes / bytes_per_ms)));
}

}  // namespace

bool Flight::waits_for_others() {
  if (in_turn_ || !is_stored_route() || !services_.store) return false;
  const ObjectKey& key = (*entry_)->key;
  if (key.kind == ObjectKey::Kind::none) return false;
  if (!turn_) turn_ = services_.store->turn(key);
  const auto now = services_.clock->now();
  if (!turn_ || turn_->take()) {
    in_turn_ = true;
    if (!waits_since_ || !land_locally()) return false;
    owner_.runway_.leave(id_);
    return true;
  }
  if (!waits_since_) {
    waits_since_ = now;
    services_.log.debug(url() + ": another process fetches it");
  }
  if (now - *waits_since_ > patience(urgency_->now(), (*entry_)->size.value_or(0))) {
    in_turn_ = true;
    turn_.reset();
    return false;
  }
  services_.clock->after(kBetweenLooks, [self = shared_from_this()] { self->fly(); });
  return true;
}

}  // namespace larder::fetch
