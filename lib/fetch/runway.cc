#include "fetch/runway.h"

#include <utility>

namespace larder::fetch {

void Runway::set_limits(Limits limits) {
  std::unique_lock lock(mutex_);
  limits_ = limits;
  dispatch(lock);
}

void Runway::enter(std::uint64_t id, Priority priority, std::function<void()> go) {
  std::unique_lock lock(mutex_);
  if (closed_) return;
  const std::uint64_t number = ++last_number_;
  line(priority).emplace(number, std::pair(id, std::move(go)));
  places_[id] = {priority, false, number};
  dispatch(lock);
}

bool Runway::withdraw(std::uint64_t id) {
  std::function<void()> dropped;  // ends outside the lock
  std::lock_guard lock(mutex_);
  const auto place = places_.find(id);
  if (place == places_.end() || place->second.flying) return false;
  auto node = line(place->second.priority).extract(place->second.number);
  dropped = std::move(node.mapped().second);
  places_.erase(place);
  return true;
}

void Runway::leave(std::uint64_t id) {
  std::unique_lock lock(mutex_);
  const auto place = places_.find(id);
  if (place == places_.end() || !place->second.flying) return;
  --flying_;
  if (place->second.priority == Priority::low) --flying_low_;
  places_.erase(place);
  dispatch(lock);
}

void Runway::raise(std::uint64_t id, Priority priority) {
  std::unique_lock lock(mutex_);
  const auto place = places_.find(id);
  if (place == places_.end() || place->second.priority >= priority) return;
  const Priority before = std::exchange(place->second.priority, priority);
  if (!place->second.flying)
    line(priority).insert(line(before).extract(place->second.number));
  else if (before == Priority::low)
    --flying_low_;
  dispatch(lock);
}

void Runway::close() {
  std::array<Line, 3> dropped;  // ends outside the lock
  std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(lines_);
  std::erase_if(places_, [](const auto& place) { return !place.second.flying; });
}

std::function<void()> Runway::next() {
  for (const Priority priority : {Priority::high, Priority::normal, Priority::low}) {
    const bool low = priority == Priority::low;
    if (line(priority).empty()) continue;
    if (limits_.all != 0 && flying_ >= limits_.all) return nullptr;
    if (low && limits_.low != 0 && flying_low_ >= limits_.low) return nullptr;
    auto node = line(priority).extract(line(priority).begin());
    places_[node.mapped().first].flying = true;
    ++flying_;
    if (low) ++flying_low_;
    return std::move(node.mapped().second);
  }
  return nullptr;
}

void Runway::dispatch(std::unique_lock<std::mutex>& lock) {
  if (dispatching_) return;
  dispatching_ = true;
  while (auto go = next()) {
    lock.unlock();
    go();
    go = nullptr;
    lock.lock();
  }
  dispatching_ = false;
}

}  // namespace larder::fetch
