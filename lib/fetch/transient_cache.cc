#include "fetch/transient_cache.h"

#include <chrono>
#include <utility>

namespace larder::fetch {

std::optional<TransientCache::Held> TransientCache::find(const std::string& url) {
  std::lock_guard lock(mutex_);
  const auto known = by_url_.find(url);
  if (known == by_url_.end()) return std::nullopt;
  const auto item = known->second;
  items_.splice(items_.begin(), items_, item);
  const auto age = clock_.now() - item->since;
  const auto lifetime = item->freshness.lifetime.value_or(std::chrono::seconds(0));
  return Held{item->blob, age < lifetime, item->freshness};
}

void TransientCache::put(const std::string& url, const Blob& blob, const Freshness& freshness) {
  std::lock_guard lock(mutex_);
  if (const auto known = by_url_.find(url); known != by_url_.end()) erase(known->second);
  const bool reusable = freshness.lifetime.value_or(std::chrono::seconds(0)).count() > 0 ||
                        !freshness.etag.empty() || !freshness.last_modified.empty();
  if (freshness.no_store || !reusable || blob.size() > capacity_bytes_) return;
  while (bytes_ + blob.size() > capacity_bytes_) erase(std::prev(items_.end()));
  items_.push_front(Item{url, blob, freshness, clock_.now()});
  by_url_.emplace(items_.front().url, items_.begin());
  bytes_ += blob.size();
}

void TransientCache::renew(const std::string& url, const Freshness& freshness) {
  std::lock_guard lock(mutex_);
  const auto known = by_url_.find(url);
  if (known == by_url_.end()) return;
  Item& item = *known->second;
  item.since = clock_.now();
  item.freshness.lifetime = freshness.lifetime;
  item.freshness.no_store = freshness.no_store;
  if (!freshness.etag.empty()) item.freshness.etag = freshness.etag;
  if (!freshness.last_modified.empty()) item.freshness.last_modified = freshness.last_modified;
}

void TransientCache::erase(Items::iterator item) {
  bytes_ -= item->blob.size();
  by_url_.erase(item->url);
  items_.erase(item);
}

}  // namespace larder::fetch
