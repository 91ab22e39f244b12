// StoreReplay: a trace of accesses through a real store on disk, as `larder simulate` replays it
// through the policy alone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "digest/hash.h"
#include "simulate/replay.h"
#include "simulate/trace.h"
#include "store/store.h"

namespace larder::test {

/// All requests of a trace, with sizes multiplied. Objects that change their size become others.
inline std::vector<simulate::Request> read_trace(const std::string& path, std::uint64_t scale) {
  std::vector<simulate::Request> requests;
  simulate::TraceReader reader(path);
  for (simulate::Request request; reader.next(request);) {
    request.id += request.size_bytes * 0x9e3779b97f4a7c15ULL;
    request.size_bytes *= scale;
    requests.push_back(request);
  }
  return requests;
}

inline std::uint64_t footprint_of(std::span<const simulate::Request> requests) {
  simulate::Footprint footprint;
  for (const simulate::Request& request : requests) footprint.request(request);
  return footprint.bytes();
}

class StoreReplay {
 public:
  /// The store that is used at each moment; it may be another one later.
  explicit StoreReplay(std::function<store::Store&()> store) : store_(std::move(store)) {}

  /// Finds the object or stores it. False if the store handed out other bytes than it should.
  bool request(const simulate::Request& request) {
    ++counts_.requests;
    counts_.request_bytes += request.size_bytes;
    const auto known = digests_.find(request.id);
    if (known != digests_.end()) {
      if (const Blob blob = store_().find(ObjectKey::of(known->second))) {
        ++counts_.hits;
        counts_.hit_bytes += request.size_bytes;
        return is_content_of(request, blob);
      }
    }
    const std::vector<std::byte> content = content_of(request);
    const Digest digest =
        known != digests_.end() ? known->second : digest::sha256(std::span(content));
    digests_.emplace(request.id, digest);
    auto transaction = store_().begin(content.size(), {.key = ObjectKey::of(digest)});
    if (!transaction || transaction->write(content)) return false;
    const auto blob = transaction->commit(digest, {});
    return blob && is_content_of(request, *blob);
  }
  [[nodiscard]] const simulate::Counts& counts() const noexcept { return counts_; }

 private:
  static std::vector<std::byte> content_of(const simulate::Request& request) {
    std::vector<std::byte> content(request.size_bytes);
    for (std::size_t at = 0; at < content.size(); at += 8)
      std::memcpy(content.data() + at, &request.id, std::min<std::size_t>(8, content.size() - at));
    return content;
  }
  static bool is_content_of(const simulate::Request& request, const Blob& blob) {
    if (blob.size() != request.size_bytes) return false;
    return blob.empty() ||
           std::memcmp(blob.data(), &request.id, std::min<std::size_t>(8, blob.size())) == 0;
  }

  std::function<store::Store&()> store_;
  std::unordered_map<std::uint64_t, Digest> digests_;
  simulate::Counts counts_;
};

}  // namespace larder::test
