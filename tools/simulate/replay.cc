#include "simulate/replay.h"

namespace larder::simulate {
namespace {

double share(std::uint64_t part, std::uint64_t whole) noexcept {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

double Counts::object_hit_rate() const noexcept {
  return share(hits, requests);
}

double Counts::byte_hit_rate() const noexcept {
  return share(hit_bytes, request_bytes);
}

std::chrono::duration<double> FetchCost::of(const Counts& counts) const noexcept {
  const auto misses = static_cast<double>(counts.requests - counts.hits);
  const auto missed_bytes = static_cast<double>(counts.request_bytes - counts.hit_bytes);
  return misses * per_request + std::chrono::duration<double>(missed_bytes / bytes_per_second);
}

Replay::Replay(const PolicyKind& kind, std::uint64_t quota_bytes, std::span<const Request> trace)
    : policy_(kind.make(quota_bytes, trace)) {}

void Replay::request(const Request& request) {
  const bool hit = policy_->request(request);
  ++counts_.requests;
  counts_.request_bytes += request.size_bytes;
  if (!hit) return;
  ++counts_.hits;
  counts_.hit_bytes += request.size_bytes;
}

Counts replay(const PolicyKind& kind, std::uint64_t quota_bytes, std::span<const Request> trace) {
  Replay replay(kind, quota_bytes, trace);
  for (const Request& request : trace) replay.request(request);
  return replay.counts();
}

void Footprint::request(const Request& request) {
  std::uint64_t& size = sizes_[request.id];
  bytes_ += request.size_bytes - size;
  size = request.size_bytes;
}

}  // namespace larder::simulate
