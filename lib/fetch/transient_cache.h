// TransientCache: content outside every table, kept in memory for this program run at most.
#pragma once

#include <cstdint>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include <larder/blob.h>

#include "base/origin.h"
#include "sys/clock.h"

namespace larder::fetch {

/// A bounded cache by URL that follows HTTP's freshness rules. Least recently used goes first.
/// Threads: any.
class TransientCache {
 public:
  TransientCache(std::uint64_t capacity_bytes, const sys::Clock& clock)
      : capacity_bytes_(capacity_bytes), clock_(clock) {}

  struct Held {
    Blob blob;
    bool fresh = false;    ///< may be used without asking the origin
    Freshness validators;  ///< for asking the origin whether it still holds
  };
  [[nodiscard]] std::optional<Held> find(const std::string& url);

  /// Keeps `blob` if `freshness` allows it and it fits; forgets what was held under `url` before.
  void put(const std::string& url, const Blob& blob, const Freshness& freshness);

  /// The origin says that what is held is still good: a new lifetime begins.
  void renew(const std::string& url, const Freshness& freshness);

 private:
  struct Item {
    std::string url;
    Blob blob;
    Freshness freshness;
    sys::Clock::time_point since;
  };
  using Items = std::list<Item>;

  void erase(Items::iterator item);

  const std::uint64_t capacity_bytes_;
  const sys::Clock& clock_;
  std::mutex mutex_;
  Items items_;  ///< most recently used first
  std::unordered_map<std::string_view, Items::iterator> by_url_;
  std::uint64_t bytes_ = 0;
};

}  // namespace larder::fetch
