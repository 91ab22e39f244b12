#include "simulate/quota.h"

#include <charconv>

namespace larder::simulate {
namespace {

struct Unit {
  std::string_view name;
  double bytes;
};
constexpr Unit kUnits[] = {{"", 1}, {"KiB", 0x1p10}, {"MiB", 0x1p20}, {"GiB", 0x1p30}};
constexpr double kMostBytes = 0x1p53;

}  // namespace

std::uint64_t Quota::of(std::uint64_t footprint_bytes) const noexcept {
  if (!share) return bytes;
  return static_cast<std::uint64_t>(*share * static_cast<double>(footprint_bytes));
}

std::optional<Quota> parse_quota(std::string_view text) {
  double number = 0;
  const auto [stop, failure] =
      std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  if (failure != std::errc{} || !(number > 0)) return std::nullopt;
  const std::string_view suffix = text.substr(static_cast<std::size_t>(stop - text.data()));
  Quota quota{std::string(text), std::nullopt, 0};
  if (suffix == "%") {
    if (number > 100) return std::nullopt;
    quota.share = number / 100;
    return quota;
  }
  for (const Unit& unit : kUnits) {
    if (suffix != unit.name) continue;
    const double bytes = number * unit.bytes;
    if (!(bytes >= 1 && bytes <= kMostBytes)) return std::nullopt;
    quota.bytes = static_cast<std::uint64_t>(bytes);
    return quota;
  }
  return std::nullopt;
}

}  // namespace larder::simulate
