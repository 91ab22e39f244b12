// Plan: where to look for an entry, in which order. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/entry.h"

namespace larder::fetch {

enum class Step : std::uint8_t { file, bundle, store, memory, origin };

/// What the world offers for this request.
struct Offer {
  bool has_bundle = false;
  bool has_store = false;
  bool has_origin = false;
};

/// The steps to take, best first; the first that holds the bytes ends the search.
class Plan {
 public:
  [[nodiscard]] const Step* begin() const noexcept { return steps_.data(); }
  [[nodiscard]] const Step* end() const noexcept { return steps_.data() + size_; }

 private:
  friend Plan plan_for(Route route, const Offer& offer) noexcept;
  void push(Step step) noexcept { steps_[size_++] = step; }

  std::array<Step, 4> steps_{};
  std::size_t size_ = 0;
};

/// Local sources before the origin; the bundle before the store, since asking it costs nothing.
[[nodiscard]] Plan plan_for(Route route, const Offer& offer) noexcept;

}  // namespace larder::fetch
