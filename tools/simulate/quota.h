// Quota: a size of a cache as the user writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace larder::simulate {

/// "25%", "64MiB", "1048576".
struct Quota {
  std::string text;
  std::optional<double> share;  ///< of the footprint, 0 to 1; else `bytes` counts
  std::uint64_t bytes = 0;

  [[nodiscard]] std::uint64_t of(std::uint64_t footprint_bytes) const noexcept;
};

/// Empty if `text` is not a positive number with nothing, `%`, KiB, MiB or GiB behind it.
[[nodiscard]] std::optional<Quota> parse_quota(std::string_view text);

}  // namespace larder::simulate
