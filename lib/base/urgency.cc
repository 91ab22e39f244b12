#include "base/urgency.h"

#include <utility>
#include <vector>

namespace larder {

void Urgency::raise(Priority priority) {
  Priority before = now_;
  do {
    if (before >= priority) return;
  } while (!now_.compare_exchange_weak(before, priority));
  std::vector<std::function<void()>> told;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [watcher, risen] : watchers_) told.push_back(risen);
  }
  for (const auto& risen : told) risen();
}

std::uint64_t Urgency::watch(std::function<void()> risen) {
  std::lock_guard lock(mutex_);
  watchers_.emplace(++last_watcher_, std::move(risen));
  return last_watcher_;
}

void Urgency::unwatch(std::uint64_t watcher) noexcept {
  std::map<std::uint64_t, std::function<void()>>::node_type gone;  // ends after the lock
  std::lock_guard lock(mutex_);
  gone = watchers_.extract(watcher);
}

}  // namespace larder
