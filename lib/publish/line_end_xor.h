// LayaDCC's checksum of a text as if every CR LF in it were LF.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "digest/hash.h"

namespace larder::publish {

/// Streaming. Chunks may be of any size and may part a CR from its LF.
class LineEndXor {
 public:
  void update(std::span<const std::byte> bytes) noexcept;
  [[nodiscard]] std::uint32_t value() const noexcept;

 private:
  digest::LayaXor sum_;
  bool held_return_ = false;  ///< the last chunk ended with a CR that is not counted yet
};

}  // namespace larder::publish
