// Eviction policies to replay a trace through: the store's, and those it is compared with.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "simulate/trace.h"

namespace larder::simulate {

/// A cache of objects, without their content.
class Policy {
 public:
  virtual ~Policy() = default;
  /// Whether the object was there; if it was not, it may be from now on.
  virtual bool request(const Request& request) = 0;
  [[nodiscard]] virtual std::uint64_t used_bytes() const = 0;
};

struct PolicyKind {
  std::string_view name;
  std::string_view summary;
  bool needs_future = false;  ///< wants the whole trace beforehand
  /// `trace` must outlive the policy; empty unless needs_future.
  std::unique_ptr<Policy> (*make)(std::uint64_t quota_bytes, std::span<const Request> trace);
};

/// All of them, the store's first.
[[nodiscard]] std::span<const PolicyKind> policy_kinds() noexcept;
/// Null if there is none of that name.
[[nodiscard]] const PolicyKind* find_policy(std::string_view name) noexcept;

std::unique_ptr<Policy> make_s3_fifo(std::uint64_t quota_bytes, std::span<const Request> trace);

}  // namespace larder::simulate
